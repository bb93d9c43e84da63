"""Backups: every row and every file in one sealed archive, and the way back with each hash compared."""
