"""How a guest uses the page without a script: looks at it, and sends the forms that are on it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from bartender.brains.scripted import Scripted
from bartender.records.visits import Visit
from maya_site.lib.cookies import cookie_name, signed


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self.hidden_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.found.append(
                {"action": named.get("action") or "", "hidden": "hidden" in named, "fields": {}}
            )
        elif tag == "input" and self.found and named.get("type") == "hidden":
            self.found[-1]["fields"][named.get("name")] = named.get("value") or ""


class Guest:
    """One browser with its cookies. CSRF is checked as for everybody."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.page = ""

    def look(self, path: str = "/") -> str:
        response = self.client.get(path, follow=True)
        assert response.status_code == 200, response.status_code
        self.page = response.content.decode()
        return self.page

    def forms(self, action: str) -> list[dict[str, Any]]:
        parser = _Forms()
        parser.feed(self.page)
        return [form for form in parser.found if form["action"] == action]

    def send(self, action: str, *, nth: int = 0, **fields: Any) -> Any:
        """The form on the page in front of the guest, with what they filled in. Then the page it leads to."""
        form = self.forms(action)[nth]
        response = self.client.post(action or self.here, {**form["fields"], **fields}, follow=True)
        self.page = response.content.decode()
        return response

    def say(self, said: str) -> Any:
        return self.send("/say/", nth=-1, said=said)

    here = "/"


def plain(page: str) -> str:
    """What is to be read on a page."""
    body = re.sub(
        r"(?s)<template.*?</template>|<svg.*?</svg>|<[^>]+ hidden(?=[ >])[^>]*>.*?</(?:p|form|div|span|b)>",
        "",
        page,
    )
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def guest_of(visit: Any) -> Guest:
    guest = Guest()
    guest.client.cookies[cookie_name()] = signed(visit.code)
    return guest


class Brains:
    """Hands out one prepared brain for each turn, in order."""

    def __init__(self) -> None:
        self.turns: list[Scripted] = []

    def then(self, *rounds: Any) -> None:
        self.turns.append(Scripted(*rounds))

    def __call__(self, visit: Visit) -> Scripted:
        return self.turns.pop(0) if self.turns else Scripted(["Tell me more."])
