"""A request keeps the id that a proxy gave it, or gets one; the answer and the log carry it."""

import logging

import pytest

from maya_site.lib.db import pooled
from maya_site.lib.log_ids import turn_id
from maya_site.web.named import Named
from tests.site.edge import ask, hello
from tests.written_log import written_log

pytestmark = pytest.mark.django_db(transaction=True)  # its thread looks after a connection
HOSTILE = ["", "two words", "a" * 65, "-", "x\r\nset-cookie: a=b", "<script>", "é"]


async def at_work(scope, receive, send):
    await pooled(logging.getLogger("bartender.work").info, "done")
    await hello(scope, receive, send)


async def test_the_proxys_id_stands_in_the_answer_and_in_the_log_of_a_thread():
    with written_log() as lines:
        answer = await ask(Named(at_work), headers={"x-request-id": "edge-7f:01.A_b"})

    assert answer.headers["x-request-id"] == "edge-7f:01.A_b"
    assert [line["request"] for line in lines] == ["edge-7f:01.A_b"]
    assert "visit" not in lines[0]


@pytest.mark.parametrize("given", HOSTILE)
async def test_what_is_no_id_is_not_taken_over(given):
    answers = [await ask(Named(hello), headers={"x-request-id": given}) for _ in range(2)]

    own = [answer.headers["x-request-id"] for answer in answers]
    assert own[0] != own[1]
    assert all(len(one) == 32 and one.isalnum() for one in own)


async def test_outside_a_request_a_line_has_no_request():
    with written_log() as lines:
        await ask(Named(at_work))
        logging.getLogger("maya").info("later")

    assert "request" in lines[0]
    assert "request" not in lines[1]


@pytest.mark.parametrize("words", ["tell nobody", "-x", "ada@bar.example", "ü", "a" * 65])
def test_a_turns_id_that_may_be_words_is_not_written_as_it_came(words):
    assert turn_id(words) == turn_id(words)
    assert words not in turn_id(words)
    assert turn_id("page-1.2:x") == "page-1.2:x"
