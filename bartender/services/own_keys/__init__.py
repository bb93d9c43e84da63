"""Guests' own vendor keys for their visit, stored encrypted and never shown."""
