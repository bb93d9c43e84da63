"""Which kind of file is judged by whom. A new kind of evaluation is one line here.

Whoever is named takes a path and the operator's options, and gives the file's cases
(`maya_site/lib/evaluation.py`). Nothing is imported before a file asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import yaml

from maya_site.lib.errors import Refused
from maya_site.lib.evaluation import Case, Judge, Options
from maya_site.lib.marked import Marked, read_marked

SHIPPED = Path(__file__).with_name("scenarios")
JUDGES = {
    "conversation": "bartender.evaluation.cases.conversations",
    "defence": "bartender.evaluation.cases.defences",
    "retrieval": "bartender.evaluation.retrieval.retrievals",
}


def shipped() -> list[Path]:
    return sorted(SHIPPED.rglob("*.yaml"))


def cases_of(path: Path, options: Options) -> Sequence[Case]:
    return _judge(_kind(path), path)(path, options)


def _judge(kind: str, path: Path) -> Judge:
    if kind not in JUDGES:
        raise Refused(
            f"{path.name}, line 1: kind is “{kind}”; it must be one of {', '.join(sorted(JUDGES))}."
        )
    module, _, name = JUDGES[kind].rpartition(".")
    return cast(Judge, getattr(import_module(module), name))


def _kind(path: Path) -> str:
    try:
        root = read_marked(path)
    except OSError as error:
        raise Refused(f"{path}: there is no such file to read.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name}, line 1: it is not UTF-8 text.") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(f"{path.name}, line {line}: {error.problem}.") from error
    if not isinstance(root, Marked):
        raise Refused(f"{path.name}, line 1: it must begin with “kind:” and hold “scenarios:”.")
    return str(root.get("kind", "conversation"))
