"""Maya thinks with Gemini. Neither this file nor brain.py and registration.py import the SDK: that takes most
of a second."""
