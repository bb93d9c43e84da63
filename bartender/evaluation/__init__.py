"""Plays scenarios with a brain and judges them by what the database holds and what the guest heard."""
