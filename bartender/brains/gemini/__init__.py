"""Gemini as a brain. Its SDK takes most of a second to import: this file, brain.py and registration.py do
not."""
