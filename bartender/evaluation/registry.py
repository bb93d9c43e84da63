"""Which function reads which kind of evaluation file. A new kind is one line here.

The function takes a path and the operator's options and returns the file's cases
(maya_site/core/evaluation.py). Its module is not imported before a file needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import yaml

from maya_site.core.errors import Refusal
from maya_site.core.evaluation import CaseLoader, EvaluationCase, EvaluationOptions
from maya_site.core.yaml_lines import LineMapping, load_yaml_with_lines

SCENARIOS_DIR = Path(__file__).with_name("scenarios")
CASE_LOADERS = {
    "conversation": "bartender.evaluation.cases.conversation_cases",
    "defence": "bartender.evaluation.cases.defence_cases",
    "retrieval": "bartender.evaluation.retrieval.retrieval_cases",
    "sentences": "bartender.evaluation.sentences.sentence_cases",
}


def scenario_files() -> list[Path]:
    return sorted(SCENARIOS_DIR.rglob("*.yaml"))


def load_cases(path: Path, options: EvaluationOptions) -> Sequence[EvaluationCase]:
    """The cases of a file. Raises Refusal, with the line, if it cannot be read or is of an unknown kind."""
    return _get_case_loader(_read_kind(path), path)(path, options)


def _get_case_loader(kind: str, path: Path) -> CaseLoader:
    if kind not in CASE_LOADERS:
        raise Refusal(
            f"{path.name}, line 1: kind is “{kind}”; it must be one of {', '.join(sorted(CASE_LOADERS))}."
        )
    module, _, name = CASE_LOADERS[kind].rpartition(".")
    return cast(CaseLoader, getattr(import_module(module), name))


def _read_kind(path: Path) -> str:
    if path.suffix == ".jsonl":
        return "sentences"
    try:
        root = load_yaml_with_lines(path)
    except OSError as error:
        raise Refusal(f"{path}: there is no such file to read.") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{path.name}, line 1: it is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refusal(f"{path.name}, line {line}: {error.problem}.") from error
    if not isinstance(root, LineMapping):
        raise Refusal(f"{path.name}, line 1: it must begin with “kind:” and hold “scenarios:”.")
    return str(root.get("kind", "conversation"))
