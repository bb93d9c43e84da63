"""The tool that asks the house's memory."""

from bartender.tools.order import done
from bartender.tools.registry import Done, Guest, tool
from bartender.tools.schemas import Recall
from rag import gaps, search


@tool("recall", Recall)
def recall(guest: Guest, asked: Recall) -> Done:
    """What nothing surely answers is put down for the staff, without the guest."""
    found = search.recall(asked.question)
    if not any(one.sure for one in found):
        gaps.note(asked.question)
    return done("recalled", passages=[_row(one) for one in found])


def _row(one: search.Passage) -> dict[str, object]:
    return {"id": one.id, "title": one.title, "text": one.text, "source": one.source, "sure": one.sure}
