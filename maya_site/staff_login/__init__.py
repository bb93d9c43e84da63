"""How staff log in: attempts are limited, passwords are hashed one at a time, managers show a second
factor."""
