"""Where the server is, as values. Imports no SDK."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

DEFAULT_PATH = "/v1"


@dataclass(frozen=True)
class ServerAddress:
    """The address of the API and its key; many servers want none."""

    base_url: str
    key: str = field(default="", repr=False)

    @property
    def api_url(self) -> str:
        """With the path that all these servers have, where the address has none."""
        url = self.base_url.rstrip("/")
        return url if urlsplit(url).path else url + DEFAULT_PATH
