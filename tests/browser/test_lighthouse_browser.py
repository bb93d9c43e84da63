"""Lighthouse judges the guest's pages where it is installed; how it is read is tested everywhere."""

import pytest

from tests.bench.lighthouse import INSTALL, below, budget, find_lighthouse, judged, losses, scores

REPORT = {
    "categories": {
        "seo": {"score": 0.905, "auditRefs": [{"id": "title", "weight": 1}, {"id": "about", "weight": 3}]},
        "performance": {"score": None, "auditRefs": []},
    },
    "audits": {
        "title": {"title": "There is a title", "score": 0},
        "about": {"title": "Nothing is said of it", "score": 0.5, "displayValue": "2 pages"},
    },
}


def test_a_page_below_its_budget_is_told_with_what_cost_it_most():
    assert scores(REPORT) == {"seo": 90, "performance": 0}
    assert below(scores(REPORT), {"seo": 90, "performance": 1, "accessibility": 1}) == [
        "performance",
        "accessibility",
    ]
    assert list(losses(REPORT, "seo")) == ["Nothing is said of it (2 pages)", "There is a title (title)"]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(not find_lighthouse(), reason=INSTALL)
def test_no_page_is_below_its_budget(bar, monkeypatch):
    """But for speed, which a machine that runs tests cannot judge."""
    pages = {path: least | {"performance": 0} for path, least in budget().items()}
    monkeypatch.setattr("tests.bench.lighthouse.budget", lambda: pages)

    assert judged(bar) == []
