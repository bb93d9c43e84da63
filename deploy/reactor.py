"""Imported before anything of Twisted: the first reactor stays, so it is to be the fast one."""

import asyncio

from twisted.internet import asyncioreactor

try:
    from uvloop import new_event_loop
except ImportError:  # there is none for this system
    from asyncio import new_event_loop

LOOP: asyncio.AbstractEventLoop = new_event_loop()
asyncioreactor.install(LOOP)
