"""What changed between two messages of one kind, for clients that asked for changes.

The first message is the whole. Each later one names the revision that it changes, its `base`: fields that
are `set`, fields that are `gone`, and lists that are made of runs of the list before.
`static/js/changes.js` puts the whole together again. A client that has not got the base asks for the whole
by connecting anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

# [first, count] of the list before, or what is new: {"add": [...]}.
Edit = list[int] | dict[str, list[Any]]
# Rows, and what changes in a tab by itself: its sums, and the ids in its forms.
_CUT = re.compile(r"(?=<(?:li|div|p|form|input|button|dd|section|article)\b)")


class ChangeLog:
    """What one client has got, by kind."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[int, Mapping[str, Any]]] = {}

    def reset(self) -> None:
        """For a client that has lost what was sent before."""
        self._sent.clear()

    def message(self, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """The next message of the kind: the whole content, or its changes since the last one."""
        if (known := self._sent.get(kind)) is None:
            self._sent[kind] = (1, content)
            return {"kind": kind, **content, "revision": 1}
        base, before = known
        self._sent[kind] = (base + 1, content)
        return {"kind": kind, "base": base, "revision": base + 1, **_changes(before, content)}


def split_html(html: str) -> list[str]:
    """A fragment in pieces, of which most stay the same when a line changes."""
    return _CUT.split(html)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in after.items() if name not in before or before[name] != value}
    lists = {
        name: list_edits(before[name], value)
        for name, value in changed.items()
        if isinstance(value, list) and isinstance(before.get(name), list)
    }
    found = {
        "set": {name: value for name, value in changed.items() if name not in lists},
        "lists": lists,
        "gone": sorted(set(before) - set(after)),
    }
    return {name: value for name, value in found.items() if value}


def list_edits(before: Sequence[Any], after: Sequence[Any]) -> list[Edit]:
    """The list `after` as runs of `before` and what is new, in order."""
    keys = [_key(item) for item in before]
    places = {key: place for place, key in reversed(list(enumerate(keys)))}
    edits: list[Edit] = []
    following = 0  # the place after the item that was taken last
    for item in after:
        key = _key(item)
        place = following if following < len(keys) and keys[following] == key else places.get(key)
        last = edits[-1] if edits else None
        if place is None and isinstance(last, dict):
            last["add"].append(item)
        elif place is None:
            edits.append({"add": [item]})
        elif isinstance(last, list) and place == following:
            last[1] += 1
        else:
            edits.append([place, 1])
        following = following if place is None else place + 1
    return edits


def _key(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item, sort_keys=True)
