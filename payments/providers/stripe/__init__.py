"""Stripe by its API and by its MCP server. `registration` describes both without importing an SDK."""
