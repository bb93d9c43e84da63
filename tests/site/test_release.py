"""Which release runs can be seen where somebody looks."""

import subprocess

import pytest

from maya_site.core import release
from maya_site.core.tracing import _resource_attributes
from maya_site.ops.startup_log import _process_info
from tests.deploy.process import ROOT

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_the_version_has_its_section_in_the_changelog():
    assert f"## [{release.VERSION}] - " in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
def test_the_commit_is_the_one_that_git_names():
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert release.checked_out_commit() == told.stdout[: release.COMMIT_LENGTH]


def test_a_packed_branch_a_bare_head_and_no_history_are_read_too(tmp_path):
    git = tmp_path / ".git"
    assert release.checked_out_commit(tmp_path) == "unknown"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text(f"# pack-refs\n{COMMIT} refs/heads/main\n")

    release.checked_out_commit.cache_clear()
    assert release.checked_out_commit(tmp_path) == COMMIT[:12]
    (git / "HEAD").write_text(f"{COMMIT[::-1]}\n")
    release.checked_out_commit.cache_clear()
    assert release.checked_out_commit(tmp_path) == COMMIT[::-1][:12]


@pytest.mark.django_db
def test_health_the_start_spans_reports_and_the_admin_name_it(client, admin_client, settings):
    settings.MAYA_COMMIT = COMMIT[:12]

    health = client.get("/healthz").json()
    assert (health["version"], health["commit"]) == (release.VERSION, COMMIT[:12])
    assert _process_info()["commit"] == COMMIT[:12]
    assert _resource_attributes()["service.version"] == release.VERSION
    assert release.release_name(COMMIT[:12]) == f"maya@{release.VERSION}+{COMMIT[:12]}"
    assert f"Maya {release.VERSION} · {COMMIT[:12]}" in admin_client.get("/admin/").content.decode()
