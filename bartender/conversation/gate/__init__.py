"""How the claim gate reads: sentences, plain text, drinks, amounts, actions. Pure functions, no state."""
