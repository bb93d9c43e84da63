"""Maya on Modal: `modal deploy deploy/modal_app.py`. How, and what each step prints: deploy/README.md."""

from __future__ import annotations

import sys
from typing import Any

import modal

from deploy.deployment import ROOT, DeploymentError, load_deployment

APP, HOME, VOLUME = "maya", "/app", "/data"
# A core carries some 100 live sessions at their ease; beyond them there is room for pages and checks.
TARGET_SESSIONS, MAX_INPUTS = 100, 150
# A stream is one call of the function: what bounds the call bounds the guest's evening.
CALL_TIMEOUT_SECONDS = 12 * 3600
# So long a container outlives its last guest: whoever reloads meets no cold start.
SCALEDOWN_SECONDS = 300
STARTUP_TIMEOUT_SECONDS = 120
BEAT_MEMORY_MB = 1024
UV_VERSION = "0.13.9"
IGNORED_PATHS = [
    ".git", ".github", ".ci", ".env", ".env.*", ".venv", "tests", "var", "media", "staticfiles",
    "staticfiles.digest", ".secret_key", ".moonshine", "node_modules", ".*_cache", ".hypothesis", "htmlcov",
    ".coverage*", "**/__pycache__", "**/*.py[cod]", "**/*.sqlite3*", "**/*.log",
]  # fmt: skip

try:
    DEPLOYMENT = load_deployment()
except DeploymentError as refusal:
    sys.exit(f"Maya: {refusal}")


def _image() -> modal.Image:
    """The packages first: a change of the code does not build them again."""
    locks = [str(ROOT / "requirements" / f"{name}.txt") for name in ("base", "voice")]
    bare = modal.Image.debian_slim(python_version="3.12").apt_install("libstdc++6", "libgomp1")
    packed = bare.uv_pip_install(
        requirements=locks, extra_options="--require-hashes --no-deps", uv_version=UV_VERSION
    ).env(
        {
            "PYTHONPATH": HOME,
            "ENV_FILE": "/dev/null",
            "JOB_RUNNER": "server",  # nobody runs Celery's worker here
            "BACKUP_STORE": f"{VOLUME}/backups",
        }
    )
    return packed.add_local_dir(ROOT, HOME, ignore=IGNORED_PATHS, copy=True).run_commands(
        f"cd {HOME} && python manage.py collectstatic --no-input", env={"SECRET_KEY": "of the build alone"}
    )


app = modal.App(APP)
assets = modal.Volume.from_name("maya-assets", create_if_missing=True)
keys = modal.Secret.from_name("maya-secrets", required_keys=list(DEPLOYMENT.required_keys))
shared_options: dict[str, Any] = {
    "image": _image(),
    # A tryout, with PYTHON_ENV=development, opens without a key, as a first start on a laptop does.
    "secrets": [keys] if DEPLOYMENT.production else [],
    "env": DEPLOYMENT.container_environment(),
    "volumes": {VOLUME: assets},
}


@app.cls(
    **shared_options,
    cpu=1.0,
    memory=DEPLOYMENT.memory_mb,
    max_containers=DEPLOYMENT.max_containers,
    scaledown_window=SCALEDOWN_SECONDS,
    timeout=CALL_TIMEOUT_SECONDS,
    startup_timeout=STARTUP_TIMEOUT_SECONDS,
    enable_memory_snapshot=True,
)
@modal.concurrent(max_inputs=MAX_INPUTS, target_inputs=TARGET_SESSIONS)
class Bar:
    @modal.enter(snap=True)
    def load_for_snapshot(self) -> None:
        from deploy import on_modal

        on_modal.set_own_address(own_address())
        self.application = on_modal.load_application()

    @modal.enter(snap=False)
    def after_restore(self) -> None:
        from deploy import on_modal

        on_modal.after_snapshot_restore()

    @modal.asgi_app()
    def web(self) -> Any:
        return self.application


def own_address() -> str | None:
    """The address of `Bar.web`. Each container is told it with the app's layout, so nothing is asked; who
    was not told has the hosts of its settings."""
    try:
        found: str | None = Bar().web.get_web_url()
    except modal.exception.Error as error:
        sys.stderr.write(f"Maya: Modal did not say this bar's address: {error}\n")
        return None
    return found


@app.function(
    **shared_options,
    memory=BEAT_MEMORY_MB,
    max_containers=1,
    timeout=900,
    schedule=modal.Cron("* * * * *"),
)
def beat() -> None:
    """The jobs whose hour has come, also while no guest keeps a container open: what Celery's beat asks for
    elsewhere, from the sweep of payments each minute to the reconciliation and the backup of each day."""
    from deploy import on_modal

    on_modal.set_own_address(own_address())
    on_modal.set_up_django()
    on_modal.run_scheduled_tasks()
    assets.commit()


@app.function(**shared_options, memory=DEPLOYMENT.memory_mb, max_containers=1, timeout=1800)
def prepare() -> None:
    """`modal run deploy/modal_app.py::prepare`, before traffic meets a release."""
    from deploy import on_modal

    on_modal.set_own_address(own_address())
    on_modal.set_up_django()
    on_modal.prepare()
    on_modal.save_memory_index()
    assets.commit()
