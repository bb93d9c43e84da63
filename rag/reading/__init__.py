"""Reads files and cuts them into passages."""
