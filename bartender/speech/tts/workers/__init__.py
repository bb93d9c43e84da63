"""Programs of their own: each speaks over its pipes and imports nothing of Maya but its neighbours here."""
