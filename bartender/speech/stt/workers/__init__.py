"""Programs of their own that hear."""
