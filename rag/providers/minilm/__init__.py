"""MiniLM: a small transformer, an extra. `registration` describes it and imports nothing of it."""
