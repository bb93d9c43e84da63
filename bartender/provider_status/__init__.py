"""Which providers behind a guest's page are real here, and whether a key that a guest brings is good."""
