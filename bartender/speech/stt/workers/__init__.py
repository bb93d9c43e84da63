"""Speech-to-text programs, each run as a process of its own."""
