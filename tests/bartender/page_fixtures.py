"""How a guest uses the page without a script: looks at it, and sends the forms that are on it."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from bartender.brains.scripted import ScriptedBrain
from bartender.models.visits import Visit
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from tests.form_browser import ActionNotPossible, FormBrowser
from tests.html_dom import Element
from tests.html_text import compact_html


class PageGuest:
    """One browser with its cookies. CSRF is checked as for everybody."""

    def __init__(self) -> None:
        self.browser = FormBrowser()

    @property
    def client(self) -> Client:
        return self.browser.client

    @client.setter
    def client(self, client: Client) -> None:
        self.browser = FormBrowser(client)

    @property
    def page(self) -> str:
        return compact_html(self.browser.page)

    @property
    def path(self) -> str:
        return self.browser.path

    def open_page(self, path: str = "/") -> str:
        self.browser.open(path)
        assert self.browser.status == 200, self.browser.status
        return self.page

    def find_forms(self, action: str) -> list[dict[str, Any]]:
        """The forms that go there, with what nobody fills in: for what is sent twice, or by a stranger."""
        forms = [form for form in self.browser.dom.find_all("form") if form.get("action") == action]
        return [{"action": action, "fields": hidden_fields(form)} for form in forms]

    def submit_form(self, action: str, *, nth: int = 0, **fields: Any) -> Any:
        """A form that can be seen on the page in front of the guest, filled in. Then the page it leads to.

        A field that is a button's own name and value is that button pressed; else the first one is.
        """
        button = self._find_button(action, nth, fields)
        filled = {name: value for name, value in fields.items() if name != button.get("name")}
        self.browser.submit(button, filled)
        return self.browser.response

    def post_forged(self, action: str, **fields: Any) -> Any:
        """What no browser sends: a form's hidden fields, and whatever else somebody writes by hand."""
        hidden = self.find_forms(action)[0]["fields"]
        return self.browser.post(action, {**hidden, **fields})

    def say(self, said: str) -> Any:
        return self.submit_form("/say/", nth=-1, text=said)

    def _find_button(self, action: str, nth: int, fields: dict[str, Any]) -> Element:
        """Of the nth form that goes there and can be seen."""
        there = [
            one for one in self.browser.submit_buttons() if one.form and one.form.get("action") == action
        ]
        forms = list(dict.fromkeys(one.form for one in there))
        if not forms:
            raise ActionNotPossible(f"nothing that can be pressed goes to {action or 'this page'}")
        of_form = [one for one in there if one.form is forms[nth]]
        named = [one for one in of_form if one.has_attribute("name") and one.get("name") in fields]
        pressed = [one for one in named if one.get("value") == str(fields[one.get("name")])]
        if named and not pressed:
            raise ActionNotPossible(f"{action} has no button for {fields}")
        return (pressed or of_form)[0]


def hidden_fields(form: Element) -> dict[str, str]:
    inputs = (one for one in form.find_all("input") if one.get("type") == "hidden")
    return {one.get("name"): one.get("value") for one in inputs}


def visible_text(page: str) -> str:
    """What is to be read on a page."""
    body = re.sub(
        r"(?s)<template.*?</template>|<svg.*?</svg>|<[^>]+ hidden(?=[ >])[^>]*>.*?</(?:p|form|div|span|b)>",
        "",
        page,
    )
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def guest_for_visit(visit: Any) -> PageGuest:
    guest = PageGuest()
    guest.client.cookies[visit_cookie_name()] = sign_visit_code(visit.code)
    return guest


class BrainQueue:
    """Hands out one prepared brain for each turn, in order."""

    def __init__(self) -> None:
        self.turns: list[ScriptedBrain] = []

    def add(self, *rounds: Any) -> None:
        self.turns.append(ScriptedBrain(*rounds))

    def __call__(self, visit: Visit) -> ScriptedBrain:
        return self.turns.pop(0) if self.turns else ScriptedBrain(["Tell me more."])
