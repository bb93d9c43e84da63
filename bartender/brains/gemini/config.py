"""How Gemini is reached and asked, as values. Imports no SDK."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class GeminiCredentials:
    """How Gemini is reached: by a key, or as a project of Google Cloud with the machine's own account."""

    key: str = field(default="", repr=False)
    project: str = ""
    location: str = ""
    base_url: str = ""

    @property
    def are_configured(self) -> bool:
        return bool(self.key or self.project)


@dataclass(frozen=True)
class GenerationSettings:
    """Sent only when set: current models advise against both."""

    temperature: float | None = None
    max_output_tokens: int | None = None
