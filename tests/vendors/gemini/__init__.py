"""A Gemini that follows a script, for tests and for rehearsals without a key."""

from tests.vendors.gemini.script import (
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    FunctionCall,
    HttpError,
    Pause,
    RawBytes,
    RecordedRequest,
    ResponseRule,
    ScriptedRound,
    SignedText,
    Thought,
    Tokens,
)
from tests.vendors.gemini.server import KEY, MODELS, ScriptedGemini

__all__ = [
    "KEY",
    "MODELS",
    "Chunk",
    "Disconnect",
    "EndOfStream",
    "Finish",
    "FunctionCall",
    "HttpError",
    "Pause",
    "RawBytes",
    "RecordedRequest",
    "ResponseRule",
    "ScriptedGemini",
    "ScriptedRound",
    "SignedText",
    "Thought",
    "Tokens",
]
