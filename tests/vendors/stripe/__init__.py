"""A Stripe on loopback: its API, its MCP server and its signed events over one set of books."""
