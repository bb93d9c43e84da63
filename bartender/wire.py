"""The wire form of the live stream: RTVI 2.1 in JSON. Nothing else in Maya knows it but for `framing`."""

from __future__ import annotations

import json
import math
import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bartender.services.bills import Bill, BillLine, PaymentCard
from bartender.services.sharing import SharedBill
from maya_site.lib.errors import Refused

LABEL = "rtvi-ai"
VERSION = "2.1.0"
TEXT_MOST = 8 * 1024
AUDIO_MOST = 64 * 1024
SAID_MOST = 4_000
DEEPEST = 8
DIGITS_MOST = 15

Frame = dict[str, Any]


class Malformed(Refused):
    """What came is not a message. `id` is the message's own where it could be read."""

    def __init__(self, text: str, id: str = "") -> None:
        super().__init__(text)
        self.id = id


class NotUnderstood(Refused):
    """A whole message, of a kind that Maya does not know."""

    def __init__(self, text: str, id: str) -> None:
        super().__init__(text)
        self.id = id


# --- what a guest may send ---------------------------------------------------------------------------

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:\-]{1,64}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Spoken = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SAID_MOST)]


class Heard(BaseModel):
    """Clients may add fields of their own: they are ignored. The types of ours are exact."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)
    kind: ClassVar[str] = ""

    id: Id


class ClientReady(Heard):
    kind = "client-ready"
    version: Annotated[str, StringConstraints(max_length=40)] = ""


class TextOptions(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    run_immediately: bool | None = True
    audio_response: bool | None = True


class SendText(Heard):
    kind = "send-text"
    content: Spoken
    options: TextOptions | None = None

    @property
    def wants_sound(self) -> bool:
        return self.options is None or self.options.audio_response is not False

    @property
    def interrupts(self) -> bool:
        return self.options is None or self.options.run_immediately is not False


class DisconnectBot(Heard):
    kind = "disconnect-bot"


class SetVoice(Heard):
    kind = "set-voice"
    on: bool


class Played(Heard):
    """How much of a reply's sound the guest's player has really played. Nothing is answered."""

    kind = "played"
    turn: Id
    ms: Annotated[float, Field(ge=0, le=3_600_000)]


class SetMicrophone(Heard):
    """The guest's leave to be listened to, given or taken back. `echo_cancelled`: the client takes Maya's own
    voice out of what it hears; where it does not, one speaks at a time."""

    kind = "set-microphone"
    on: bool
    echo_cancelled: bool = True


class SpeechEnded(Heard):
    """Push-to-talk: the button was let go."""

    kind = "speech-ended"


class Interrupt(Heard):
    kind = "interrupt"


class Ping(Heard):
    kind = "ping"


class TapItem(Heard):
    kind = "tap-item"
    item: Name
    quantity: Annotated[int, Field(ge=-9_999, le=9_999)] = 1
    modifiers: list[Name] = Field(default_factory=list, max_length=12)


class SetTip(Heard):
    kind = "set-tip"
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    cents: Annotated[int, Field(ge=0, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SetTip:
        if (self.percent is None) == (self.cents is None):
            raise ValueError("give either percent or cents")
        return self


class PlaceOrder(Heard):
    kind = "place-order"


class Pay(Heard):
    """Without a nonce it asks for the bill; with the card's nonce it is the guest's own yes."""

    kind = "pay"
    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None


class Undo(Heard):
    kind = "undo"


class RemoveLine(Heard):
    kind = "remove-line"
    number: Annotated[int, Field(ge=1, le=9_999)]


class NotYet(Heard):
    kind = "not-yet"


TYPES: dict[str, type[Heard]] = {one.kind: one for one in (ClientReady, SendText, DisconnectBot)}
BUTTONS = (TapItem, SetTip, PlaceOrder, Pay, Undo, RemoveLine, NotYet)
CLIENT_MESSAGES: dict[str, type[Heard]] = {
    one.kind: one for one in (SetVoice, Played, SetMicrophone, SpeechEnded, Interrupt, Ping, *BUTTONS)
}


# --- reading -----------------------------------------------------------------------------------------


def decode(text: str) -> Heard:
    """Raises Malformed or NotUnderstood, whose text may be shown to whoever sent it."""
    if len(text) > TEXT_MOST or len(text.encode("utf-8", "surrogatepass")) > TEXT_MOST:
        raise Malformed(f"A text message may have at most {TEXT_MOST // 1024} KB.")
    envelope = _parse(text)
    if not isinstance(envelope, dict) or envelope.get("label") != LABEL:
        raise Malformed(f'Every message is one JSON object with the label "{LABEL}".')
    given = envelope.get("id")
    id = given if isinstance(given, str) and re.fullmatch(r"[A-Za-z0-9_.:\-]{1,64}", given) else ""
    if not id:
        raise Malformed("Every message has an id: 1 to 64 letters, digits, and _ . : -")
    data = envelope.get("data")
    if data is not None and not isinstance(data, dict):
        raise Malformed("The data of a message is an object.", id)
    return _typed(envelope.get("type"), id, data or {})


def _typed(type: Any, id: str, data: dict[str, Any]) -> Heard:
    if type == "client-message":
        type, data = data.get("t"), data.get("d") or {}
        if not isinstance(data, dict):
            raise Malformed("What comes with a client message is an object.", id)
        known = CLIENT_MESSAGES
    else:
        known = TYPES
    if not isinstance(type, str):
        raise Malformed("Every message has a type.", id)
    if type not in known:
        raise NotUnderstood("I do not know that kind of message.", id)
    try:
        return known[type].model_validate({**data, "id": id})
    except ValidationError as error:
        raise Malformed(_in_words(type, error), id) from None


def _in_words(type: str, error: ValidationError) -> str:
    """Names the field and its rule, and repeats nothing of what was sent."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part)[:20] for part in first["loc"][:3])
    return f"{type} {where}: {first['msg']}".replace(" : ", ": ")


