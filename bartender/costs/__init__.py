"""What language models and voices cost the venue, and the budgets that limit it."""
