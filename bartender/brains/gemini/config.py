"""Gemini's credentials, as values. Imports no SDK."""

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
