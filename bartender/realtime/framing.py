"""Which framing a stream has, and that of stock RTVI clients; `protocol` alone knows what a message means.

The page asks for the subprotocol `rtvi.json`. Stock clients ask for none and speak Pipecat's protobuf.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from bartender.realtime import protocol
from bartender.realtime.protocol import (
    MAX_AUDIO_BYTES,
    SUBPROTOCOL,
    Framing,
    InputAudio,
    JsonFraming,
    MalformedMessage,
    audio_too_large,
    build_input_audio,
)

INPUT_SAMPLE_RATE = 16_000
OUTPUT_SAMPLE_RATE = 24_000
MAX_ENVELOPE_BYTES = 1024  # what protobuf may add to the largest audio payload


def negotiate_framing(offered: Sequence[str]) -> tuple[Framing, str | None] | None:
    """The framing and the subprotocol to accept; None if the client offers only other subprotocols."""
    if SUBPROTOCOL in offered:
        return JsonFraming(), SUBPROTOCOL
    return None if offered else (ProtobufFraming(), None)


class ProtobufFraming:
    """All frames are binary: Pipecat's `Frame`, whose messages hold the same JSON."""

    def __init__(self) -> None:
        from google.protobuf.message import DecodeError  # only stock clients need it

        from bartender.realtime.rtvi import frames_pb2

        self._frames = frames_pb2
        self._decode_error = DecodeError

    def decode(self, text: str | None, data: bytes | None) -> protocol.ClientMessage | InputAudio:
        if text is not None:
            raise MalformedMessage(f"Without the subprotocol {SUBPROTOCOL} every message is binary protobuf.")
        frame = self._parse_frame(data or b"")
        match frame.WhichOneof("frame"):
            case "message":
                return protocol.decode_message(frame.message.data)
            case "audio":
                return self._decode_audio(frame.audio)
            case "text":
                return _build_text_message(frame.text.text)
            case "transcription":  # the client transcribes by itself
                return _build_text_message(frame.transcription.text)
        raise MalformedMessage("A protobuf frame holds one of text, audio, transcription, message.")

    def encode(self, frame: protocol.Frame) -> bytes:
        packed = self._frames.Frame(message=self._frames.MessageFrame(data=protocol.encode_frame(frame)))
        return packed.SerializeToString()

    def encode_audio(self, pcm: bytes) -> bytes:
        audio = self._frames.AudioRawFrame(
            name="maya", audio=pcm, sample_rate=OUTPUT_SAMPLE_RATE, num_channels=1
        )
        return self._frames.Frame(audio=audio).SerializeToString()

    def _parse_frame(self, data: bytes) -> Any:
        if len(data) > MAX_AUDIO_BYTES + MAX_ENVELOPE_BYTES:
            raise audio_too_large()
        try:
            return self._frames.Frame.FromString(data)
        except self._decode_error:
            raise MalformedMessage("That is not a protobuf frame that I can read.") from None

    def _decode_audio(self, audio: Any) -> InputAudio:
        if audio.sample_rate != INPUT_SAMPLE_RATE or audio.num_channels != 1:
            raise MalformedMessage(f"Sound comes at {INPUT_SAMPLE_RATE} Hz, on one channel.")
        return build_input_audio(audio.audio)


def _build_text_message(text: str) -> protocol.ClientMessage:
    """A bare text frame has no id to recognise a retry by, so it gets a new one."""
    data = {"content": text}
    envelope = {"label": protocol.RTVI_LABEL, "type": "send-text", "id": uuid.uuid4().hex, "data": data}
    return protocol.decode_message(json.dumps(envelope, ensure_ascii=False))
