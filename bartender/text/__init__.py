"""How words are read, whoever said them: plain text, numbers, sentences, what can be spoken. No state."""
