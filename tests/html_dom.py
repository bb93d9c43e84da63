"""A page as a browser builds it: elements, and which control belongs to which form."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
CONTROLS = {"input", "button", "select", "textarea"}


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element | str] = []
        self.form: Element | None = None

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def has_attribute(self, name: str) -> bool:
        return name in self.attributes

    def ancestors(self) -> Iterator[Element]:
        """Itself first."""
        found: Element | None = self
        while found is not None:
            yield found
            found = found.parent

    def find_all(self, *tags: str) -> Iterator[Element]:
        """Itself and what is in it, in the order of the page."""
        if not tags or self.tag in tags:
            yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.find_all(*tags)

    @property
    def raw_text(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw_text for child in self.children)

    @property
    def text(self) -> str:
        return " ".join(self.raw_text.split())

    @property
    def name(self) -> str:
        """What a person calls a control: its label for assistive technology, else what stands on it."""
        return self.get("aria-label") or self.text or self.get("value") or self.get("title")

    @property
    def is_visible(self) -> bool:
        return not any(one.has_attribute("hidden") for one in self.ancestors())

    @property
    def is_disabled(self) -> bool:
        """By itself, or by a fieldset around it, of which the first legend is spared."""
        if self.has_attribute("disabled"):
            return True
        inside: Element = self
        for one in self.ancestors():
            if one.tag == "fieldset" and one.has_attribute("disabled"):
                first = next((child for child in one.children if isinstance(child, Element)), None)
                if first is None or first.tag != "legend" or first is not inside:
                    return True
            inside = one
        return False


class _Builder(HTMLParser):
    """What is in a <template> is inert; a form in a form is none, its controls belong to the outer one."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("#page", {}, None)
        self.at = self.root
        self.form: Element | None = None
        self.templates = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "template":
            self.templates += 1
        if self.templates or (tag == "form" and self.form is not None):
            return
        self._close_implied_end_tags(tag)
        element = Element(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(element)
        if tag == "form":
            self.form = element
        if tag in CONTROLS:
            element.form = self.form
        if tag not in VOID:
            self.at = element

    def _close_implied_end_tags(self, tag: str) -> None:
        if tag in ("option", "li", "p", "tr", "td", "th", "dt", "dd") and self.at.tag == tag:
            self.at = self.at.parent or self.root

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.templates = max(0, self.templates - 1)
            return
        if self.templates or tag in VOID:
            return
        if tag == "form":
            self.form = None
        for one in self.at.ancestors():
            if one.tag == tag:
                self.at = one.parent or self.root
                return

    def handle_data(self, data: str) -> None:
        if not self.templates:
            self.at.children.append(data)


def parse_html(html: str) -> Element:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    by_id = {one.get("id"): one for one in builder.root.find_all() if one.has_attribute("id")}
    for control in builder.root.find_all(*CONTROLS):
        if control.has_attribute("form"):
            owner = by_id.get(control.get("form"))
            control.form = owner if owner is not None and owner.tag == "form" else None
    return builder.root
