"""Evaluation cases for the memory: what labelled questions find, by embedder and store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from pydantic import BaseModel, ConfigDict, ValidationError
from yaml import safe_load

from maya_site.core.errors import Refusal
from maya_site.core.evaluation import EvaluationOptions, Trial
from maya_site.core.providers import configured_providers
from rag import retrieval_quality
from rag.providers import get_embedder_by_name
from rag.providers.base import StoreSpec


class RetrievalExpectation(BaseModel):
    """Paths of folders and questions are relative to the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    folders: list[Path]
    questions: Path
    embedder: str
    store: str = ""  # empty: the first configured one that is not slow to build
    recall_3: float
    off_topic: int


@dataclass(frozen=True)
class RetrievalCase:
    expectation: RetrievalExpectation
    base_dir: Path
    runs_alone: bool = True
    theme: str = "memory"

    @property
    def name(self) -> str:
        return f"{self.expectation.name}, {self.expectation.embedder}, {self.store}"

    @property
    def store(self) -> str:
        quick = (spec.name for spec in configured_providers(StoreSpec) if not spec.is_slow)
        return self.expectation.store or next(quick)

    async def run_once(self) -> Trial:
        return await sync_to_async(self._run)()

    def _run(self) -> Trial:
        wanted = self.expectation
        folders = [self.base_dir / folder for folder in wanted.folders]
        questions = retrieval_quality.load_questions(self.base_dir / wanted.questions)
        scores = retrieval_quality.evaluate_retrieval(
            folders, questions, get_embedder_by_name(wanted.embedder), self.store
        )
        wrong = []
        if scores.recall_at_3 < wanted.recall_3:
            wrong.append(f"recall@3 is {scores.recall_at_3:.3f}, {wanted.recall_3} was asked for")
        if scores.off_topic_accepted > wanted.off_topic:
            wrong.append(f"{scores.off_topic_accepted} off-topic questions were given an answer")
        return Trial(failures=tuple(wrong), notes={retrieval_quality.SCORES_HEADER: scores.format_row()})


def retrieval_cases(path: Path, options: EvaluationOptions) -> Sequence[RetrievalCase]:
    rows = (safe_load(path.read_text(encoding="utf-8")) or {}).get("scenarios") or []
    try:
        return [RetrievalCase(RetrievalExpectation.model_validate(row), path.parent) for row in rows]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refusal(f"{path.name}, {where}: {first['msg']}.") from error
