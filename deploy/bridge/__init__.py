"""Between a host that speaks ASGI and our Daphne in a process of its own: nothing is lost on the way."""
