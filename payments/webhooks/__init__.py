"""Signed events of payment providers: the door (`views`) and what is made of them (`inbox`). Who sent one and
what it says is for its provider's adapter to tell."""
