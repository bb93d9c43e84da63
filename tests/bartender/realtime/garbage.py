"""A thousand ways to send nonsense, the same ones for the same seed."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_plus

LABEL = "rtvi-ai"
TYPES = ["client-ready", "send-text", "disconnect-bot", "client-message"]
KINDS = ["set-voice", "tap-item", "set-tip", "pay", "remove-line", "interrupt"]
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    10**14,
    1.5,
    "",
    "x",
    "\u202e",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "x" * 5_000,
    "🍸" * 1_100,
    [],
    [[]],
    {},
    {"a": {"b": {"c": {}}}},
    ["Martini"] * 50,
    "\ud800",
    "a\x00b",
    "%s%s%n",
    "-0",
    "1e999",
]


def garbage_frames(seed: int, count: int) -> Iterator[str | bytes]:
    """None of them is a message that Maya knows."""
    chance = random.Random(seed)
    makers: list[Callable[[random.Random], str | bytes]] = [
        _noise,
        _json,
        _deep,
        _huge,
        _constant,
        _surrogate,
        _wrong_data,
        _wrong_button,
        _cut,
        _binary,
        _long,
    ]
    for number in range(count):
        yield makers[number % len(makers)](chance)


def _envelope(data: Any, type: Any = "send-text", id: Any = "odd-1") -> str:
    return json.dumps({"label": LABEL, "type": type, "id": id, "data": data})


def _noise(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(32, 0xD7FF)) for _ in range(chance.randrange(0, 300)))


def _json(chance: random.Random) -> str:
    return json.dumps(chance.choice(ODD))


def _deep(chance: random.Random) -> str:
    opening = chance.choice(["[", '{"a":'])
    return opening * chance.randrange(10, 8_000 // len(opening))


def _huge(chance: random.Random) -> str:
    digits = "9" * chance.randrange(16, 5_000)
    return _envelope({"t": "remove-line", "d": {"number": 1}}, "client-message").replace("1}", f"{digits}}}")


def _constant(chance: random.Random) -> str:
    value = chance.choice(["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E400"])
    return _envelope({"t": "set-tip", "d": {"percent": 77}}, "client-message").replace("77", value)


def _surrogate(chance: random.Random) -> str:
    return _envelope({"content": chance.choice(["\ud800", "ok \udfff", "\ud83d", "\x00", "a\x00"])})


def _wrong_data(chance: random.Random) -> str:
    wrong = [value for value in ODD if not isinstance(value, str) or not value.strip() or len(value) > 4_000]
    return _envelope({"content": chance.choice(wrong)}, "send-text")


def _wrong_button(chance: random.Random) -> str:
    t, d = chance.choice(
        [
            ("tap-item", {"item": chance.choice([7, None, [], {}, "", "x" * 61])}),
            ("tap-item", {"item": "Martini", "quantity": chance.choice(["2", 2.5, True, None, [], 10**9])}),
            ("tap-item", {"item": "Martini", "modifiers": chance.choice(["dry", 7, {}, [7], ["x" * 99]])}),
            ("set-tip", {"percent": chance.choice(["10", True, [], -1, 101, {}])}),
            ("set-tip", {"cents": chance.choice(["10", 1.5, True, -1, 10**12])}),
            ("pay", {"nonce": chance.choice(["", "x", 7, [], "0" * 33, "G" * 32])}),
            ("remove-line", {"number": chance.choice(["1", 0, -1, 1.5, None, True, 10**6])}),
            ("set-voice", {"on": chance.choice(["yes", 1, None, []])}),
        ]
    )
    return _envelope({"t": t, "d": d}, "client-message")


def _cut(chance: random.Random) -> str:
    whole = _envelope({"content": "two Martinis please"})
    return whole[: chance.randrange(1, len(whole) - 1)]


def _binary(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice([1, 2, 640, 65_537, 100_000]))


def _long(chance: random.Random) -> str:
    return _envelope({"content": "x" * chance.randrange(8_100, 20_000)})


def garbage_forms(seed: int, count: int, addresses: list[str]) -> Iterator[tuple[str, str, bytes]]:
    """Address, content type and body, each address in its turn."""
    chance = random.Random(seed)
    for number in range(count):
        yield addresses[number % len(addresses)], *_body(chance)


def _body(chance: random.Random) -> tuple[str, bytes]:
    fields = ["text", "id", "quantity", "modifiers", "percent", "amount", "nonce", "page", "choice", "next"]
    pairs = [(chance.choice(fields), str(chance.choice(ODD))) for _ in range(chance.randrange(0, 8))]
    if chance.random() < 0.5:
        pairs.append(("id", f"form-{chance.randrange(16**8):08x}"))
    form = "&".join(f"{key}={quote_plus(value.encode('utf-8', 'surrogatepass'))}" for key, value in pairs)
    kind = chance.randrange(6)
    if kind < 3:
        return "application/x-www-form-urlencoded", form.encode()
    if kind == 3:
        return "application/x-www-form-urlencoded; charset=nonsense", chance.randbytes(200)
    if kind == 4:
        return (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + (chance.randbytes(100)),
        )
    return chance.choice(["application/json", "text/plain", "", "x/y"]), chance.randbytes(100)
