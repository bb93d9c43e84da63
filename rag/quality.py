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

from rag.building import Line, fill
from rag.memory import Loaded, read_index
from rag.reading.files import files_in, read_file

if TYPE_CHECKING:
    from rag.providers.base import Embedder

UNANSWERED = ("off", "miss")
DEEPEST = 10


@dataclass(frozen=True)
class Question:
    kind: str
    text: str
    titles: frozenset[str]


@dataclass(frozen=True)
class Scores:
    """Shares of the questions that have an answer; of the others, how many were given one all the same."""

    questions: int
    recall_1: float
    recall_3: float
    mrr: float
    off_topic: int
    off_topic_accepted: int
    missing: int
    missing_accepted: int
    refused: int  # questions with an answer that found nothing

    def row(self) -> str:
        off = f"{self.off_topic_accepted}/{self.off_topic}"
        missing = f"{self.missing_accepted}/{self.missing}"
        shares = f"{self.recall_1:.3f}  {self.recall_3:.3f}  {self.mrr:.3f}"
        return f"{shares}  {off:>6}  {missing:>6}  {self.refused}/{self.questions}"


HEAD = "r@1    r@3    mrr    off-topic  missing  refused"


def questions_in(path: Path) -> list[Question]:
    kind, found = "", []
    for line in path.read_text(encoding="utf-8").splitlines():
        said = line.strip()
        if said.startswith("["):
            kind = said.strip("[]")
        elif said and not said.startswith("#"):
            text, *titles = (part.strip() for part in said.split("|"))
            found.append(Question(kind, text, frozenset(titles)))
    return found


def lines_in(folder: Path) -> list[Line]:
    chunks = [chunk for path in files_in(folder) for chunk in read_file(path, path.read_bytes()).chunks]
    return [Line.of(number, one.context, one.title, one.text) for number, one in enumerate(chunks, 1)]


def titles_in(folder: Path) -> list[str]:
    return [chunk.title for path in files_in(folder) for chunk in read_file(path, path.read_bytes()).chunks]


def evaluate(folders: Sequence[Path], questions: Sequence[Question], embedder: Embedder, kind: str) -> Scores:
    """Builds an index of the folders' passages aside, asks it, and throws it away."""
    lines = [line for folder in folders for line in lines_in(folder)]
    titles = [title for folder in folders for title in titles_in(folder)]
    with tempfile.TemporaryDirectory() as aside:
        fill(Path(aside), "aside", lines, embedder, [kind])
        return judged(read_index(Path(aside), embedder, [kind]), titles, questions)


def judged(loaded: Loaded, titles: Sequence[str], questions: Sequence[Question]) -> Scores:
    from rag.ranking import ranked

    if not loaded.retrievers:
        raise LookupError("the store refused these passages")
    places: list[int | None] = []
    accepted = dict.fromkeys(UNANSWERED, 0)
    refused = 0
    for question in questions:
        found = ranked(question.text, loaded, loaded.retrievers[0].nearest, DEEPEST)
        if question.kind in UNANSWERED:
            accepted[question.kind] += bool(found)
            continue
        refused += not found
        hits = [at for at, one in enumerate(found) if titles[one.place] in question.titles]
        places.append(hits[0] if hits else None)
    return Scores(
        questions=len(places),
        recall_1=_share(places, 1),
        recall_3=_share(places, 3),
        mrr=sum(1 / (at + 1) for at in places if at is not None) / max(1, len(places)),
        off_topic=sum(one.kind == "off" for one in questions),
        off_topic_accepted=accepted["off"],
        missing=sum(one.kind == "miss" for one in questions),
        missing_accepted=accepted["miss"],
        refused=refused,
    )


def _share(places: Sequence[int | None], most: int) -> float:
    return sum(at is not None and at < most for at in places) / max(1, len(places))
