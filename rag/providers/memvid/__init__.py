"""Memvid: one file, slow to write. `registration` describes it and imports nothing of it."""
