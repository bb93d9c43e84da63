"""The image and the bar around it, as far as they can be tried without a Docker."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.deploy.image import built, command, context, said, stages
from tests.deploy.process import ROOT, free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.any_database

COMPOSE = ROOT / "deploy" / "compose.yml"
ENVIRONMENT = {"ENV_FILE": os.devnull, "REDIS_URL": "", "HOST": "127.0.0.1", "PYTHON_ENV": "development"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text())


def test_the_image_holds_what_runs_and_nothing_else():
    held = context()

    assert {name.split("/")[0] for name in held} == {
        "manage.py", "bartender", "deploy", "locale", "maya_site", "payments", "rag", "requirements",
        "static", "templates",
    }  # fmt: skip
    assert {"deploy/serve.py", "bartender/menu/house_menu.yaml", "locale/es/LC_MESSAGES/django.po"} <= set(
        held
    )
    assert [name for name in held if re.search(r"(^|/)\.|\.env$|sqlite|\.py[co]$|(^|/)tests?/", name)] == []


def test_a_secret_that_lies_about_stays_out(tmp_path, monkeypatch):
    """Names that somebody might leave in the working copy."""
    for name in (
        ".env",
        "deploy/compose.env",
        "maya.sqlite3",
        "bartender/.env.local",
        "rag/x.log",
        "tests/a.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr("tests.deploy.image.ROOT", tmp_path)

    assert context() == []


def test_every_package_is_locked_and_nobody_is_root():
    packages, image = stages()

    installs = [run for run in said("RUN", packages) if "pip install" in run]
    locks = [run.split()[-1].removeprefix("/") for run in installs]
    assert locks == ["requirements/base.txt", "requirements/voice.txt"]
    assert all(
        "--require-hashes" in run and "--no-deps" in run and (ROOT / lock).exists()
        for run, lock in zip(installs, locks, strict=True)
    )
    assert [word for word, _text in image].index("USER") > max(
        i for i, (word, _) in enumerate(image) if word in ("RUN", "COPY")
    )
    assert said("USER", image) == ["maya"]
    assert all(":3.12-slim" in text for stage in stages() for text in said("FROM", stage))


@pytest.mark.slow
def test_what_the_image_does_is_done_with_its_files_alone(tmp_path):
    """Its own steps, its own entry and its own check of health, in a folder that holds what it holds."""
    _packages, image = stages()
    folder, port = built(tmp_path / "app"), free_port()
    told = (
        os.environ
        | ENVIRONMENT
        | {"DATABASE_URL": f"sqlite:///{tmp_path / 'bar.sqlite3'}", "PORT": str(port)}
    )
    told["PATH"] = f"{Path(sys.executable).parent}:{told['PATH']}"
    told.pop("PYTHONPATH", None)

    def run(step):
        return subprocess.run(
            step, cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=120
        )

    for step in [each for each in said("RUN", image) if "python" in each]:
        assert run(["sh", "-c", step]).returncode == 0, step
    assert list((folder / "staticfiles").glob("admin/css/base.*.css"))
    (health,) = said("HEALTHCHECK", image)
    assert run(command(health)).returncode != 0, "nobody is there yet"
    migrate = yaml.safe_load(COMPOSE.read_text())["services"]["migrate"]["entrypoint"]
    assert run(migrate).returncode == 0
    (entry,) = said("ENTRYPOINT", image)
    server = subprocess.Popen(command(entry), cwd=folder, env=told, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: server.poll() is not None or run(command(health)).returncode == 0, 60)
    finally:
        server.terminate()
        _out, log = server.communicate(timeout=15)
    assert server.returncode == 0
    assert "Traceback" not in log


def test_the_house_names_only_what_there_is(compose):
    services = compose["services"]
    example = (ROOT / "deploy" / "compose.env.example").read_text()
    known = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.M))

    assert set(re.findall(r"\$\{(\w+)", COMPOSE.read_text())) | {"METRICS_TOKEN"} <= known
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (
                (COMPOSE.parent / source).exists() if source.startswith(".") else source in compose["volumes"]
            )
        assert set(service.get("depends_on", [])) <= set(services)
    assert (COMPOSE.parent / services["maya"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["maya"]["build"]["dockerfile"]).exists()
    read = set(re.findall(r"^#?\s*([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert set(services["maya"]["environment"]) <= read
    assert known - {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "RUNBOOKS_URL"} <= read


def test_the_commit_of_an_image_is_what_its_builder_said(compose):
    """What the containers are told stands over it, and would name the commit of the first build for ever."""
    maya = compose["services"]["maya"]
    example = (ROOT / "deploy" / "compose.env.example").read_text()

    assert maya["build"]["args"] == {"MAYA_COMMIT": "${MAYA_COMMIT:-}"}
    assert "MAYA_COMMIT" not in maya["environment"]
    assert not re.search(r"^MAYA_COMMIT=", example, re.M)


def test_what_runs_beside_the_bar_is_what_the_code_calls_it(compose):
    services = compose["services"]

    from maya_site import celery

    for name in ("worker", "beat"):
        app = services[name]["entrypoint"][services[name]["entrypoint"].index("-A") + 1]
        assert (app, services[name]["entrypoint"][3]) == (celery.__name__, name)
    for step in services["migrate"]["entrypoint"][-1].split(" && "):
        asked = [sys.executable, *shlex.split(step)[1:3], "--help"]
        assert subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0, step
    environment = services["maya"]["environment"]
    assert environment["DATABASE_URL"].endswith("@postgres:5432/maya")
    assert environment["REDIS_URL"].startswith("redis://redis:6379/")
    assert services["postgres"]["environment"]["POSTGRES_DB"] == "maya"


def test_every_container_is_bounded_and_may_write_to_its_volumes_alone(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert {"mem_limit", "pids_limit", "logging"} <= set(service), name
        assert {"max-size", "max-file"} == set(service["logging"]["options"]), name
        assert service["restart"] == ("no" if name in ("migrate", "alerting") else "unless-stopped"), name
        # Only those whose entry point begins as root and becomes somebody else get a right back.
        assert set(service.get("cap_add", [])) <= {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}
        assert not service.get("cap_add") or name in ("postgres", "redis"), name


def test_whoever_runs_on_is_asked_whether_it_is_well(compose):
    """The bar's own image brings the question of its pages; whatever runs once needs none."""
    for name, service in compose["services"].items():
        asked = service.get("healthcheck", {})
        if service["restart"] == "no":
            assert asked == {"disable": True}, name
        else:
            assert asked.get("test") or name == "maya", name


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server to run a worker on")
def test_worker_and_beat_answer_for_themselves_while_they_run_and_not_before(compose, tmp_path):
    port = free_port()
    told = os.environ | ENVIRONMENT | {
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bar.sqlite3'}",
        "HOSTNAME": socket.gethostname(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip

    def run(words, **more):
        return subprocess.run(words, cwd=ROOT, env=told, capture_output=True, text=True, check=False, **more)

    def is_well(name):
        kind, *words = compose["services"][name]["healthcheck"]["test"]
        words = [word.replace("/tmp/beat", f"{tmp_path}/beat").replace("$$", "$") for word in words]
        return (
            run(["sh", "-c", *words] if kind == "CMD-SHELL" else [sys.executable, *words[1:]]).returncode == 0
        )

    started = [
        subprocess.Popen(["redis-server", "--port", str(port), "--save", ""], stdout=subprocess.DEVNULL)
    ]
    try:
        assert run([sys.executable, "manage.py", "migrate", "--no-input", "-v0"]).returncode == 0
        assert not any(is_well(name) for name in ("worker", "beat"))
        for name in ("worker", "beat"):
            entry = [
                word.replace("/tmp/", f"{tmp_path}/") for word in compose["services"][name]["entrypoint"]
            ]
            started.append(
                subprocess.Popen(
                    entry, cwd=ROOT, env=told, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
                )
            )
        wait_until(lambda: is_well("worker"), 60)
        wait_until(lambda: is_well("beat"), 60)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def test_alertmanager_reads_what_the_bar_writes_for_it(compose):
    services = compose["services"]
    written = Path(services["alerting"]["entrypoint"][-1])
    read = services["alertmanager"]["command"][0].removeprefix("--config.file=")
    folder = {volume.split(":")[0]: volume.split(":")[1] for volume in services["alertmanager"]["volumes"]}

    assert services["alerting"]["volumes"] == [f"alerting:{written.parent}"]
    assert read == f"{folder['alerting']}/{written.name}"
    told = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    (target,) = told["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert services["alertmanager"]["ports"] == [f"127.0.0.1:{target.split(':')[1]}:{target.split(':')[1]}"]
    assert target.split(":")[0] in services
    # Its image's folder belongs to whoever writes, so a new volume does as well.
    _packages, image = stages()
    assert any(written.parent.name in run.split() for run in said("RUN", image) if "--owner=maya" in run)


def test_nothing_but_the_proxy_on_this_machine_reaches_the_house(compose):
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_prometheus_finds_the_bar_and_its_token(compose):
    services, told = (
        compose["services"],
        yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text()),
    )
    scraped = told["scrape_configs"][0]

    assert scraped["dns_sd_configs"][0]["names"][0] in services
    assert services["maya"]["ports"] == [f"127.0.0.1:8000:{scraped['dns_sd_configs'][0]['port']}"]
    mounted = {volume.split(":")[1] for volume in services["watch"]["volumes"]}
    assert {f"/etc/prometheus/{name}" for name in told["rule_files"]} <= mounted
    (token,) = services["watch"]["secrets"]
    assert token["target"] == f"/etc/prometheus/{scraped['authorization']['credentials_file']}"
    assert token["source"] in compose["secrets"]


def test_grafana_finds_its_dashboards_and_the_watch(compose):
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    (shown,) = yaml.safe_load((provisioning / "dashboards" / "maya.yml").read_text())["providers"]
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]

    mounted = {volume.split(":")[1] for volume in compose["services"]["grafana"]["volumes"]}
    assert {shown["options"]["path"], "/etc/grafana/provisioning"} <= mounted
    assert urlsplit(source["url"]).hostname in compose["services"]
    assert urlsplit(source["url"]).port == 9090
