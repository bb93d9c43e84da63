"""What stands behind Modal's wrapper in tests: in this process, or `--descriptor N` on our Daphne."""

import sys

if __name__ == "__main__":
    import maya_site.edge.reactor  # noqa: F401 - before anything of Twisted

import asyncio
import json
import os
import socket
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
django.setup()

from maya_site.core.shutdown_signal import SHUTDOWN  # noqa: E402
from maya_site.edge.lifespan import LifespanMiddleware  # noqa: E402
from maya_site.edge.request_limits import HeaderNormalizer, TrustedProxyMiddleware  # noqa: E402

PIECES = 4
FLOOD = 400
GO_ON = "go on"
LEFT = "left.txt"


async def http(scope: Any, receive: Any, send: Any) -> None:
    read, message = 0, {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        read += len(message.get("body", b""))
    status = 418 if scope["path"] == "/tea pot/" else 200
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if scope["path"] == "/pieces/":
        for number in range(PIECES):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            await asyncio.sleep(0.02)
    told = {"read": read, "method": scope["method"], "path": scope["path"], **guest(scope)}
    told["query"] = scope["query_string"].decode()
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def guest(scope: Any) -> dict[str, Any]:
    names = {name.decode(): value.decode() for name, value in scope["headers"]}
    return {"client": (scope["client"] or [""])[0], "scheme": scope["scheme"], "names": names}


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["path"] == "/refused/":
        await send({"type": "websocket.close"})
        return
    chosen = "rtvi.json" if "rtvi.json" in scope["subprotocols"] else None
    await send({"type": "websocket.accept", "subprotocol": chosen})
    if scope["path"] == "/flood/":
        await flood(send)
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return note(f"left with {message.get('code')}")
        if scope["path"] == "/slow/":
            await wait_to_go_on()
        else:
            await answer(scope, message, send)


async def wait_to_go_on() -> None:
    while GO_ON not in Path(os.environ["STAGE_NOTES"]).read_text():
        await asyncio.sleep(0.05)


async def flood(send: Any) -> None:
    for number in range(FLOOD):
        await send({"type": "websocket.send", "bytes": b"x" * 65536})
        note(f"sent {number + 1}")


async def answer(scope: Any, message: Any, send: Any) -> None:
    text = message.get("text") or ""
    if text.startswith("close "):
        await send({"type": "websocket.close", "code": int(text.split()[1])})
        return
    if text == "who":
        text = json.dumps(guest(scope))
    told = {"text": text} if message.get("bytes") is None else {"bytes": message["bytes"]}
    await send({"type": "websocket.send", **told})


def note(what: str) -> None:
    with open(os.environ["STAGE_NOTES"], "a") as notes:
        notes.write(f"{what}\n")


def application(hops: int = 0) -> Any:
    async def route(scope: Any, receive: Any, send: Any) -> None:
        await (http if scope["type"] == "http" else websocket)(scope, receive, send)

    return LifespanMiddleware(
        HeaderNormalizer(TrustedProxyMiddleware(route, hops)), shutdown_hooks=[SHUTDOWN.trigger]
    )


def main(descriptor: int) -> None:
    from maya_site.edge.daphne_server import MayaDaphneServer

    listening = socket.socket(fileno=descriptor)
    listening.setblocking(False)
    MayaDaphneServer(application(hops=1), listening, parent=os.getppid()).run()


if __name__ == "__main__":
    main(int(sys.argv[2]))
