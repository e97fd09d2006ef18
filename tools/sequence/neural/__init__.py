"""Neural next-item models: item encoder, sequence encoder and objective, training, and a forward pass without torch."""
