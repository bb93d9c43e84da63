"""Guests' own agents: an MCP server at /mcp, off until the venue switches it on."""
