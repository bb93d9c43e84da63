"""The messages of the live stream: RTVI 2.1 in JSON, and the frames that the page's own come in. Apart from
`framing`, nothing else knows this format.
"""

from __future__ import annotations

import json
import math
import re
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Protocol

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bartender.menu.price_rules import PriceTag
from bartender.models.visits import MAX_NOTE_LENGTH
from bartender.services.bills import Bill, PaymentCard
from bartender.services.split_bill import SharedBill
from maya_site.core.errors import Refusal
from maya_site.core.money import format_money

SUBPROTOCOL = "rtvi.json"
RTVI_LABEL = "rtvi-ai"
RTVI_VERSION = "2.1.0"
MAX_MESSAGE_BYTES = 8 * 1024
MAX_AUDIO_BYTES = 64 * 1024
MAX_CONTENT_CHARS = 4_000
MAX_JSON_DEPTH = 8
MAX_INTEGER_DIGITS = 15

Frame = dict[str, Any]


class MalformedMessage(Refusal):
    """The payload is not a valid message. `id` is the message's own if it could be read."""

    def __init__(self, text: str, id: str = "") -> None:
        super().__init__(text)
        self.id = id


class UnknownMessageType(Refusal):
    """A valid message of a type that Maya does not handle."""

    def __init__(self, text: str, id: str) -> None:
        super().__init__(text)
        self.id = id


# --- what a guest may send ---------------------------------------------------------------------------

MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:\-]{1,64}$")]
OrderNote = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_NOTE_LENGTH)]
ItemName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
MessageText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CONTENT_CHARS)
]


class ClientMessage(BaseModel):
    """Unknown fields are ignored; known ones are type-checked strictly."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)
    kind: ClassVar[str] = ""

    id: MessageId


class ClientReady(ClientMessage):
    kind = "client-ready"
    version: Annotated[str, StringConstraints(max_length=40)] = ""
    fragments: bool = False  # whether the client shows the tab as HTML, beside the data of the `tab` message
    changes: bool = False  # whether it can be sent what changed of both, instead of the whole each time


class TextOptions(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    run_immediately: bool | None = True
    audio_response: bool | None = True


class SendText(ClientMessage):
    kind = "send-text"
    content: MessageText
    options: TextOptions | None = None

    @property
    def wants_audio(self) -> bool:
        return self.options is None or self.options.audio_response is not False

    @property
    def interrupts(self) -> bool:
        return self.options is None or self.options.run_immediately is not False


class SpokenText(SendText):
    """What an engine of the bar heard. No client can send it, so none can claim that it was heard."""

    transcribed_by: str


class DisconnectBot(ClientMessage):
    kind = "disconnect-bot"


class SetVoice(ClientMessage):
    kind = "set-voice"
    on: bool


class PlaybackProgress(ClientMessage):
    """How many ms of a reply's audio the player has really played. It gets no answer."""

    kind = "played"
    turn: MessageId
    ms: Annotated[float, Field(ge=0, le=3_600_000)]


class SetMicrophone(ClientMessage):
    """Switches listening on or off. Without `echo_cancelled`, the microphone is ignored while Maya speaks."""

    kind = "set-microphone"
    on: bool
    echo_cancelled: bool = True


class SpeechEnded(ClientMessage):
    """Push-to-talk was released."""

    kind = "speech-ended"


class Interrupt(ClientMessage):
    kind = "interrupt"


class Ping(ClientMessage):
    kind = "ping"


class TapItem(ClientMessage):
    kind = "tap-item"
    item: ItemName
    quantity: Annotated[int, Field(ge=-9_999, le=9_999)] = 1
    modifiers: list[ItemName] = Field(default_factory=list, max_length=12)
    note: OrderNote = ""


