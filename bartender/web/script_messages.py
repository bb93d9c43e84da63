"""Translations of the texts in the page's scripts, for `static/js/translate.js`."""

from __future__ import annotations

import json

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

SCRIPT_MESSAGES = (
    _("{what} is on your tab."),
    _("This window is no longer up to date. Reload it to go on."),
    _("1 drink"),
    _("{found} drinks"),
    _("Add {item}, {price}"),
    _("coming to the bar"),
    _("live"),
    _("reconnecting; nothing is lost"),
    _("offline; what you send may not reach the bar"),
    _("That did not reach the bar. Please try again."),
    _("this visit is over here"),
    _("It goes to the bar in {seconds} seconds. Until then you can undo it here."),
    _("Voice on"),
    _("Tap for sound"),
    _("Muted"),
    _("No voice"),
    _("Microphone off"),
    _("Shall I listen?"),
    _("Opening the microphone"),
    _("Listening"),
    _("Listening while you hold"),
    _("I hear you"),
    _("No microphone"),
    _("Your browser won't let me use the microphone. You can allow it in the browser's settings."),
    _("The microphone is gone."),
    _("I stopped listening, as nothing was said for a while."),
    _("Your browser couldn't hear you just now."),
    _("I can't find a microphone."),
    _("Speech does not work here: neither this bar nor your browser can turn it into text."),
    _("Your browser opens the microphone on a page over https only."),
    _(
        "May I listen? Your browser turns what you say into text, so its maker hears you. "
        "No sound is kept here."
    ),
)


def script_messages_json() -> str:
    """JSON by English text; "" if the page is in English."""
    if get_language() == "en":
        return ""
    return json.dumps({text: gettext(text) for text in SCRIPT_MESSAGES}, ensure_ascii=False)
