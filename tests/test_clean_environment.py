import os

from django.conf import settings

from tests import clean_environment


def test_a_developers_keys_never_reach_the_tests(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "a developer's own")
    monkeypatch.setenv("PORT", "9999")

    clean_environment.clean_environment()

    assert "GEMINI_API_KEY" not in os.environ
    assert "PORT" not in os.environ


def test_the_database_of_the_gate_is_kept(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")

    clean_environment.clean_environment()

    assert os.environ["DATABASE_URL"] == "postgres://somewhere/else"


def test_the_developers_env_file_is_not_read():
    assert settings.SECRET_KEY.startswith("only-for-tests")
    assert settings.GEMINI_API_KEY == ""


def test_workers_of_a_parallel_run_do_not_share_a_redis_database():
    url = "redis://127.0.0.1:6379/1"

    assert clean_environment.redis_url_for_worker(url, "gw0") == url
    assert clean_environment.redis_url_for_worker(url, "gw1") == "redis://127.0.0.1:6379/2"
    assert clean_environment.redis_url_for_worker(url, "") == url
