"""Which of the vendors behind a guest's page is real here, and whether a key that a guest brings is good."""
