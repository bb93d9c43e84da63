"""The memory as an evaluation: what labelled questions find, by embedder and store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from pydantic import BaseModel, ConfigDict, ValidationError
from yaml import safe_load

from maya_site.lib.errors import Refused
from maya_site.lib.evaluation import Options, Trial
from rag import quality
from rag.providers import named


class Wanted(BaseModel):
    """Folders and questions are named from where the file is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    folders: list[Path]
    questions: Path
    embedder: str
    store: str = "faiss"
    recall_3: float
    off_topic: int


@dataclass(frozen=True)
class RetrievalCase:
    wanted: Wanted
    here: Path
    alone: bool = True
    theme: str = "memory"

    @property
    def name(self) -> str:
        return f"{self.wanted.name}, {self.wanted.embedder}, {self.wanted.store}"

    async def try_once(self) -> Trial:
        return await sync_to_async(self._try)()

    def _try(self) -> Trial:
        wanted = self.wanted
        folders = [self.here / folder for folder in wanted.folders]
        questions = quality.questions_in(self.here / wanted.questions)
        scores = quality.evaluate(folders, questions, named(wanted.embedder), wanted.store)
        wrong = []
        if scores.recall_3 < wanted.recall_3:
            wrong.append(f"recall@3 is {scores.recall_3:.3f}, {wanted.recall_3} was asked for")
        if scores.off_topic_accepted > wanted.off_topic:
            wrong.append(f"{scores.off_topic_accepted} off-topic questions were given an answer")
        return Trial(wrong=tuple(wrong), notes={quality.HEAD: scores.row()})


def retrievals(path: Path, options: Options) -> Sequence[RetrievalCase]:
    rows = (safe_load(path.read_text(encoding="utf-8")) or {}).get("scenarios") or []
    try:
        return [RetrievalCase(Wanted.model_validate(row), path.parent) for row in rows]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(f"{path.name}, {where}: {first['msg']}.") from error
