"""The other side of the network, on loopback: each vendor's wire format, with a dial for every fault."""
