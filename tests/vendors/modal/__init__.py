"""A control plane of Modal's on loopback: the real client and its CLI talk to it, without an account."""
