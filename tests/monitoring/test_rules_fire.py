"""Each alert fires in the story that is told for it, and stays quiet in another."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.files import load_alerts
from tests.monitoring.prometheus import RUNBOOKS_URL
from tests.promtool import RULES, promtool

pytestmark = [pytest.mark.prometheus, pytest.mark.any_database]

STORIES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text())


def promtool_case(alert: str, story: dict[str, Any], *, fires: bool) -> dict[str, Any]:
    """The story as promtool reads it."""
    rule = load_alerts()[alert]
    labels = rule["labels"] | story.get("with", {})
    expected = {
        "exp_labels": labels,
        "exp_annotations": {name: filled(text, labels) for name, text in rule["annotations"].items()},
    }
    return {
        "rule_files": [str(RULES / "recording.yml"), str(RULES / "alerts.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "external_labels": {"runbooks": RUNBOOKS_URL},
                "input_series": [
                    {"series": name, "values": str(values)} for name, values in story["series"].items()
                ],
                "alert_rule_test": [
                    {
                        "eval_time": story["at"],
                        "alertname": alert,
                        "exp_alerts": [expected] if fires else [],
                    }
                ],
            }
        ],
    }


def filled(text: str, labels: dict[str, str]) -> str:
    """The text of an annotation with the labels that it names, as Prometheus fills it."""
    text = text.replace("{{ $externalLabels.runbooks }}", RUNBOOKS_URL)
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda named: labels.get(named[1], ""), text)


@pytest.mark.parametrize("which", ["fires", "quiet"])
@pytest.mark.parametrize("alert", STORIES)
def test_an_alert_in_its_story(tmp_path, alert, which):
    file = tmp_path / "story.yml"
    file.write_text(yaml.safe_dump(promtool_case(alert, STORIES[alert][which], fires=which == "fires")))

    judged = promtool("test", "rules", str(file))

    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_every_alert_has_its_stories():
    assert set(STORIES) == set(load_alerts())


def test_a_story_that_is_wrong_is_noticed(tmp_path):
    file = tmp_path / "story.yml"
    file.write_text(yaml.safe_dump(promtool_case("MayaDown", STORIES["MayaDown"]["quiet"], fires=True)))

    assert promtool("test", "rules", str(file)).returncode != 0
