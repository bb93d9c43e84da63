"""How well the memory finds what guests ask for: labelled questions against passages, in real indexes.

A file of questions has sections. Under [paraphrase], [misspelled] or any other name each line is a question
and, after bars, the titles of the passages that answer it. Under [off] and [miss] nothing answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.index_build import IndexedPassage, write_index
from rag.memory import LoadedIndex, read_index
from rag.reading.files import find_files, parse_file

if TYPE_CHECKING:
    from rag.providers.base import Embedder

UNANSWERED_KINDS = ("off", "miss")
MAX_RANK = 10


@dataclass(frozen=True)
class LabelledQuestion:
    kind: str
    text: str
    titles: frozenset[str]


@dataclass(frozen=True)
class RetrievalScores:
    """Shares of the questions with an answer that were found; and of the others, how many got an answer all
    the same."""

    questions: int
    recall_at_1: float
    recall_at_3: float
    mrr: float
    off_topic: int
    off_topic_accepted: int
    missing: int
    missing_accepted: int
    refused: int  # questions with an answer that found nothing

    def format_row(self) -> str:
        off = f"{self.off_topic_accepted}/{self.off_topic}"
        missing = f"{self.missing_accepted}/{self.missing}"
        shares = f"{self.recall_at_1:.3f}  {self.recall_at_3:.3f}  {self.mrr:.3f}"
        return f"{shares}  {off:>6}  {missing:>6}  {self.refused}/{self.questions}"


SCORES_HEADER = "r@1    r@3    mrr    off-topic  missing  refused"


def load_questions(path: Path) -> list[LabelledQuestion]:
    kind, found = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        said = line.strip()
        if said.startswith("["):
            kind = said.strip("[]")
        elif said and not said.startswith("#"):
            text, *titles = (part.strip() for part in said.split("|"))
            found.append(LabelledQuestion(kind, text, frozenset(titles)))
    return found


def load_passages(folder: Path) -> list[IndexedPassage]:
    chunks = [chunk for path in find_files(folder) for chunk in parse_file(path, path.read_bytes()).chunks]
    return [
        IndexedPassage.create(number, one.context, one.title, one.text)
        for number, one in enumerate(chunks, 1)
    ]


def load_titles(folder: Path) -> list[str]:
    return [
        chunk.title for path in find_files(folder) for chunk in parse_file(path, path.read_bytes()).chunks
    ]


def evaluate_retrieval(
    folders: Sequence[Path], questions: Sequence[LabelledQuestion], embedder: Embedder, kind: str
) -> RetrievalScores:
    """Builds an index of the folders' passages, asks it the questions, and deletes it."""
    lines = [line for folder in folders for line in load_passages(folder)]
    titles = [title for folder in folders for title in load_titles(folder)]
    with tempfile.TemporaryDirectory() as aside:
        write_index(Path(aside), "aside", lines, embedder, [kind])
        return score_retrieval(read_index(Path(aside), embedder, [kind]), titles, questions)


def score_retrieval(
    loaded: LoadedIndex, titles: Sequence[str], questions: Sequence[LabelledQuestion]
) -> RetrievalScores:
    from rag.ranking import rank_passages

    if not loaded.retrievers:
        raise LookupError("the store refused these passages")
    places: list[int | None] = []
    accepted = dict.fromkeys(UNANSWERED_KINDS, 0)
    refused = 0
    for question in questions:
        found = rank_passages(question.text, loaded, loaded.retrievers[0].nearest, MAX_RANK)
        if question.kind in UNANSWERED_KINDS:
            accepted[question.kind] += bool(found)
            continue
        refused += not found
        hits = [at for at, one in enumerate(found) if titles[one.place] in question.titles]
        places.append(hits[0] if hits else None)
    return RetrievalScores(
        questions=len(places),
        recall_at_1=_recall_at(places, 1),
        recall_at_3=_recall_at(places, 3),
        mrr=sum(1 / (at + 1) for at in places if at is not None) / max(1, len(places)),
        off_topic=sum(one.kind == "off" for one in questions),
        off_topic_accepted=accepted["off"],
        missing=sum(one.kind == "miss" for one in questions),
        missing_accepted=accepted["miss"],
        refused=refused,
    )


def _recall_at(places: Sequence[int | None], rank: int) -> float:
    return sum(at is not None and at < rank for at in places) / max(1, len(places))
