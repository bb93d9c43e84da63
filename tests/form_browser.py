"""A browser without a script: it opens pages, and sends exactly what a press of a button on them would send.

Nothing is sent that is not on the page: a person fills in fields that they can see, ticks boxes and chooses
options that are there, and presses a button that is there. Hidden fields, default values and the button's own
name, value and address go along as in any browser. What a browser would not send is an error here.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.utils.datastructures import MultiValueDict

from tests.html_dom import CONTROLS, Element, parse_html

HOME = "http://testserver"
UNSENT_TYPES = {"submit", "button", "reset", "image", "file"}
TEXT_TYPES = {"text", "search", "email", "password", "number", "tel", "url", "date", "range", ""}


class ActionNotPossible(AssertionError):
    """Not on this page, not to be seen, or stopped by the browser before anything is sent."""


class FormBrowser:
    """One window with its cookies. `page` is what is in front of whoever sits there. CSRF is checked."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client or Client()
        self.client.handler.enforce_csrf_checks = True
        self.address = HOME + "/"
        self.page = ""
        self.status = 0
        self.response: Any = None  # with the ways that led there

    def open(self, path: str) -> str:
        """Type an address, or follow a link."""
        return self._follow_response(self.client.get(path, follow=True), urljoin(self.address, path))

    def follow_link(self, words: str) -> str:
        """A link, by what stands on it."""
        links = [
            one
            for one in self.dom.find_all("a")
            if one.has_attribute("href") and one.is_visible and one.name == words
        ]
        if len(links) != 1:
            raise ActionNotPossible(f"{len(links)} links say “{words}”: {self._button_names('a')}")
        return self.open(links[0].get("href"))

    def press_button(self, button: str, *, near: str = "", to: str = "", **filled: Any) -> str:
        """The button of that name is clicked, after fields of its form were filled in by their names.

        `near`: words in the row, form or section that the button is in. `to`: where it sends its form. A list
        ticks the boxes of those values and no others.
        """
        found = self._find_button(button, near, to)
        return self.submit(found, filled)

    def submit(self, button: Element, filled: dict[str, Any]) -> str:
        form = button.form
        if form is None:
            raise ActionNotPossible(f"“{button.name}” belongs to no form: pressing it does nothing")
        if button.is_disabled or not button.is_visible:
            raise ActionNotPossible(f"“{button.name}” cannot be pressed")
        fields = _fill_in(self._form_controls(form), filled, checked=not form.has_attribute("novalidate"))
        if button.get("name"):
            fields.appendlist(button.get("name"), button.get("value"))
        action = button.get("formaction") or form.get("action")
        address = urljoin(self.address, action) if action else self.address
        method = (button.get("formmethod") or form.get("method") or "get").lower()
        data = {name: fields.getlist(name) for name in fields}
        if method == "get":
            path = address.removeprefix(HOME).split("#")[0].split("?")[0]
            return self._follow_response(self.client.get(path, data, follow=True), HOME + path)
        self.post(address, data)
        return self.page

    def post(self, address: str, data: dict[str, Any]) -> Any:
        """As the window posts, whatever is in it; then the page that it leads to."""
        path = address.removeprefix(HOME).split("#")[0]
        headers = {"Origin": HOME, "Referer": self.address}
        self._follow_response(
            self.client.post(path, data, follow=True, headers=headers), urljoin(HOME, address)
        )
        return self.response

    @property
    def dom(self) -> Element:
        return parse_html(self.page)

    def submit_buttons(self) -> list[Element]:
        """Those that send a form and can be seen."""
        found = self.dom.find_all("button", "input")
        sends = (one for one in found if one.get("type", "submit" if one.tag == "button" else "") == "submit")
        return [one for one in sends if one.is_visible]

    def has_button(self, button: str) -> bool:
        return any(one.name == button for one in self.submit_buttons())

    def _find_button(self, words: str, near: str, to: str) -> Element:
        named = [one for one in self.submit_buttons() if one.name == words]
        if to:
            named = [one for one in named if form_action(one) == to]
        if near:
            named = [one for one in named if _is_near(one, near)]
        if len(named) != 1:
            raise ActionNotPossible(
                f"{len(named)} buttons say “{words}”: {self._button_names('button', 'input')}"
            )
        return named[0]

    def _form_controls(self, form: Element) -> list[Element]:
        # Found anew with every look at the page: the same element is the one at the same place.
        root = list(form.ancestors())[-1]
        return [one for one in root.find_all(*CONTROLS) if one.form is form]

    def _button_names(self, *tags: str) -> list[str]:
        return sorted({one.name for one in self.dom.find_all(*tags) if one.is_visible and one.name})

    def _follow_response(self, answer: Any, asked: str) -> str:
        chain = getattr(answer, "redirect_chain", [])
        self.address = urljoin(HOME, urljoin(asked, chain[-1][0]) if chain else asked)
        self.status, self.response = answer.status_code, answer
        self.page = answer.content.decode()
        return self.page

    @property
    def path(self) -> str:
        """The path of the page in front."""
        return urlsplit(self.address).path


def form_action(button: Element) -> str:
    return button.get("formaction") or (button.form.get("action") if button.form else "")


ROWS = ("li", "tr", "fieldset", "form", "section", "article", "details", "div")


