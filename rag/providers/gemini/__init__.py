"""Gemini's embeddings: over the network, for money. `registration` describes it and imports nothing of it."""

DIMENSION = 768
