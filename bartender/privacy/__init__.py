"""A guest's data: what they may export, and what is erased when they ask or when its days are over."""
