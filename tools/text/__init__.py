"""Item text: the embedder, the vector store, and the keywords."""
