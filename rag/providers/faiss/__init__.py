"""FAISS: the store to trust. `registration` describes it and imports nothing of it."""