class SetTip(ClientMessage):
    kind = "set-tip"
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    cents: Annotated[int, Field(ge=0, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _require_percent_or_cents(self) -> SetTip:
        if (self.percent is None) == (self.cents is None):
            raise ValueError("give either percent or cents")
        return self


class PlaceOrder(ClientMessage):
    kind = "place-order"


class Pay(ClientMessage):
    """Asks for the bill; with the payment card's nonce, confirms the amount on it."""

    kind = "pay"
    nonce: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] | None = None


class Undo(ClientMessage):
    kind = "undo"


class RemoveLine(ClientMessage):
    kind = "remove-line"
    number: Annotated[int, Field(ge=1, le=9_999)]


class NotYet(ClientMessage):
    kind = "not-yet"


RTVI_MESSAGE_TYPES: dict[str, type[ClientMessage]] = {
    one.kind: one for one in (ClientReady, SendText, DisconnectBot)
}
ACTION_MESSAGES = (TapItem, SetTip, PlaceOrder, Pay, Undo, RemoveLine, NotYet)
CLIENT_MESSAGE_TYPES: dict[str, type[ClientMessage]] = {
    one.kind: one
    for one in (SetVoice, PlaybackProgress, SetMicrophone, SpeechEnded, Interrupt, Ping, *ACTION_MESSAGES)
}


# --- reading -----------------------------------------------------------------------------------------


def decode_message(text: str) -> ClientMessage:
    """Raises MalformedMessage or UnknownMessageType, whose text may be shown to the sender."""
    if len(text) > MAX_MESSAGE_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_MESSAGE_BYTES:
        raise MalformedMessage(f"A text message may have at most {MAX_MESSAGE_BYTES // 1024} KB.")
    try:
        envelope = json.loads(
            text,
            parse_constant=_reject_constant,
            parse_int=_parse_short_integer,
            parse_float=_parse_finite_float,
        )
        _reject_unsafe_values(envelope, MAX_JSON_DEPTH)
    except (ValueError, RecursionError):
        raise MalformedMessage("That is not JSON that I can read.") from None
    if not isinstance(envelope, dict) or envelope.get("label") != RTVI_LABEL:
        raise MalformedMessage(f'Every message is one JSON object with the label "{RTVI_LABEL}".')
    given = envelope.get("id")
    id = given if isinstance(given, str) and re.fullmatch(r"[A-Za-z0-9_.:\-]{1,64}", given) else ""
    if not id:
        raise MalformedMessage("Every message has an id: 1 to 64 letters, digits, and _ . : -")
    data = envelope.get("data")
    if data is not None and not isinstance(data, dict):
        raise MalformedMessage("The data of a message is an object.", id)
    return _validate_message(envelope.get("type"), id, data or {})


def _validate_message(type: Any, id: str, data: dict[str, Any]) -> ClientMessage:
    if type == "client-message":
        type, data = data.get("t"), data.get("d") or {}
        if not isinstance(data, dict):
            raise MalformedMessage("What comes with a client message is an object.", id)
        known = CLIENT_MESSAGE_TYPES
    else:
        known = RTVI_MESSAGE_TYPES
    if not isinstance(type, str):
        raise MalformedMessage("Every message has a type.", id)
    if type not in known:
        raise UnknownMessageType("I do not know that kind of message.", id)
    try:
        return known[type].model_validate({**data, "id": id})
    except ValidationError as error:
        raise MalformedMessage(_describe_validation_error(type, error), id) from None


def _describe_validation_error(type: str, error: ValidationError) -> str:
    """Names the field and the rule, and does not repeat any input."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part)[:20] for part in first["loc"][:3])
    return f"{type} {where}: {first['msg']}".replace(" : ", ": ")


def _reject_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _parse_short_integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise ValueError("too many digits")
    return int(digits)


def _parse_finite_float(digits: str) -> float:
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError("not a finite number")
    return found


def _reject_unsafe_values(value: Any, depth_left: int) -> None:
    """Raises ValueError for deep nesting, lone surrogates, and NUL, which databases cannot store."""
    if depth_left < 0:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a zero character")
        value.encode()  # a lone surrogate is a ValueError here
    elif isinstance(value, dict):
        for key, inner in value.items():
            _reject_unsafe_values(key, depth_left)
            _reject_unsafe_values(inner, depth_left - 1)
    elif isinstance(value, list):
        for inner in value:
            _reject_unsafe_values(inner, depth_left - 1)


def transcript_message(text: str, id: str, transcribed_by: str) -> ClientMessage:
    """A transcript as if the client had sent it as text. `transcribed_by` is the engine's name."""
    return SpokenText(id=id, content=text[:MAX_CONTENT_CHARS], transcribed_by=transcribed_by)


# --- writing -----------------------------------------------------------------------------------------


def encode_frame(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def build_frame(type: str, data: dict[str, Any] | None = None, id: str = "") -> Frame:
    return {"label": RTVI_LABEL, "type": type, "id": id or uuid.uuid4().hex[:8], "data": data or {}}


def server_message(kind: str, **data: Any) -> Frame:
    """A message of Maya's own, inside RTVI's `server-message`."""
    return build_frame("server-message", {"kind": kind, **data})


def bot_ready(*, audio: bool) -> Frame:
    """`ai` and `voice` tell every client, and any recording, that it is not a person who speaks."""
    about = {"library": "maya", "audio": audio, "ai": True, "voice": "synthetic"}
    return build_frame("bot-ready", {"version": RTVI_VERSION, "about": about})


def server_response(message: ClientMessage, **data: Any) -> Frame:
    return build_frame("server-response", {"t": message.kind, "d": {"ok": True, **data}}, message.id)


def error_response(text: str, id: str) -> Frame:
    return build_frame("error-response", {"error": text}, id)


def error(text: str, *, fatal: bool = False) -> Frame:
    return build_frame("error", {"error": text, "fatal": fatal})


def bye(reason: str, retry_after: float | None = None) -> Frame:
    return server_message("bye", reason=reason, retry_after=retry_after)


def announcement_frames(id: str, speaker: str, text: str, *, is_spoken: bool) -> list[Frame]:
    """Frames of an unprompted line. `speaker` is Maya or the bar."""
    status = "new" if is_spoken else None
    data = {"text": text, "aggregated_by": "sentence", "will_be_spoken": is_spoken, "spoken_status": status}
    return [
        build_frame("bot-llm-started", {"who": speaker}, id),
        build_frame("bot-llm-text", {"text": text}, id),
        build_frame("bot-output", data, id),
        build_frame("bot-llm-stopped", {"outcome": "done"}, id),
    ]


def history(turns: Iterable[dict[str, Any]]) -> Frame:
    return server_message("history", turns=list(turns))


def tab_message(bill: Bill, shared: Iterable[SharedBill] = ()) -> dict[str, Any]:
    """The tab as the page shows it, and the bills shared with others. Amounts are minor units."""
    return {
        "kind": "tab",
        "order": bill.merged_lines(),
        "tab": bill.amounts(),
        "lines": [
            {
                "number": line.number,
                "item": line.item,
                "quantity": line.quantity,
                "modifiers": list(line.modifiers),
                "unit_cents": line.unit_cents,
                "cents": line.cents,
                "status": line.status,
                "changeable": line.changeable,
                "progress": line.progress,
                "undo_until": line.undo_until,
            }
            for line in bill.lines
        ],
        "discount_cents": bill.discount_cents,
        "tip_bp": bill.tip_bp,
        "due_cents": bill.due_cents,
        "currency": bill.currency,
        "version": bill.version,
        "payment": _payment_card_json(bill.payment) if bill.payment else None,
        "card_note": bill.card_note,
        "shared": [asdict(one) for one in shared],
    } | (
        # The server's time, for counting down to undo_until: a client's clock may be wrong.
        {"now": time.time()} if any(line.undo_until for line in bill.lines) else {}
    )


def price_message(tag: PriceTag) -> dict[str, Any]:
    """What a page shows of an item's price: the menu's and the rule where one holds; and how few are left."""
    reduced = tag.reduction
    return {
        "item": tag.item,
        "price": format_money(tag.cents),
        "list_price": format_money(reduced.list_cents) if reduced else "",
        "rule": reduced.label if reduced else "",
        "left": _("last %(count)s") % {"count": tag.last_portions} if tag.last_portions else "",
    }


def _payment_card_json(card: PaymentCard) -> dict[str, Any]:
    return {
        "code": card.code,
        "amount_cents": card.amount_cents,
        "nonce": card.nonce,
        "status": card.status,
        "url": card.url,
        "simulated": card.simulated,
    }


# --- frames ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InputAudio:
    """Audio from a microphone: 16 kHz, mono, signed 16-bit little-endian PCM."""

    pcm: bytes


class Framing(Protocol):
    def decode(self, text: str | None, data: bytes | None) -> ClientMessage | InputAudio:
        """Raises MalformedMessage or UnknownMessageType, whose text may be shown to the sender."""

    def encode(self, frame: Frame) -> str | bytes: ...

    def encode_audio(self, pcm: bytes) -> bytes:
        """Takes 24 kHz, mono, signed 16-bit little-endian PCM."""


class JsonFraming:
    """Messages are text frames; audio is raw PCM in binary frames."""

    def decode(self, text: str | None, data: bytes | None) -> ClientMessage | InputAudio:
        return decode_message(text) if text is not None else build_input_audio(data or b"")

    encode = staticmethod(encode_frame)

    def encode_audio(self, pcm: bytes) -> bytes:
        return pcm


def build_input_audio(pcm: bytes) -> InputAudio:
    if len(pcm) > MAX_AUDIO_BYTES:
        raise audio_too_large()
    if len(pcm) % 2 or not pcm:
        raise MalformedMessage("Sound comes as whole 16-bit samples.")
    return InputAudio(pcm)


def audio_too_large() -> MalformedMessage:
    return MalformedMessage(f"An audio message may have at most {MAX_AUDIO_BYTES // 1024} KB.")
