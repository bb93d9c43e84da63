"""A Gemini that follows a script, for tests and for rehearsals without a key."""

from tests.vendors.gemini.script import (
    Ask,
    Asked,
    Chunk,
    Cut,
    Eof,
    Finish,
    Raw,
    Refuse,
    Round,
    Rule,
    Sign,
    Think,
    Tokens,
    Wait,
)
from tests.vendors.gemini.server import KEY, MODELS, ScriptedGemini

__all__ = [
    "KEY",
    "MODELS",
    "Ask",
    "Asked",
    "Chunk",
    "Cut",
    "Eof",
    "Finish",
    "Raw",
    "Refuse",
    "Round",
    "Rule",
    "ScriptedGemini",
    "Sign",
    "Think",
    "Tokens",
    "Wait",
]
