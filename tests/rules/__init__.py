"""The house rules, each a function from a source tree to what breaks it. tests/test_rules.py applies them."""
