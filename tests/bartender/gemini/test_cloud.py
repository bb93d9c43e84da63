"""Without a key Gemini is reached as a project of Google Cloud, with the machine's own account."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bartender.brains.gemini import registration
from bartender.brains.gemini.brain import GeminiProvider
from bartender.brains.gemini.config import GeminiCredentials
from tests.bartender.gemini.conftest import LONG_DEADLINES, MODELS
from tests.vendors.gemini import FunctionCall


@pytest.fixture
def account(gemini, monkeypatch, tmp_path):
    """A service account's file, whose tokens the scripted server hands out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "account.json"
    file.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "moksha",
                "private_key_id": "1",
                "private_key": key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ).decode(),
                "client_email": "maya@moksha.example",
                "client_id": "1",
                "token_uri": f"{gemini.address}/token",
            }
        )
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))


@pytest.fixture
def cloud(account, bar, gemini, clients):
    access = GeminiCredentials(project="moksha", location="europe-west4", base_url=gemini.address)
    bar.venue_model = GeminiProvider(
        credentials=access, models=MODELS, timeouts=LONG_DEADLINES, client_pool=clients
    )
    return bar


def test_a_turn_and_a_probe_go_to_the_project(cloud, gemini):
    gemini.play([FunctionCall("add_to_order", {"item": "IPA"})], ["[happy] One IPA, $6.00."])

    told = cloud.say("An IPA")

    assert (told.reply, told.brain_name, told.bill.units) == ("One IPA, $6.00.", "gemini", 1)
    asked = gemini.turns[0]
    assert "/projects/moksha/locations/europe-west4/publishers/google/models/" in asked.path
    assert asked.headers["authorization"] == "Bearer scripted-token"
    assert "x-goog-api-key" not in asked.headers
    assert cloud.venue_model.probe_failure(MODELS[0]) == ""


def test_a_key_goes_before_a_project(settings):
    settings.GOOGLE_CLOUD_PROJECT = "moksha"
    assert registration.gemini().credentials.project == "moksha"

    settings.GEMINI_API_KEY = "key"
    assert registration.gemini().credentials.project == ""
