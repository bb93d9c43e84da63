"""What never reaches Django."""

import asyncio

import pytest

from maya_site.edge.request_limits import (
    MAX_HEADERS,
    BodySizeLimit,
    ConcurrencyLimit,
    HeaderNormalizer,
    RequestValidator,
    TrustedProxyMiddleware,
)
from maya_site.edge.response_headers import NON_PAGE_HEADERS, DefaultHeaders
from tests.site.asgi_client import body_size_app, send_request


async def who(scope, receive, send):
    """Answers with what the layers before made of the request."""
    seen = f"{scope['client'][0]} {scope['scheme']} {sorted(name for name, _ in scope['headers'])}"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"DENY")]})
    await send({"type": "http.response.body", "body": seen.encode()})


class TestTheBody:
    capped = BodySizeLimit(body_size_app, 1024)

    async def test_a_body_within_the_limit_is_read(self):
        assert (await send_request(self.capped, method="POST", body=[b"x" * 1024])).body == b"1024"

    async def test_an_announced_giant_is_refused_in_one_sentence(self):
        answer = await send_request(self.capped, method="POST", headers={"content-length": "1025"})

        assert answer.status == 413
        assert answer.body == b"Maya takes at most 1 KiB in one request.\n"

    async def test_a_giant_in_chunks_is_refused_at_the_byte_too_many(self):
        answer = await send_request(self.capped, method="POST", body=[b"x" * 600, b"x" * 600, b"x" * 600])

        assert answer.status == 413

    async def test_one_that_grows_after_the_answer_began_is_cut_off(self):
        async def hasty(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            heard = await receive()
            await send({"type": "http.response.body", "body": heard["type"].encode()})

        answer = await send_request(BodySizeLimit(hasty, 10), method="POST", body=[b"x" * 11])

        assert (answer.status, answer.body) == (200, b"http.disconnect")


class TestOddRequests:
    guard = RequestValidator(body_size_app)

    @pytest.mark.parametrize("method", ["BREW", "TRACE", "CONNECT", "get", "'; --"])
    async def test_an_invented_method_gives_the_metrics_no_new_label(self, method):
        assert (await send_request(self.guard, method=method)).status == 501

    @pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "９", "1" * 16, "twelve"])
    async def test_a_length_that_is_no_number_is_a_bad_request(self, length):
        assert (await send_request(self.guard, headers={"content-length": length})).status == 400

    async def test_headers_without_end_are_not_read(self):
        headers = {f"x-{number}": "1" for number in range(MAX_HEADERS + 1)}

        assert (await send_request(self.guard, headers=headers)).status == 431

    async def test_an_ordinary_request_passes(self):
        assert (await send_request(self.guard, headers={"content-length": "0"})).status == 200


async def test_header_names_are_lower_case_whatever_the_host_sends():
    answer = await send_request(HeaderNormalizer(who), headers={"Cookie": "a", "X-Forwarded-For": "b"})

    assert answer.body.endswith(b"[b'cookie', b'x-forwarded-for']")


class TestWhoIsAsking:
    spoofed = {"x-forwarded-for": "9.9.9.9, 198.51.100.4", "x-forwarded-proto": "https"}

    async def test_without_a_proxy_nobody_talks_himself_into_another_address(self):
        answer = await send_request(TrustedProxyMiddleware(who, 0), headers=self.spoofed)

        assert answer.body.startswith(b"203.0.113.7 http ")

    async def test_our_one_proxy_is_believed_and_what_came_before_it_is_not(self):
        answer = await send_request(TrustedProxyMiddleware(who, 1), headers=self.spoofed)

        assert answer.body.startswith(b"198.51.100.4 https ")

    @pytest.mark.parametrize(
        "named, is_",
        [
            ("198.51.100.4:5123", "198.51.100.4"),
            ("[2001:db8::7]:443", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
        ],
    )
    async def test_a_proxy_that_names_the_port_names_the_same_guest(self, named, is_):
        answer = await send_request(TrustedProxyMiddleware(who, 1), headers={"x-forwarded-for": named})

        assert answer.body.startswith(f"{is_} ".encode())

    async def test_a_request_that_passed_too_few_proxies_keeps_its_own_address(self):
        answer = await send_request(TrustedProxyMiddleware(who, 3), headers=self.spoofed)

        assert answer.body.startswith(b"203.0.113.7 ")


class TestTheCrowd:
    async def test_the_third_request_at_once_from_one_address_waits_outside(self):
        hold = asyncio.Event()

        async def slow(scope, receive, send):
            await hold.wait()
            await body_size_app(scope, receive, send)

        door = ConcurrencyLimit(slow, "http", per_address=2, total=3)
        inside = [asyncio.create_task(send_request(door)) for _ in range(2)]
        await asyncio.sleep(0)

        refused = await send_request(door)
        other = asyncio.create_task(send_request(door, client=["198.51.100.1", 1]))
        await asyncio.sleep(0)
        full = await send_request(door, client=["198.51.100.2", 1])
        hold.set()

        assert (refused.status, full.status) == (503, 503)
        assert refused.headers["retry-after"] == "2"
        assert [answer.status for answer in await asyncio.gather(*inside, other)] == [200, 200, 200]
        assert not door.active

    async def test_whoever_fails_inside_has_left_all_the_same(self):
        async def broken(scope, receive, send):
            raise ValueError("spilled")

        door = ConcurrencyLimit(broken, "http", per_address=1, total=1)
        with pytest.raises(ValueError, match="spilled"):
            await send_request(door)

        assert not door.active


@pytest.mark.parametrize(
    "one, other",
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("192.0.2.1", "::ffff:192.0.2.1"),
        ("fe80::1%eth0", "fe80::2"),
    ],
)
async def test_the_crowd_counts_a_home_once_however_many_addresses_it_has(one, other):
    hold = asyncio.Event()

    async def slow(scope, receive, send):
        await hold.wait()
        await body_size_app(scope, receive, send)

    door = ConcurrencyLimit(slow, "http", per_address=1, total=9)
    first = asyncio.create_task(send_request(door, client=[one, 1]))
    await asyncio.sleep(0)
    assert (await send_request(door, client=[other, 2])).status == 503
    hold.set()
    assert (await first).status == 200


async def test_every_answer_is_completed_and_none_is_overruled():
    strict = DefaultHeaders(who, NON_PAGE_HEADERS | {"x-frame-options": "SAMEORIGIN"})

    answer = await send_request(strict)

    assert answer.headers["x-frame-options"] == "DENY"
    assert NON_PAGE_HEADERS.items() <= answer.headers.items()
