"""A request keeps the id that a proxy gave it, or gets one; the answer and the log carry it."""

import logging

import pytest

from maya_site.core.db import run_in_db_thread
from maya_site.core.log_context import log_turn_id
from maya_site.edge.request_id import RequestIdMiddleware
from tests.log_capture import capture_log
from tests.site.asgi_client import body_size_app, send_request

pytestmark = pytest.mark.django_db(transaction=True)  # its thread looks after a connection
HOSTILE = ["", "two words", "a" * 65, "-", "x\r\nset-cookie: a=b", "<script>", "é"]


async def at_work(scope, receive, send):
    await run_in_db_thread(logging.getLogger("bartender.work").info, "done")
    await body_size_app(scope, receive, send)


async def test_the_proxys_id_stands_in_the_answer_and_in_the_log_of_a_thread():
    with capture_log() as lines:
        answer = await send_request(RequestIdMiddleware(at_work), headers={"x-request-id": "edge-7f:01.A_b"})

    assert answer.headers["x-request-id"] == "edge-7f:01.A_b"
    assert [line["request"] for line in lines] == ["edge-7f:01.A_b"]
    assert "visit" not in lines[0]


@pytest.mark.parametrize("given", HOSTILE)
async def test_what_is_no_id_is_not_taken_over(given):
    answers = [
        await send_request(RequestIdMiddleware(body_size_app), headers={"x-request-id": given})
        for _ in range(2)
    ]

    own = [answer.headers["x-request-id"] for answer in answers]
    assert own[0] != own[1]
    assert all(len(one) == 32 and one.isalnum() for one in own)


async def test_outside_a_request_a_line_has_no_request():
    with capture_log() as lines:
        await send_request(RequestIdMiddleware(at_work))
        logging.getLogger("maya").info("later")

    assert "request" in lines[0]
    assert "request" not in lines[1]


@pytest.mark.parametrize("words", ["tell nobody", "-x", "ada@bar.example", "ü", "a" * 65])
def test_a_turns_id_that_may_be_words_is_not_written_as_it_came(words):
    assert log_turn_id(words) == log_turn_id(words)
    assert words not in log_turn_id(words)
    assert log_turn_id("page-1.2:x") == "page-1.2:x"