def _is_near(button: Element, words: str) -> bool:
    """In the smallest thing around it that says more than the button itself."""
    around = (one for one in button.ancestors() if one.tag in ROWS and one.text != button.text)
    row = next(around, None)
    return row is not None and words in row.text


def _fill_in(controls: list[Element], filled: dict[str, Any], *, checked: bool) -> MultiValueDict[str, str]:
    fields: MultiValueDict[str, str] = MultiValueDict()
    named = {control.get("name") for control in controls if _is_sent(control)}
    if left := sorted(set(filled) - named):
        raise ActionNotPossible(f"no such fields in this form: {left}")
    for control in filter(_is_sent, controls):
        name = control.get("name")
        values = _values(control, filled[name]) if name in filled else _initial_values(control)
        if checked and control.is_visible:
            _validate_like_a_browser(control, values)
        for value in values:
            fields.appendlist(name, value)
    for name, wanted in filled.items():
        _reject_unknown_fields(name, wanted, fields.getlist(name))
    return fields


def _is_sent(control: Element) -> bool:
    pressed = control.tag == "button" or control.get("type") in UNSENT_TYPES
    return not pressed and not control.is_disabled and bool(control.get("name"))


def _reject_unknown_fields(name: str, wanted: Any, sent: list[str]) -> None:
    if isinstance(wanted, str) and wanted and not sent:
        raise ActionNotPossible(f"no “{name}” says {wanted}")
    if isinstance(wanted, list) and sorted(map(str, wanted)) != sorted(sent):
        raise ActionNotPossible(f"“{name}” offers {sent} of {wanted}")


def _initial_values(control: Element) -> list[str]:
    if control.tag == "textarea":
        return [_with_crlf(control.raw_text.removeprefix("\n"))]
    if control.tag == "select":
        return _options(control, None)
    if control.get("type") in ("checkbox", "radio"):
        return [control.get("value", "on")] if control.has_attribute("checked") else []
    return [control.get("value")]


def _values(control: Element, wanted: Any) -> list[str]:
    """What a person can make of a field."""
    kind, name = control.get("type"), control.get("name")
    if not control.is_visible or kind == "hidden" or control.has_attribute("readonly"):
        raise ActionNotPossible(f"nobody can fill in “{name}”")
    if control.tag == "select":
        return _options(control, wanted)
    if kind in ("checkbox", "radio"):
        value = control.get("value", "on")
        ticked = wanted if isinstance(wanted, bool) else value in _texts(wanted)
        return [value] if ticked else []
    if control.tag == "input" and kind not in TEXT_TYPES:
        raise ActionNotPossible(f"nobody can fill in “{name}”, which is {kind}")
    most = control.get("maxlength")
    typed = str(wanted)[: int(most)] if most else str(wanted)
    return [_with_crlf(typed) if control.tag == "textarea" else re.sub(r"[\r\n]", "", typed)]


def _with_crlf(text: str) -> str:
    """As forms carry them."""
    return re.sub(r"\r\n|\r|\n", "\r\n", text)


def _options(control: Element, wanted: Any) -> list[str]:
    """By what an option says or by its value; unasked, what the page has chosen."""
    options = [one for one in control.find_all("option") if not one.is_disabled]
    if wanted is None:
        chosen = [one for one in options if one.has_attribute("selected")]
        if not chosen and not control.has_attribute("multiple"):
            chosen = options[:1]
    else:
        texts = _texts(wanted)
        chosen = [one for one in options if one.text in texts or one.get("value", one.text) in texts]
        if len(chosen) != len(texts):
            raise ActionNotPossible(
                f"“{control.get('name')}” offers {[one.text for one in options]}, not {wanted}"
            )
    return [one.get("value", one.text) for one in chosen]


def _texts(wanted: Any) -> list[str]:
    return [str(one) for one in wanted] if isinstance(wanted, list) else [str(wanted)]


def _validate_like_a_browser(control: Element, values: list[str]) -> None:
    given = any(values)
    name = control.get("name")
    if control.has_attribute("required") and not given and control.get("type") != "radio":
        raise ActionNotPossible(f"the browser asks for “{name}” first")
    if not given or control.tag != "input":
        return
    (value,) = values
    if control.has_attribute("pattern") and not re.fullmatch(control.get("pattern"), value):
        raise ActionNotPossible(f"the browser does not take “{value}” for “{name}”")
    if control.get("type") == "number":
        _validate_number(control, value)
    if control.get("type") == "date":
        date.fromisoformat(value)
    if control.get("type") == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
        raise ActionNotPossible(f"the browser sees no address in “{value}”")


def _validate_number(control: Element, value: str) -> None:
    name = control.get("name")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ActionNotPossible(f"“{name}” takes a number, not “{value}”") from None
    least, most, step = (control.get(one) for one in ("min", "max", "step"))
    if (least and number < Decimal(least)) or (most and number > Decimal(most)):
        raise ActionNotPossible(f"“{name}” is from {least} to {most}, not {value}")
    base = Decimal(least or 0)
    if step != "any" and (number - base) % Decimal(step or 1):
        raise ActionNotPossible(f"“{name}” goes in steps of {step or 1}, not to {value}")
