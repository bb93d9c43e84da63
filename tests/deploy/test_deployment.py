"""What the deployer's machine may say, and what is refused with one sentence."""

import pytest

from deploy.deployment import REQUIRED_KEYS, Deployment, DeploymentError, parse_deployment

LIVE = "sk_" + "live_1"
PRODUCTION = dict.fromkeys(REQUIRED_KEYS, "x") | {
    "DATABASE_URL": "postgres://bar.example/maya",
    "ENV_FILE": "production.env",
}


def test_nothing_said_is_production_at_the_usual_size():
    assert parse_deployment({}, {}) == Deployment(production=True, memory_mb=4096, max_containers=3)


def test_a_developers_file_does_not_make_a_deployment_a_tryout():
    assert parse_deployment({}, {"PYTHON_ENV": "development", "MODAL_MEMORY_MB": "512"}).production


def test_behind_the_bridge_guests_come_by_one_hop():
    assert parse_deployment({}, {"MAYA_MODAL_SHAPE": "daphne"}).container_environment()["PROXY_HOPS"] == "1"
    with pytest.raises(DeploymentError, match="MAYA_MODAL_SHAPE is 'round': it must be asgi or daphne"):
        parse_deployment({}, {"MAYA_MODAL_SHAPE": "round"})


def test_a_tryout_is_asked_for_by_name_and_has_one_container():
    told = {"PYTHON_ENV": "development", "MODAL_MAX_CONTAINERS": "1"}

    assert parse_deployment(told, told).container_environment()["PYTHON_ENV"] == "development"


@pytest.mark.parametrize("value", ["0", "-3", "lots", "1.5", "²", "1 000"])
@pytest.mark.parametrize("name", ["MODAL_MEMORY_MB", "MODAL_MAX_CONTAINERS"])
def test_a_size_is_a_positive_whole_number(name, value):
    with pytest.raises(DeploymentError, match=f"^{name} is '.*': it must be a positive whole number.$"):
        parse_deployment({}, {name: value})


@pytest.mark.parametrize(
    "told, values, named, sentence",
    [
        ({"PYTHON_ENV": "development"}, {}, False, "MODAL_MAX_CONTAINERS is 3, but the database is SQLite"),
        ({}, {"DATABASE_URL": "sqlite:///x"}, False, "MODAL_MAX_CONTAINERS is 3, but the database is SQLite"),
        (
            {},
            {"PAYMENT_PROVIDER": "simulated", "STRIPE_SECRET_KEY": LIVE},
            False,
            "PAYMENT_PROVIDER is simulated",
        ),
        (
            {},
            PRODUCTION | {"GEMINI_API_KEY": ""},
            True,
            "GEMINI_API_KEY or LLM_BASE_URL is missing: .* Set it in production.env.",
        ),
        (
            {},
            PRODUCTION | {"CARTESIA_API_KEY": "", "TTS_PROVIDER": "auto"},
            True,
            "CARTESIA_API_KEY or a local voice in TTS_PROVIDER is missing: .* Set it in production.env.",
        ),
        ({}, PRODUCTION | {"SECRET_KEY": ""}, True, "SECRET_KEY is missing: .* Set it in production.env."),
    ],
)
def test_a_contradiction_is_one_sentence_that_names_the_variable(told, values, named, sentence):
    with pytest.raises(DeploymentError, match=sentence):
        parse_deployment(told, values, names_env_file=named)


@pytest.mark.parametrize(
    "values",
    [PRODUCTION, {name: value for name, value in PRODUCTION.items() if name != "GEMINI_API_KEY"}],
)
def test_what_the_secret_is_made_of_may_be_whole(values):
    assert parse_deployment({}, {"GOOGLE_API_KEY": "x"} | values, names_env_file=True).production


def test_a_bar_that_wants_no_cloud_needs_no_keys_of_vendors():
    own = {"LLM_BASE_URL": "http://10.0.0.7:8080/v1", "TTS_PROVIDER": "espeak"}
    values = PRODUCTION | own | {"GEMINI_API_KEY": "", "CARTESIA_API_KEY": ""}

    found = parse_deployment({}, values, names_env_file=True)

    assert found.required_keys[:2] == ("LLM_BASE_URL", "TTS_PROVIDER")
    assert parse_deployment({}, PRODUCTION | own, names_env_file=True).required_keys == REQUIRED_KEYS
