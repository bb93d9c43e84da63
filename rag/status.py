"""What the house's memory is made of right now, for monitors."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Memory:
    kind: str  # memvid, faiss, none
    documents: int

    @property
    def available(self) -> bool:
        return self.kind != "none" and self.documents > 0


def memory() -> Memory:
    return Memory("none", 0)
