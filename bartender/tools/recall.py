"""The tool that searches the memory."""

from bartender.facts.menu import PassagesRecalled, RecalledPassage
from bartender.tools.registry import ToolContext, tool
from bartender.tools.schemas import Recall
from rag import search, unanswered_questions


@tool("recall", permission="reads")
def recall(context: ToolContext, arguments: Recall) -> PassagesRecalled:
    """Passages near the question. If none surely answers it, it is recorded for staff, without the guest."""
    found = search.search_passages(arguments.question)
    if not any(one.is_confident for one in found):
        unanswered_questions.record_question(arguments.question)
    return PassagesRecalled(
        tuple(RecalledPassage(one.id, one.title, one.text, one.source, one.is_confident) for one in found)
    )
