"""Programs that run as processes of their own, and import nothing of Maya but the modules of this package."""
