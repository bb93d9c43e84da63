"""Stripe's signed events: who sent it (`signed`), what is made of it (`inbox`), and the door (`views`)."""
