"""Stripe, by its own API and through its MCP server. `registration` describes both, and imports no SDK."""
