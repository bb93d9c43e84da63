"""What Maya's thinking and speaking costs the house, and how much of it the house wants to pay."""
