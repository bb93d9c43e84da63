"""Traces: a turn tells how it went and what took how long, and nothing that anybody said."""

import json
import logging
import os
import subprocess
import sys
import time

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.turn import collect_events, take_turn
from bartender.dialogue.types import TokenUsage, ToolCall
from maya_site.core import tracing
from maya_site.core.errors import ProviderDown, Refusal
from maya_site.core.logs import JsonLines
from tests.drills.bar import BarProcess
from tests.vendors.otlp.collector import Collector
from tests.websocket_client import GuestConnection, make_visit_cookies

SECRET_WORDS = "my therapist says one Martini"


@pytest.fixture
def collector(settings, monkeypatch):
    monkeypatch.setattr(tracing, "EXPORT_INTERVAL_MS", 50)
    monkeypatch.setattr(tracing, "FLUSH_TIMEOUT_SECONDS", 5)
    with Collector() as found:
        settings.OTEL_EXPORTER_OTLP_ENDPOINT = found.address
        yield found
        tracing.stop()


def turn(visit, said, brain):
    return async_to_sync(collect_events)(take_turn(visit, said, "one", brain))


class Dead(ScriptedBrain):
    async def reply(self, scene, rounds):
        for piece in self.script:
            yield piece
        raise ProviderDown("dead", f"could not think about {scene.guest_text}")


def test_a_turn_is_one_trace_of_rounds_and_tools(collector, ada):
    turn(ada, SECRET_WORDS, ScriptedBrain([ToolCall("add_to_order", {"item": "Martini"})], ["There it is."]))

    spans = collector.wait_for_spans(4)
    whole = collector.span_named("invoke_agent Maya")
    assert [(span.name, span.parent) for span in spans] == [
        ("chat scripted", whole.id),
        ("execute_tool add_to_order", whole.id),
        ("chat scripted", whole.id),
        ("invoke_agent Maya", ""),
    ]
    assert len({span.trace for span in spans}) == 1
    assert whole.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "Maya",
        "gen_ai.conversation.id": ada.code[:8],
        "maya.brain": "scripted",
        "maya.outcome": "done",
    }
    assert collector.service == "maya"


def test_a_look_into_the_memory_is_told_inside_its_tool(collector, ada):
    turn(
        ada, "Tell me about the house", ScriptedBrain([ToolCall("recall", {"question": "house"})], ["Well."])
    )

    collector.wait_for_spans(6)
    tool = collector.span_named("execute_tool recall")
    looks = [span for span in collector.spans if span.name == "retrieval house memory"]
    look = next(span for span in looks if span.parent == tool.id)
    assert look.attributes["gen_ai.data_source.id"] == "house memory"
    assert "maya.retrieval.passages" in look.attributes


def test_a_round_of_a_model_tells_its_name_and_its_tokens(collector, ada):
    turn(ada, "Hello", ScriptedBrain([TokenUsage("gemini-3.8-flash", 900, 40, 600, 25), "Good evening."]))

    collector.wait_for_spans(2)
    told = collector.span_named("chat gemini-3.8-flash").attributes
    assert told["gen_ai.response.model"] == "gemini-3.8-flash"
    usage = {name.removeprefix("gen_ai.usage."): told[name] for name in told if "usage" in name}
    assert usage == {
        "input_tokens": 900,
        "output_tokens": 65,
        "cache_read.input_tokens": 600,
        "reasoning.output_tokens": 25,
    }


def test_nothing_that_was_said_leaves_the_house(collector, ada):
    made_up = ToolCall("pour " + SECRET_WORDS, {})
    add = ToolCall("add_to_order", {"item": "Martini", "modifiers": [SECRET_WORDS]}, id=SECRET_WORDS)
    turn(ada, SECRET_WORDS, ScriptedBrain([made_up, add], [SECRET_WORDS]))

    collector.wait_for_spans(5)
    assert collector.span_named("execute_tool unknown").attributes["maya.outcome"] == "refused"
    assert all(b"therapist" not in body and b"Martini" not in body for body in collector.bodies)


