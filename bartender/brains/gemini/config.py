"""Gemini's credentials and generation settings, as values. Imports no SDK."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class GeminiCredentials:
    """A key, or a project of Google Cloud that is used with the machine's own account."""

    key: str = field(default="", repr=False)
    project: str = ""
    location: str = ""
    base_url: str = ""

    @property
    def are_configured(self) -> bool:
        return bool(self.key or self.project)


@dataclass(frozen=True)
class GenerationSettings:
    """Each is sent only if it is set: current models advise against both."""

    temperature: float | None = None
    max_output_tokens: int | None = None
