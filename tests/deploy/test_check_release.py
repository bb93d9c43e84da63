"""The workflow asks after a deploy whether guests are served by it; a release that does not is taken back."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from deploy import check_release
from tests.deploy.process import ROOT, free_port

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WELL = {
    "status": "degraded",
    "commit": COMMIT[:12],
    "checks": {"database": "ok", "page": "ok", "voice": "degraded"},
}


@pytest.fixture
def bar():
    """Says what it is told to say, one answer after the other, and the last for ever."""
    answers: list[tuple[int, object]] = []

    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers.pop(0) if answers[1:] else answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

        def log_message(self, *told):
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield answers, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def check(address, seconds="0.3"):
    return check_release.main([address, "--commit", COMMIT, "--seconds", seconds])


def test_a_release_that_serves_guests_passes_also_where_an_optional_part_is_off(bar, capsys):
    answers, address = bar
    answers.append((200, WELL))

    assert check(address) == 0
    assert "serves guests with 0123456789ab" in capsys.readouterr().out


def test_it_waits_while_the_old_containers_still_answer(bar):
    answers, address = bar
    answers += [(200, WELL | {"commit": "fedcba987654"}), (503, {**WELL, "status": "unhealthy"}), (200, WELL)]

    assert check(address, "60") == 0


@pytest.mark.parametrize(
    "status, body, sentence",
    [
        (503, WELL | {"checks": {"page": "down"}}, "/healthz is 503 with page down"),
        (200, WELL | {"checks": {"host": "degraded"}}, "/healthz is 200 with host down"),
        (200, WELL | {"commit": "fedcba987654"}, "commit fedcba987654 answers, not 0123456789ab"),
        (200, {"status": "ok", "checks": {}}, "commit None answers, not 0123456789ab"),
        (502, "<html>", r"/healthz gives no answer \(JSONDecodeError\)"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_fails_the_step(bar, status, body, sentence):
    answers, address = bar
    answers.append((status, body))

    with pytest.raises(SystemExit, match=f"^Maya: this release does not serve guests: {sentence}.$"):
        check(address)


def test_a_bar_that_nobody_answers_for_fails_the_step():
    with pytest.raises(SystemExit, match="gives no answer"):
        check(f"http://127.0.0.1:{free_port()}")


def test_the_workflow_asks_and_rolls_back_only_what_it_asked_for():
    steps = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())["jobs"]["deploy"]["steps"]
    deployed, asked, back = steps[-3:]

    assert deployed["run"].startswith("modal deploy ")
    assert asked["run"].startswith("python -m deploy.check_release --commit ")
    assert back["if"] == f"failure() && steps.{asked['id']}.outcome == 'failure'"
    assert back["run"] == "modal app rollback maya"
