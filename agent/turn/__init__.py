"""The way of one message, step by step: understand, remember, ask back, re-rank, reword."""
