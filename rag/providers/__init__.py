"""Which embedders and stores there are. None is imported before it is needed."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from maya_site.core.providers import configured_providers, find_provider, providers
from rag.providers.base import Embedder, EmbedderSpec, Store, StoreSpec


def current_embedder() -> EmbedderSpec:
    """The embedder that the settings name. auto: the best that is installed and asks nobody over the network.
    Raises LookupError where there is none."""
    return _embedder_called(settings.EMBEDDER)


def _embedder_called(chosen: str) -> EmbedderSpec:
    if spec := find_provider(EmbedderSpec, chosen):
        return spec
    automatic = [spec for spec in configured_providers(EmbedderSpec) if spec.is_automatic]
    if not automatic:
        raise LookupError("No embedder of this machine is installed: see requirements/base.in.")
    return automatic[0]


def get_embedder() -> Embedder:
    """The loaded embedder. It holds no state but what it read, so it is loaded once."""
    return _load_embedder(current_embedder())


def get_embedder_by_name(chosen: str) -> Embedder:
    """Another embedder than the configured one, for comparisons."""
    return _load_embedder(_embedder_called(chosen))


def get_store(name: str) -> Store:
    spec = find_provider(StoreSpec, name)
    if spec is None:
        raise LookupError(f"There is no memory store {name}: settings.PROVIDERS lists those that there are.")
    return spec.build()


def available_stores() -> tuple[StoreSpec, ...]:
    """In the order in which they are tried: the setting's, without what is not installed."""
    wanted = settings.MEMORY_STORE
    return tuple(
        spec for spec in providers(StoreSpec) if wanted in ("auto", spec.name) and spec.is_configured
    )


def available_store_kinds() -> tuple[str, ...]:
    return tuple(spec.name for spec in available_stores())


def slow_store_kinds() -> tuple[str, ...]:
    return tuple(spec.name for spec in available_stores() if spec.is_slow)


@cache
def _load_embedder(spec: EmbedderSpec) -> Embedder:
    return spec.build()
