"""How the claim gate reads: amounts, actions, whose tab, which proof. Pure functions, no state."""
