"""Maya thinks with Gemini. Neither this file nor house.py imports the SDK: that takes most of a second."""
