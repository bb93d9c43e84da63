"""Signed events of payment providers: `views` receives them, `inbox` processes them.

Verifying and reading an event is up to its provider's adapter.
"""
