"""What a guest can pay with, in the words that receipts and reports use for it."""

WORDS = {
    "simulated": "play money",
    "stripe": "card",
    "stripe_mcp": "card by link",
    "bar_cash": "cash",
    "bar_card": "card at the bar",
    "bar_house": "house account",
}


def in_words(provider: str) -> str:
    return WORDS.get(provider, provider)