def _parse(text: str) -> Any:
    try:
        found = json.loads(
            text, parse_constant=_no_constant, parse_int=_short_integer, parse_float=_finite_float
        )
        _refuse_strange(found, DEEPEST)
    except (ValueError, RecursionError):
        raise Malformed("That is not JSON that I can read.") from None
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _short_integer(digits: str) -> int:
    if len(digits) > DIGITS_MOST:
        raise ValueError("too many digits")
    return int(digits)


def _finite_float(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError("not a finite number")
    return found


def _refuse_strange(value: Any, room: int) -> None:
    """Nesting without end, half characters, and the one character that no database keeps."""
    if room < 0:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a zero character")
        value.encode()  # a lone surrogate is a ValueError here
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_strange(key, room)
            _refuse_strange(inner, room - 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_strange(inner, room - 1)


def said_aloud(text: str, id: str) -> Heard:
    """What was heard of a guest, as if it had been sent."""
    return SendText(id=id, content=text[:SAID_MOST])


# --- writing -----------------------------------------------------------------------------------------


def encode(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def frame(type: str, data: dict[str, Any] | None = None, id: str = "") -> Frame:
    return {"label": LABEL, "type": type, "id": id or uuid.uuid4().hex[:8], "data": data or {}}


def news(kind: str, **said: Any) -> Frame:
    """The house's own messages."""
    return frame("server-message", {"kind": kind, **said})


def bot_ready(*, audio: bool) -> Frame:
    return frame("bot-ready", {"version": VERSION, "about": {"library": "maya", "audio": audio}})


def response(heard: Heard, **said: Any) -> Frame:
    return frame("server-response", {"t": heard.kind, "d": {"ok": True, **said}}, heard.id)


def error_response(text: str, id: str) -> Frame:
    return frame("error-response", {"error": text}, id)


def error(text: str, *, fatal: bool = False) -> Frame:
    return frame("error", {"error": text, "fatal": fatal})


def bye(reason: str, retry_after: float | None = None) -> Frame:
    return news("bye", reason=reason, retry_after=retry_after)


def history(turns: Iterable[dict[str, Any]]) -> Frame:
    return news("history", turns=list(turns))


def tab_message(bill: Bill, shared: Iterable[SharedBill] = ()) -> dict[str, Any]:
    """The whole tab, as pages show it, and the bills that are shared with others."""
    return {
        "kind": "tab",
        "order": bill.merged(),
        "tab": bill.amounts(),
        "lines": [_line(line) for line in bill.lines],
        "discount_cents": bill.discount_cents,
        "tip_bp": bill.tip_bp,
        "due_cents": bill.due_cents,
        "currency": bill.currency,
        "version": bill.version,
        "payment": _card(bill.payment) if bill.payment else None,
        "shared": [asdict(one) for one in shared],
    } | (
        # What held_until is counted by: a guest's clock may be wrong.
        {"now": time.time()} if any(line.held_until for line in bill.lines) else {}
    )


def _line(line: BillLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "item": line.item,
        "quantity": line.quantity,
        "modifiers": list(line.modifiers),
        "unit_cents": line.unit_cents,
        "cents": line.cents,
        "status": line.status,
        "changeable": line.changeable,
        "progress": line.progress,
        "held_until": line.held_until,
    }


def _card(card: PaymentCard) -> dict[str, Any]:
    return {
        "code": card.code,
        "amount_cents": card.amount_cents,
        "nonce": card.nonce,
        "status": card.status,
        "url": card.url,
        "simulated": card.simulated,
    }