def test_a_brain_that_is_away_is_an_error_by_its_type_only(collector, ada):
    turn(ada, SECRET_WORDS, Dead())

    for span in collector.wait_for_spans(2):
        assert span.failed
        assert span.attributes["error.type"] == "maya_site.core.errors.ProviderDown"
    assert collector.span_named("invoke_agent Maya").attributes["maya.outcome"] == "failed"
    assert b"therapist" not in b"".join(collector.bodies)


async def test_what_the_guest_stopped_is_no_failure(collector):
    async def hums():
        with tracing.speech("local"):
            yield "la"
            yield "la"

    humming = hums()
    await anext(humming)
    await humming.aclose()

    (stopped,) = collector.wait_for_spans(1)
    assert stopped.attributes["maya.outcome"] == "stopped"
    assert not stopped.failed
    assert tracing.current_trace_ids() == {}


def test_a_line_of_the_log_names_the_trace_of_its_turn(collector, ada, caplog):
    turn(ada, "Hello", Dead())

    collector.wait_for_spans(2)
    told = next(record for record in caplog.records if "is away" in record.message)
    line = json.loads(JsonLines().format(told))
    assert "trace_id" not in line  # it is read while the line is written, not after the turn
    with tracing.invoke_agent("house", ada.code):
        line = json.loads(JsonLines().format(told))
    spans = collector.wait_for_spans(3)
    assert (line["trace_id"], line["span_id"]) == (spans[-1].trace, spans[-1].id)


def test_a_refusal_is_how_it_went_and_a_bug_is_a_failure(collector):
    with pytest.raises(ZeroDivisionError), tracing.execute_tool("get_bill"):
        1 / 0  # noqa: B018
    with tracing.execute_tool("get_bill") as span:
        span.record_error(Refusal("no"))

    bug, refused = collector.wait_for_spans(2)
    assert bug.attributes["error.type"] == "builtins.ZeroDivisionError"
    assert refused.attributes["error.type"] == "maya_site.core.errors.Refusal"


@pytest.mark.parametrize("status", [400, 503])
def test_a_collector_that_is_unwell_costs_no_turn(collector, ada, monkeypatch, status, caplog):
    monkeypatch.setattr(tracing, "EXPORT_TIMEOUT_SECONDS", 0.2)
    collector.status = status

    assert turn(ada, "Hello", ScriptedBrain(["Good evening."]))[-1].outcome == "done"
    tracing.stop()

    assert not collector.spans
    assert any(record.levelno >= logging.WARNING for record in caplog.records)


def test_stopping_does_not_wait_for_a_collector_that_hangs(collector, monkeypatch):
    monkeypatch.setattr(tracing, "FLUSH_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(tracing, "EXPORT_TIMEOUT_SECONDS", 60.0)
    with tracing.speech("local"):
        collector.hang.clear()

    tracing.stop()

    assert not collector.spans


def test_off_it_does_nothing_and_is_one_object(settings, ada):
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = ""

    assert tracing.invoke_agent("house", ada.code) is tracing.execute_tool("recall") is tracing.NOOP_SPAN
    with tracing.retrieval("house memory") as span:
        span.set_passage_count(3)
        assert tracing.current_trace_ids() == {}
    tracing.start()
    tracing.stop()


def test_off_nothing_of_opentelemetry_is_imported():
    asked = "import sys, maya_site.asgi as _; print([name for name in sys.modules if 'telemetry' in name])"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    assert found.stdout.strip() == "[]"


@pytest.mark.slow
async def test_a_server_that_is_stopped_sends_what_it_still_has(tmp_path):
    with Collector() as collector, BarProcess(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.address) as bar:
        async with GuestConnection(bar.address, make_visit_cookies(1)[0]) as guest:
            await guest.send_client_ready()
            await guest.send_text(f"{SECRET_WORDS}, please")
        began = time.monotonic()
        bar.close()

        assert time.monotonic() - began < 30  # the drill would kill it only after a minute
        assert "invoke_agent Maya" in [span.name for span in collector.spans]
        assert "therapist" not in bar.log.read_text()
