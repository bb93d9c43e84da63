"""The books as files: what was sold, paid, taxed, tipped and given back, for the accountant."""
