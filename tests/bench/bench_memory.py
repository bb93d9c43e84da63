"""What the memory finds, how long a question takes, and what it costs a server that never asks it.

    python -m tests.bench.bench_memory quality [--memvid]   labelled questions, by embedder and store
    python -m tests.bench.bench_memory speed --passages 1000 10000 100000
    python -m tests.bench.bench_memory start                 import time and memory, with it and without

Quality is shown for the half of the bar's questions that the ranking was tuned on, for the other half,
and for the questions of another bar whose passages lie among ours. Speed is that of WordLlama, with made
passages; beside it stands FAISS's own search for the same vectors in the same run.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings

os.environ["DATABASE_URL"] = "sqlite://:memory:"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from rag.index_build import IndexedPassage, write_index  # noqa: E402
from rag.ingest import CORPUS_DIR  # noqa: E402
from rag.memory import read_index  # noqa: E402
from rag.providers.base import Embedder  # noqa: E402
from rag.providers.minilm.embedder import PACKAGE, MiniLM  # noqa: E402
from rag.providers.wordllama.embedder import WordLlama  # noqa: E402
from rag.ranking import rank_passages  # noqa: E402
from rag.retrieval_quality import SCORES_HEADER, evaluate_retrieval, load_passages, load_questions  # noqa: E402

QUESTIONS = Path(__file__).parent.parent / "rag" / "questions"
ASKED = 200


def quality(memvid: bool) -> None:
    house_questions, library = (
        load_questions(QUESTIONS / "house.txt"),
        load_questions(QUESTIONS / "library.txt"),
    )
    sets = {
        "tuned": ([CORPUS_DIR], house_questions[::2]),
        "held out": ([CORPUS_DIR], house_questions[1::2]),
        "another house": ([CORPUS_DIR, QUESTIONS / "library"], library),
    }
    embedders: list[Embedder] = [WordLlama(), *([MiniLM()] if find_spec(PACKAGE) else [])]
    print(f"{'embedder':<26}{'store':<8}{'questions':<15}{SCORES_HEADER}")
    for embedder in embedders:
        for kind in ("faiss", *(["memvid"] if memvid else [])):
            for name, (folders, questions) in sets.items():
                try:
                    row = evaluate_retrieval(folders, questions, embedder, kind).format_row()
                except LookupError as refused:
                    row = str(refused)
                print(f"{embedder.name:<26}{kind:<8}{name:<15}{row}", flush=True)


def speed(sizes: list[int]) -> None:
    print(" passages  build s      MB  ask p50   p95 ms  faiss p50   p95 ms")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(_speed(size, Path(folder)), flush=True)


def _speed(size: int, folder: Path) -> str:
    embedder, words = WordLlama(), random.Random(7)
    began = time.perf_counter()
    write_index(folder, "bench", _made(size, words), embedder, ["faiss"])
    built = time.perf_counter() - began
    loaded = read_index(folder, embedder, ["faiss"])
    (faiss,) = loaded.retrievers
    questions = [one.text for one in load_questions(QUESTIONS / "house.txt")]
    asked = [words.choice(questions) for _ in range(ASKED)]
    vectors = [embedder.embed_queries([text])[0] for text in asked]
    whole = _times(lambda at: rank_passages(asked[at], loaded, faiss.nearest, 3))
    bare = _times(lambda at: faiss.nearest(vectors[at], 3))
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return f"{size:>9}{built:>9.1f}{megabytes:>8.1f}{_pair(whole)}  {_pair(bare)}"


def _pair(times: tuple[float, float]) -> str:
    return "".join(f"{one:>9.2f}" for one in times)


def _made(size: int, words: random.Random) -> list[IndexedPassage]:
    """Sentences of the corpus, mixed anew, so that the words are as common as in real passages."""
    sentences = [one for line in load_passages(CORPUS_DIR) for one in line.text.split(". ")]
    return [
        IndexedPassage.create(number, "", words.choice(sentences)[:60], ". ".join(words.sample(sentences, 3)))
        for number in range(size)
    ]


def _times(ask: Callable[[int], object]) -> tuple[float, float]:
    taken = []
    for at in range(ASKED):
        began = time.perf_counter()
        ask(at)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return taken[ASKED // 2], taken[int(ASKED * 0.95)]


LOADED = (
    "import time, resource, django; django.setup(); import maya_site.asgi; "
    "from rag.search import search_passages; "
    "m = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; t = time.perf_counter(); "
    "import faiss, rag.ranking, rag.bm25; from rag.providers.wordllama.embedder import WordLlama; "
    "WordLlama().embed_queries(['a dog']); print(round((time.perf_counter() - t) * 1000), 'ms,', "
    "round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - m) / 1024, 1), 'MB')"
)


def start() -> None:
    """Unused: what Python itself says that the imports of rag's own modules took, and which there were."""
    command = [sys.executable, "-X", "importtime", "-c", "import maya_site.asgi"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    rows = [line.split("|") for line in told.splitlines() if line.startswith("import time:")]
    ours = [int(row[0].split(":")[1]) for row in rows[1:] if row[2].strip().split(".")[0] == "rag"]
    heavy = [row[2].strip() for row in rows[1:] if row[2].strip() in ("numpy", "faiss", "tokenizers")]
    print(f"unused: {len(ours)} modules, {sum(ours) / 1000:.0f} ms; of numpy, faiss, tokenizers: {heavy}")
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    print(f"loaded behind the open bar: {done.stdout.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("what", choices=["quality", "speed", "start"])
    parser.add_argument("--memvid", action="store_true", help="Memvid as well; its build takes a minute")
    parser.add_argument("--passages", type=int, nargs="+", default=[1_000, 10_000])
    wanted = parser.parse_args()
    print("load " + ", ".join(f"{one:.1f}" for one in os.getloadavg()))
    call_command("migrate", verbosity=0)
    if wanted.what == "quality":
        quality(wanted.memvid)
    elif wanted.what == "speed":
        speed(wanted.passages)
    else:
        start()


if __name__ == "__main__":
    main()
