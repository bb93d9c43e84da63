"""A chat server as Ollama, llama.cpp or vLLM, which follows a script."""

from tests.vendors.gemini.script import (
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    HttpError,
    Pause,
    RawBytes,
    Tokens,
)
from tests.vendors.openai_compatible.script import Call, CallsTogether, Reasoning
from tests.vendors.openai_compatible.server import KEY, MODEL, ScriptedChatServer

__all__ = [
    "KEY",
    "MODEL",
    "Call",
    "CallsTogether",
    "Chunk",
    "Disconnect",
    "EndOfStream",
    "Finish",
    "HttpError",
    "Pause",
    "RawBytes",
    "Reasoning",
    "ScriptedChatServer",
    "Tokens",
]
