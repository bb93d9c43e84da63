"""An experiment: a network that reads orders, learned from the sentences beside it. README.md has figures."""
