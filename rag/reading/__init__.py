"""From files to passages: what a folder holds, and how it is cut."""
