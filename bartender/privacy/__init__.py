"""Whose the data are: what a guest may take home, what is erased when they ask or when its days are over."""
