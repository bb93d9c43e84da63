"""Text processing: normalization, number words, sentences, and what can be spoken."""
