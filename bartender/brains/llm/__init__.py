"""What the adapters of all language models share: the prompt, retries, and how an answer is read. Imports no
vendor's SDK."""
