"""The claim gate and the rules that it reads sentences by. `gate.py` is the entry point."""
