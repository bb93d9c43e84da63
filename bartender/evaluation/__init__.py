"""Playing scenarios with a brain and judging them by what the database holds and what the guest heard."""
