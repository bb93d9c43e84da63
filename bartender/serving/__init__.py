"""Responsible service, decided here and never by a model: pure rules, and how guests declare themselves."""
