"""What Prometheus reads of ours is what it understands."""

import shutil

import pytest

from tests.promtool import RULES, promtool

pytestmark = [pytest.mark.prometheus, pytest.mark.django_db]

# Both names are promised to whoever watches already.
GIVEN = {
    "maya_config_memory_mb metric names should not contain abbreviated units",
    'maya_rag_document_count non-histogram and non-summary metrics should not have "_count" suffix',
}


@pytest.fixture
def installed(tmp_path):
    """As an operator lays it out: with the token in its file."""
    folder = tmp_path / "prometheus"
    shutil.copytree(RULES, folder)
    (folder / "metrics_token").write_text("long-enough-token")
    return folder


@pytest.mark.parametrize("words", [["prometheus.yml"], ["--agent", "agent.yml"]])
def test_the_configuration_is_understood(installed, words):
    checked = promtool("check", "config", *words[:-1], str(installed / words[-1]))

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_rules_are_understood():
    files = [str(RULES / name) for name in ("recording.yml", "alerts.yml")]
    checked = promtool("check", "rules", "--lint-fatal", *files)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_metrics_have_proper_names_but_for_two_that_are_given(client):
    page = client.get("/metrics").content.decode()
    checked = promtool("check", "metrics", said=page)

    assert {line for line in checked.stderr.splitlines() if line.startswith("maya_")} == GIVEN
