"""`modal deploy deploy/modal_app.py`: the real client and its CLI, against a control plane on loopback."""

import re

import pytest

from maya_site.core.release import checked_out_commit
from tests.vendors.modal.server import ControlPlane

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

KEYS = ("GEMINI_API_KEY", "CARTESIA_API_KEY", "SECRET_KEY", "DATABASE_URL")
UNWANTED = re.compile(
    r"^/app/(tests|\.git|\.github|\.ci|\.env|\.venv|var|media)(/|$)|^/app/\.env\b|sqlite3|secret_key|\.pyc|_cache/"
)
SECRET = dict.fromkeys(KEYS, "something")


@pytest.fixture(scope="module")
def modal():
    with ControlPlane(maya_secrets=SECRET) as server:
        deployed = server.cli(
            "deploy", "deploy/modal_app.py", "--tag", "v1", MODAL_MEMORY_MB="2048", MODAL_MAX_CONTAINERS="5"
        )
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        yield server


@pytest.fixture
def bar(modal):
    return modal.plane.functions["Bar.*"]


def baked_into(plane, function):
    """The container's environment, as later secrets win over earlier ones."""
    told: dict[str, str] = {}
    for name in function.secret_ids:
        secret = plane.secrets[name]
        told |= plane.stored.get(secret.deployment_name, {}) | dict(secret.env_dict)
    return told


def commands(plane):
    return [line for image in plane.images.values() for line in image.dockerfile_commands]


def environment(plane):
    said = (line.removeprefix("ENV ").split("=", 1) for line in commands(plane) if line.startswith("ENV "))
    return dict(said)


def files(plane):
    return {name for mount in plane.mounts.values() for name in mount}


def registered_lines(modal):
    """What is registered, for people."""
    plane = modal.plane
    yield f"published: {plane.published[0].name}, tag {plane.published[0].deployment_tag}"
    for name, one in plane.functions.items():
        scale = (
            f"at most {one.autoscaler_settings.max_containers}, {one.autoscaler_settings.scaledown_window} s"
        )
        yield f"{name}: {one.resources.memory_mb} MB, {one.resources.milli_cpu} milli-CPU, {scale}"
        yield f"    inputs {one.target_concurrent_inputs}/{one.max_concurrent_inputs}, {one.timeout_secs} s"
        yield f"    snapshot {one.checkpointing_enabled}, schedule {one.schedule.cron.cron_string or 'none'}"
        yield f"    volumes {[mount.mount_path for mount in one.volume_mounts]}, {baked_into(plane, one)}"
    yield f"secrets: {[(s.deployment_name, list(s.required_keys)) for s in plane.secrets.values()]}"
    yield f"volumes: {[volume.deployment_name for volume in plane.volumes.values()]}"
    yield from commands(plane)
    yield f"{len(files(plane))} files, in {sorted({name.split('/')[2] for name in files(plane)})}"


