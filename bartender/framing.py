"""How messages and sound are put into WebSocket frames. What a message means, `wire` alone decides.

The page asks for the subprotocol `rtvi.json`. Stock RTVI clients ask for none, and speak Pipecat's protobuf.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bartender import wire
from bartender.wire import AUDIO_MOST, Malformed

SUBPROTOCOL = "rtvi.json"
GUEST_RATE = 16_000
MAYA_RATE = 24_000
ENVELOPE_MOST = 1024  # what protobuf may add to the largest sound


@dataclass(frozen=True)
class Sound:
    """What a microphone heard: 16 kHz, mono, signed 16-bit little-endian."""

    pcm: bytes


class Framing(Protocol):
    def read(self, text: str | None, data: bytes | None) -> wire.Heard | Sound:
        """Raises Malformed or NotUnderstood, whose text may be shown to whoever sent it."""

    def message(self, frame: wire.Frame) -> str | bytes: ...

    def sound(self, pcm: bytes) -> bytes:
        """24 kHz, mono, signed 16-bit little-endian."""


def agreed(offered: Sequence[str]) -> tuple[Framing, str | None] | None:
    """The framing, and the subprotocol to answer with. None: whoever offers only others cannot be served."""
    if SUBPROTOCOL in offered:
        return JsonFraming(), SUBPROTOCOL
    return None if offered else (ProtobufFraming(), None)


class JsonFraming:
    """Messages are text frames, sound is bare in binary ones."""

    def read(self, text: str | None, data: bytes | None) -> wire.Heard | Sound:
        return wire.decode(text) if text is not None else _sound(data or b"")

    def message(self, frame: wire.Frame) -> str:
        return wire.encode(frame)

    def sound(self, pcm: bytes) -> bytes:
        return pcm


class ProtobufFraming:
    """Everything is a binary frame: Pipecat's `Frame`, with the same JSON inside its messages."""

    def __init__(self) -> None:
        from google.protobuf.message import DecodeError  # only stock clients need it

        from bartender.rtvi import frames_pb2

        self._frames = frames_pb2
        self._garbled = DecodeError

    def read(self, text: str | None, data: bytes | None) -> wire.Heard | Sound:
        if text is not None:
            raise Malformed(f"Without the subprotocol {SUBPROTOCOL} every message is binary protobuf.")
        frame = self._parse(data or b"")
        match frame.WhichOneof("frame"):
            case "message":
                return wire.decode(frame.message.data)
            case "audio":
                return self._heard(frame.audio)
            case "text":
                return _words(frame.text.text)
            case "transcription":  # the client has ears of its own
                return _words(frame.transcription.text)
        raise Malformed("A protobuf frame holds one of text, audio, transcription, message.")

    def message(self, frame: wire.Frame) -> bytes:
        packed = self._frames.Frame(message=self._frames.MessageFrame(data=wire.encode(frame)))
        return packed.SerializeToString()

    def sound(self, pcm: bytes) -> bytes:
        audio = self._frames.AudioRawFrame(name="maya", audio=pcm, sample_rate=MAYA_RATE, num_channels=1)
        return self._frames.Frame(audio=audio).SerializeToString()

    def _parse(self, data: bytes) -> Any:
        if len(data) > AUDIO_MOST + ENVELOPE_MOST:
            raise _too_large()
        try:
            return self._frames.Frame.FromString(data)
        except self._garbled:
            raise Malformed("That is not a protobuf frame that I can read.") from None

    def _heard(self, audio: Any) -> Sound:
        if audio.sample_rate != GUEST_RATE or audio.num_channels != 1:
            raise Malformed(f"Sound comes at {GUEST_RATE} Hz, on one channel.")
        return _sound(audio.audio)


def _sound(pcm: bytes) -> Sound:
    if len(pcm) > AUDIO_MOST:
        raise _too_large()
    if len(pcm) % 2 or not pcm:
        raise Malformed("Sound comes as whole 16-bit samples.")
    return Sound(pcm)


def _too_large() -> Malformed:
    return Malformed(f"An audio message may have at most {AUDIO_MOST // 1024} KB.")


def _words(text: str) -> wire.Heard:
    """Bare text has no id that would be the same on a retry, so it gets a new one."""
    data = {"content": text}
    envelope = {"label": wire.LABEL, "type": "send-text", "id": uuid.uuid4().hex, "data": data}
    return wire.decode(json.dumps(envelope, ensure_ascii=False))
