"""How the rule-based brain's tagger is trained, from the sentences beside it. README.md has figures."""
