"""Rules of the code, functions from a tree to what breaks it. tests/test_rules.py applies them."""
