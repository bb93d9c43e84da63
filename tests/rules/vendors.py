"""A vendor is named in its adapter and in the settings, and nowhere else in the product.

Which vendors and adapters there are is what `PROVIDERS` in maya_site/settings.py lists: whoever adds one is
held to the rule by that line. Documents and other texts for people may name them.
"""

import ast
import re
from functools import cache
from pathlib import Path

from tests.rules.tree import OURS, files

SETTINGS = Path(__file__).resolve().parents[2] / "maya_site" / "settings.py"
SUFFIXES = (".py", ".html", ".js", ".mjs", ".css", ".yaml")
ROOMS = (*sorted(OURS - {"deploy"}), "templates", "static")
# Ours, and no vendor's: play money.
OUR_OWN = {"simulated"}
# What belongs to adapters and is no module that PROVIDERS names: the processes that they start.
MORE_ADAPTERS = ("bartender/speech/tts/workers/", "bartender/speech/stt/workers/")
# Names for good: of metrics that dashboards and alerts read, of the logger of somebody else's package, and of
# the word vectors that weights in the repository were learned over.
EXEMPT = {
    "maya_site/core/metrics.py": {"maya_stripe_events"},
    "maya_site/ops/metrics.py": {"maya_stripe_events_oldest_pending_seconds"},
    "maya_site/core/logs.py": {"stripe"},
    "bartender/brains/rule_based/reader/tagger.py": {"WordLlama", "wordllama"},
}


@cache
def provider_modules() -> tuple[str, ...]:
    """The modules that PROVIDERS names, without the name of the description in each."""
    for node in ast.parse(SETTINGS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROVIDERS":
            return tuple(path.rsplit(".", 1)[0] for path in ast.literal_eval(node.value))
    raise LookupError("maya_site/settings.py has no PROVIDERS.")


def adapter_paths() -> tuple[str, ...]:
    """A package that describes itself in `registration`, or a module that describes itself."""
    found = set(MORE_ADAPTERS)
    for module in provider_modules():
        package, _, name = module.rpartition(".")
        found.add(f"{(package if name == 'registration' else module).replace('.', '/')}")
    return tuple(sorted(found))


def vendor_names() -> set[str]:
    named = {path.rstrip("/").rsplit("/", 1)[-1] for path in adapter_paths() if path not in MORE_ADAPTERS}
    return named - OUR_OWN


def stray_vendors(root: Path) -> list[str]:
    pattern = re.compile("|".join(sorted(vendor_names())), re.IGNORECASE)
    found = []
    for path in files(root, *SUFFIXES):
        name = path.relative_to(root).as_posix()
        if not name.startswith(tuple(f"{room}/" for room in ROOMS)) or _may_name_vendors(name):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for allowed in EXEMPT.get(name, ()):
                line = line.replace(allowed, "")
            found += [f"{name}:{number} names {hit[0]}" for hit in pattern.finditer(line)]
    return found


def _may_name_vendors(name: str) -> bool:
    if re.fullmatch(r"maya_site/settings(_\w+)?\.py", name) or name.startswith("static/vendor/"):
        return True
    return any(
        name in (adapter, f"{adapter}.py") or name.startswith(f"{adapter.rstrip('/')}/")
        for adapter in adapter_paths()
    )
