"""The tool that searches the memory."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from bartender.facts.menu import PassagesRecalled, RecalledPassage
from bartender.tools.registry import ToolArguments, ToolContext, tool
from rag import search, unanswered_questions


class Recall(ToolArguments):
    """Look up what the bar knows: its stories, its rules, opening hours. Call it for a question about the
    bar that neither the menu nor your notes answer. What it does not find is put down for staff, without
    the guest's name."""

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


@tool("recall", permission="reads")
def recall(context: ToolContext, arguments: Recall) -> PassagesRecalled:
    """Passages near the question. If none surely answers it, it is recorded for staff, without the guest."""
    found = search.search_passages(arguments.question)
    if not any(one.is_confident for one in found):
        unanswered_questions.record_question(arguments.question)
    return PassagesRecalled(
        tuple(RecalledPassage(one.id, one.title, one.text, one.source, one.is_confident) for one in found)
    )
