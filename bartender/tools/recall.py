"""The tool that asks the house's memory."""

from bartender.tools.order import done
from bartender.tools.registry import Done, Guest, tool
from bartender.tools.schemas import Recall
from rag import search


@tool("recall", Recall)
def recall(guest: Guest, asked: Recall) -> Done:
    found = search.recall(asked.question)
    return done("recalled", passages=[{"title": one.title, "text": one.text} for one in found])
