"""Imported before anything of Twisted: the first reactor stays, so it is to be the fast one."""

import asyncio

from twisted.internet import asyncioreactor


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # there is none for this system
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


LOOP = _new_loop()
asyncioreactor.install(LOOP)  # type: ignore[no-untyped-call]