class TestWhatIsRegistered:
    def test_told(self, modal, capsys):
        with capsys.disabled():
            print("", *registered_lines(modal), sep="\n")

        assert modal.unknown == [], "the plane was asked for what it does not know"

    def test_three_functions_and_one_address(self, modal, bar):
        assert sorted(modal.plane.functions) == ["Bar.*", "beat", "prepare"]
        assert list(bar.method_definitions) == ["web"]
        assert (modal.plane.published[0].name, modal.plane.published[0].deployment_tag) == ("maya", "v1")

    def test_size_and_scale_are_the_deployers(self, bar):
        assert bar.resources.memory_mb == 2048
        assert bar.autoscaler_settings.max_containers == 5
        assert bar.autoscaler_settings.scaledown_window == 300

    def test_metrics_tell_what_was_deployed_whatever_the_secret_says(self, modal, bar):
        modal.plane.stored["maya-secrets"]["MODAL_MEMORY_MB"] = "1"

        assert baked_into(modal.plane, bar) == SECRET | {
            "PYTHON_ENV": "production",
            "MODAL_MEMORY_MB": "2048",
            "MODAL_MAX_CONTAINERS": "5",
            "MAYA_MODAL_SHAPE": "asgi",
            "MAYA_COMMIT": checked_out_commit(),
            "PROXY_HOPS": "0",
        }

    def test_a_guest_may_stay_the_night_beside_a_hundred_others(self, bar):
        assert bar.timeout_secs == 12 * 3600
        assert (bar.target_concurrent_inputs, bar.max_concurrent_inputs) == (100, 150)
        assert (bar.checkpointing_enabled, bar.startup_timeout_secs) == (True, 120)

    def test_the_secret_must_have_what_production_asks_for(self, modal):
        named = next(one for one in modal.plane.secrets.values() if one.deployment_name)

        assert (named.deployment_name, tuple(named.required_keys)) == ("maya-secrets", KEYS)

    def test_every_function_has_the_volume(self, modal):
        assert [volume.deployment_name for volume in modal.plane.volumes.values()] == ["maya-assets"]
        for function in modal.plane.functions.values():
            assert [mount.mount_path for mount in function.volume_mounts] == ["/data"]
        assert environment(modal.plane)["BACKUP_STORE"] == "/data/backups"

    def test_the_beat_comes_each_minute_and_never_twice_at_once(self, modal):
        beat = modal.plane.functions["beat"]

        assert beat.schedule.cron.cron_string == "* * * * *"
        assert beat.autoscaler_settings.max_containers == 1
        assert not modal.plane.functions["prepare"].HasField("schedule")

    def test_the_image_installs_the_lock_before_the_code_and_collects_after_it(self, modal):
        lines = commands(modal.plane)
        packages = next(i for i, line in enumerate(lines) if "--require-hashes" in line)
        code = lines.index("COPY . /")
        collected = next(i for i, line in enumerate(lines) if "collectstatic" in line)

        assert lines[0].startswith("FROM python:3.12")
        assert "slim" in lines[0]
        assert packages < code < collected
        assert any("libgomp1" in line for line in lines)

    def test_the_code_is_there_and_nothing_else(self, modal):
        names = files(modal.plane)

        assert {"/app/manage.py", "/app/deploy/on_modal.py", "/app/bartender/menu/house_menu.yaml"} <= names
        assert {"locale", "static", "templates"} <= {name.split("/")[2] for name in names if "/app/" in name}
        assert not [name for name in names if UNWANTED.search(name)]


class TestARelease:
    """What deploy/README.md tells an operator to type."""

    def test_the_secret_is_made_deployed_with_and_the_release_taken_back(self):
        with ControlPlane() as modal:
            made = modal.cli("secret", "create", "maya-secrets", *(f"{name}=x" for name in KEYS))
            assert made.returncode == 0, made.stderr
            for tag in "v1", "v2":
                assert modal.cli("deploy", "deploy/modal_app.py", "--tag", tag).returncode == 0
            back = modal.cli("app", "rollback", "maya")

            assert back.returncode == 0, back.stderr
            assert [version.deployment_tag for version in modal.plane.published] == ["v1", "v2", "v1"]

    def test_a_staging_bar_has_a_name_of_its_own(self, modal):
        deployed = modal.cli("deploy", "deploy/modal_app.py", "--name", "maya-staging")

        assert deployed.returncode == 0, deployed.stderr
        assert modal.plane.published[-1].name == "maya-staging"


def refused(modal, **environment):
    before = len(modal.plane.published)
    answer = modal.cli("deploy", "deploy/modal_app.py", **environment)
    assert answer.returncode != 0
    assert len(modal.plane.published) == before
    return answer.stderr


class TestRefused:
    def test_a_size_that_is_no_number(self, modal):
        assert refused(modal, MODAL_MAX_CONTAINERS="lots") == (
            "Maya: MODAL_MAX_CONTAINERS is 'lots': it must be a positive whole number.\n"
        )

    def test_several_containers_on_sqlite(self, modal):
        assert "MODAL_MAX_CONTAINERS is 3, but the database is SQLite" in refused(
            modal, DATABASE_URL="sqlite:///bar.sqlite3"
        )

    def test_a_live_key_beside_the_simulated_till(self, modal):
        said = refused(modal, PAYMENT_PROVIDER="simulated", STRIPE_SECRET_KEY="sk_" + "live_1")

        assert said.startswith("Maya: PAYMENT_PROVIDER is simulated, but STRIPE_SECRET_KEY is a live key")

    def test_an_environment_file_without_a_key(self, modal, tmp_path):
        file = tmp_path / "production.env"
        file.write_text("".join(f"{name}=x\n" for name in KEYS if name != "SECRET_KEY"))

        assert "SECRET_KEY is missing: production needs it" in refused(modal, ENV_FILE=str(file))

    def test_a_secret_that_lacks_a_key(self):
        with ControlPlane(maya_secrets={name: "x" for name in KEYS if name != "CARTESIA_API_KEY"}) as modal:
            assert "lacks CARTESIA_API_KEY" in refused(modal)

    def test_no_secret(self):
        with ControlPlane() as modal:
            assert "maya-secrets" in refused(modal)
