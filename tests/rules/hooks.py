"""The `data-*` attributes that scripts read: each template lists those that it renders for them."""

import re
from pathlib import Path

from tests.rules.tree import files

COMMENT = re.compile(r"\{# data-hooks: ([a-z, -]+) #\}")


def template_hook_differences(root: Path) -> list[str]:
    """What a script reads is listed where it is rendered, and what is listed is rendered and read."""
    in_scripts, set_by_scripts = script_hooks(root)
    in_css = {name for path in files(root / "static", ".css") for name in selector_hooks(path.read_text())}
    rendered_somewhere, found = set(), []
    for path in files(root / "templates", ".html"):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        listed = {hook for group in COMMENT.findall(text) for hook in group.split(", ")}
        rendered = set(re.findall(r"\sdata-([a-z-]+)", COMMENT.sub("", text)))
        rendered_somewhere |= rendered
        found += [f"{name}: scripts need data-{hook}; list it" for hook in rendered & in_scripts - listed]
        found += [f"{name}: data-{hook} is listed, and not rendered" for hook in listed - rendered]
        found += [f"{name}: nobody reads data-{hook}" for hook in listed - in_scripts - in_css]
    missing = in_scripts - rendered_somewhere - set_by_scripts
    return sorted(found) + [f"a script reads data-{hook}, which no template has" for hook in sorted(missing)]


def selector_hooks(text: str) -> set[str]:
    return set(re.findall(r"\[data-([a-z-]+)", text))


def script_hooks(root: Path) -> tuple[set[str], set[str]]:
    """What the scripts read, and what they set themselves."""
    read, written = set(), set()
    for path in files(root / "static", ".js"):
        text = path.read_text(encoding="utf-8")
        properties = set(re.findall(r"\bdataset\??\.(\w+)", text))
        properties |= set(re.findall(r'"(\w+)" in \w+\.dataset', text))
        for group in re.findall(r"\{([^{}]*)\} = [\w.]+\.dataset\b", text):
            properties |= set(re.findall(r"\w+", group))
        read |= selector_hooks(text) | {kebab(one) for one in properties}
        written |= {kebab(one) for one in re.findall(r"\bdataset\.(\w+) = ", text)}
    return read, written


def kebab(name: str) -> str:
    return re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
