"""The public door of the house's memory. An empty list is a normal answer."""

from dataclasses import dataclass

from maya_site.lib import tracing


@dataclass(frozen=True)
class Passage:
    title: str
    text: str
    source: str
    score: float


def recall(question: str, most: int = 3) -> list[Passage]:
    """The passages nearest to a question, best first. The house remembers nothing until it has a memory."""
    with tracing.retrieval("house memory") as span:
        found: list[Passage] = []
        span.found(len(found))
    return found
