"""Paper: what is printed, in which order, and how it gets to a printer of each kind."""
