"""WordLlama: a vector for every token. `registration` describes it and imports nothing of it."""
