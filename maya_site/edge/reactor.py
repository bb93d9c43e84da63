"""Installs Twisted's asyncio reactor on uvloop. Import it before anything of Twisted: the first reactor
stays."""

import asyncio

from twisted.internet import asyncioreactor


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # there is none for this system
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


EVENT_LOOP = _new_loop()
asyncioreactor.install(EVENT_LOOP)  # type: ignore[no-untyped-call]
