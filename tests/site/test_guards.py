"""What never reaches Django."""

import asyncio

import pytest

from maya_site.web.guards import MOST_HEADERS, BodyCap, Crowd, LowerCase, OddRequests, TrustedHop
from maya_site.web.headers import NO_PAGE, EveryAnswer
from tests.site.edge import ask, hello


async def who(scope, receive, send):
    """Answers with what the layers before made of the request."""
    seen = f"{scope['client'][0]} {scope['scheme']} {sorted(name for name, _ in scope['headers'])}"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"DENY")]})
    await send({"type": "http.response.body", "body": seen.encode()})


class TestTheBody:
    capped = BodyCap(hello, 1024)

    async def test_a_body_within_the_limit_is_read(self):
        assert (await ask(self.capped, method="POST", body=[b"x" * 1024])).body == b"1024"

    async def test_an_announced_giant_is_refused_in_one_sentence(self):
        answer = await ask(self.capped, method="POST", headers={"content-length": "1025"})

        assert answer.status == 413
        assert answer.body == b"Maya takes at most 1 KiB in one request.\n"

    async def test_a_giant_in_chunks_is_refused_at_the_byte_too_many(self):
        answer = await ask(self.capped, method="POST", body=[b"x" * 600, b"x" * 600, b"x" * 600])

        assert answer.status == 413

    async def test_one_that_grows_after_the_answer_began_is_cut_off(self):
        async def hasty(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            heard = await receive()
            await send({"type": "http.response.body", "body": heard["type"].encode()})

        answer = await ask(BodyCap(hasty, 10), method="POST", body=[b"x" * 11])

        assert (answer.status, answer.body) == (200, b"http.disconnect")


class TestOddRequests:
    guard = OddRequests(hello)

    @pytest.mark.parametrize("method", ["BREW", "TRACE", "CONNECT", "get", "'; --"])
    async def test_an_invented_method_gives_the_metrics_no_new_label(self, method):
        assert (await ask(self.guard, method=method)).status == 501

    @pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "９", "1" * 16, "twelve"])
    async def test_a_length_that_is_no_number_is_a_bad_request(self, length):
        assert (await ask(self.guard, headers={"content-length": length})).status == 400

    async def test_headers_without_end_are_not_read(self):
        headers = {f"x-{number}": "1" for number in range(MOST_HEADERS + 1)}

        assert (await ask(self.guard, headers=headers)).status == 431

    async def test_an_ordinary_request_passes(self):
        assert (await ask(self.guard, headers={"content-length": "0"})).status == 200


async def test_header_names_are_lower_case_whatever_the_host_sends():
    answer = await ask(LowerCase(who), headers={"Cookie": "a", "X-Forwarded-For": "b"})

    assert answer.body.endswith(b"[b'cookie', b'x-forwarded-for']")


class TestWhoIsAsking:
    spoofed = {"x-forwarded-for": "9.9.9.9, 198.51.100.4", "x-forwarded-proto": "https"}

    async def test_without_a_proxy_nobody_talks_himself_into_another_address(self):
        answer = await ask(TrustedHop(who, 0), headers=self.spoofed)

        assert answer.body.startswith(b"203.0.113.7 http ")

    async def test_our_one_proxy_is_believed_and_what_came_before_it_is_not(self):
        answer = await ask(TrustedHop(who, 1), headers=self.spoofed)

        assert answer.body.startswith(b"198.51.100.4 https ")

    async def test_a_request_that_passed_too_few_proxies_keeps_its_own_address(self):
        answer = await ask(TrustedHop(who, 3), headers=self.spoofed)

        assert answer.body.startswith(b"203.0.113.7 ")


class TestTheCrowd:
    async def test_the_third_request_at_once_from_one_address_waits_outside(self):
        hold = asyncio.Event()

        async def slow(scope, receive, send):
            await hold.wait()
            await hello(scope, receive, send)

        door = Crowd(slow, "http", each=2, together=3)
        inside = [asyncio.create_task(ask(door)) for _ in range(2)]
        await asyncio.sleep(0)

        refused = await ask(door)
        other = asyncio.create_task(ask(door, client=["198.51.100.1", 1]))
        await asyncio.sleep(0)
        full = await ask(door, client=["198.51.100.2", 1])
        hold.set()

        assert (refused.status, full.status) == (503, 503)
        assert refused.headers["retry-after"] == "2"
        assert [answer.status for answer in await asyncio.gather(*inside, other)] == [200, 200, 200]
        assert not door.inside

    async def test_whoever_fails_inside_has_left_all_the_same(self):
        async def broken(scope, receive, send):
            raise ValueError("spilled")

        door = Crowd(broken, "http", each=1, together=1)
        with pytest.raises(ValueError, match="spilled"):
            await ask(door)

        assert not door.inside


async def test_every_answer_is_completed_and_none_is_overruled():
    strict = EveryAnswer(who, NO_PAGE | {"x-frame-options": "SAMEORIGIN"})

    answer = await ask(strict)

    assert answer.headers["x-frame-options"] == "DENY"
    assert NO_PAGE.items() <= answer.headers.items()
