"""Backups: every row and every file in one archive, encrypted where a key is set, and the way back with each
hash compared."""
