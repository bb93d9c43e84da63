"""The tests' own browser sends what a real one would, and no more."""

import pytest

from tests.form_browser import HOME, ActionNotPossible, FormBrowser, form_action
from tests.html_dom import parse_html

PAGE = """
<form id="first" method="post" action="/one/">
  <input type="hidden" name="token" value="t&amp;1"><input name="words" value="as it was" maxlength="5">
  <input type="number" name="many" value="1" min="1" max="12"><input name="off" value="x" disabled>
  <fieldset disabled><input name="under" value="x"></fieldset>
  <input type="checkbox" name="box" value="a" checked><input type="checkbox" name="box" value="b">
  <select name="one"><option value="1">First<option value="2" selected>Second<option disabled>Third</select>
  <textarea name="note">
two
lines</textarea>
  <template><input name="inert" value="x"></template>
  <form action="/nested/"><input name="inner" value="i"></form>
  <button name="press" value="yes">Send</button>
</form>
<button form="first" formaction="/other/" name="press" value="no">Elsewhere</button>
<form method="post" action="/hidden/" hidden><button>Unseen</button></form>
<form method="post" action="/asked/"><input name="name" required><button>Asked</button></form>
"""


class Sent(FormBrowser):
    """Keeps what it would send."""

    def __init__(self):
        super().__init__()
        self.page, self.sent = PAGE, []

    def post(self, address, data):
        self.sent.append((address.removeprefix(HOME), data))


AS_IT_WAS = {
    "token": ["t&1"],
    "words": ["as it was"],
    "many": ["1"],
    "box": ["a"],
    "one": ["2"],
    "note": ["two\r\nlines"],
    "inner": ["i"],
}


def test_what_nobody_touched_goes_along_with_the_button():
    browser = Sent()
    (outside,) = [one for one in browser.submit_buttons() if one.name == "Elsewhere"]
    assert form_action(outside) == "/other/"
    browser.press_button("Elsewhere")

    assert browser.sent == [("/other/", AS_IT_WAS | {"press": ["no"]})]


def test_a_person_types_ticks_and_chooses():
    browser = Sent()
    with pytest.raises(ActionNotPossible, match="belongs to no form"):
        browser.press_button("Send")  # the inner </form> has closed the outer one
    browser.press_button("Elsewhere", words="too long to fit", box=["a", "b"], one="First", many=3)

    wanted = AS_IT_WAS | {"words": ["too l"], "box": ["a", "b"], "one": ["1"], "many": ["3"]}
    assert browser.sent == [("/other/", wanted | {"press": ["no"]})]


@pytest.mark.parametrize(
    "filled",
    [
        {"token": "forged"},
        {"off": "y"},
        {"inert": "y"},
        {"nowhere": "y"},
        {"many": "13"},
        {"many": "x"},
        {"one": "Third"},
        {"box": ["c"]},
        {"box": "c"},
    ],
)
def test_what_a_browser_would_not_send_is_an_error(filled):
    browser = Sent()
    with pytest.raises(ActionNotPossible):
        browser.press_button("Elsewhere", **filled)

    assert browser.sent == []


def test_a_hidden_button_and_a_required_field_stop_it():
    browser = Sent()
    with pytest.raises(ActionNotPossible):
        browser.press_button("Unseen")
    with pytest.raises(ActionNotPossible, match="asks for “name” first"):
        browser.press_button("Asked")

    assert browser.sent == []


def test_a_button_is_named_as_assistive_technology_names_it():
    button = next(parse_html('<button aria-label="Take off IPA">×</button>').find_all("button"))

    assert button.name == "Take off IPA"
