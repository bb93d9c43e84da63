"""The scripted Gemini is worth believing: the SDK understands it, and it refuses what the API refuses."""

import httpx2
import pytest
from google import genai
from google.genai import errors, types

from tests.vendors.gemini import KEY, Disconnect, FunctionCall, ScriptedGemini, Thought, Tokens, faults
from tests.vendors.gemini.evening import answer_request

MODEL = "gemini-3.8-flash"
POUR = types.FunctionDeclaration(
    name="add_to_order",
    parameters_json_schema={
        "type": "object",
        "properties": {"item": {"type": "string", "enum": ["Martini", "IPA"]}},
    },
)


@pytest.fixture(scope="module")
def gemini():
    with ScriptedGemini() as server:
        yield server


@pytest.fixture(autouse=True)
def _nothing_was_said_yet(gemini):
    gemini.forget()


@pytest.fixture
def client(gemini):
    options = types.HttpOptions(base_url=gemini.address, retry_options=types.HttpRetryOptions(attempts=1))
    with genai.Client(api_key=KEY, enterprise=False, http_options=options) as client:
        yield client


def user(text):
    return types.Content(role="user", parts=[types.Part(text=text)])


def stream(client, contents, **config):
    tools: types.ToolListUnion = [types.Tool(function_declarations=[POUR])]
    asked = types.GenerateContentConfig(tools=tools, **config)
    return list(client.models.generate_content_stream(model=MODEL, contents=contents, config=asked))


def parts(chunks):
    return [part for chunk in chunks for part in (chunk.candidates[0].content or types.Content()).parts or []]


def answered(*calls, **changes):
    told = [
        types.FunctionResponse(**{"id": call.id, "name": call.name, "response": {"output": "ok"}} | changes)
        for call in calls
    ]
    return types.Content(role="user", parts=[types.Part(function_response=one) for one in told])


def test_the_sdk_reads_thoughts_parallel_calls_and_what_they_cost(gemini, client):
    gemini.play(
        [
            Thought("hm"),
            Tokens(40, 18, 21, 4),
            FunctionCall("add_to_order"),
            FunctionCall("add_to_order", id=None),
        ]
    )

    chunks = stream(client, [user("two martinis")])

    thought, first, second, _end = parts(chunks)
    assert thought.thought
    assert first.thought_signature
    assert second.thought_signature is None
    assert (bool(first.function_call.id), second.function_call.id) == (True, None)
    assert chunks[-1].usage_metadata.cached_content_token_count == 4
    assert chunks[-1].candidates[0].finish_reason == "STOP"


def test_a_round_that_is_answered_as_the_api_wants_it_goes_on(gemini, client):
    gemini.play([FunctionCall("add_to_order"), FunctionCall("add_to_order", id=None)], ["There."])
    contents = [user("two")]
    made = [part for part in parts(stream(client, contents)) if part.function_call]

    contents += [types.Content(role="model", parts=made), answered(*(part.function_call for part in made))]

    assert "".join(part.text for part in parts(stream(client, contents))) == "There."


@pytest.mark.parametrize("wrong", ["unsigned", "another id", "another name", "one too few", "altered"])
def test_a_client_that_is_wrong_hears_of_it(gemini, client, wrong):
    gemini.play(
        [FunctionCall("add_to_order", {"item": "IPA"}), FunctionCall("add_to_order", {"item": "Martini"})]
    )
    made = [part for part in parts(stream(client, [user("two")])) if part.function_call]
    calls = [part.function_call for part in made]
    reply = answered(*calls)
    match wrong:
        case "unsigned":
            made[0].thought_signature = None
        case "another id":
            reply = answered(*calls, id="fc_mine")
        case "another name":
            reply = answered(*calls, name="get_bill")
        case "one too few":
            reply = answered(calls[0])
        case "altered":
            calls[0].args["item"] = "Water"

    with pytest.raises(errors.ClientError) as refused:
        stream(client, [user("two"), types.Content(role="model", parts=made), reply])

    assert refused.value.code == 400


def test_a_wrong_key_and_an_unknown_model_are_refused(gemini, client):
    with genai.Client(
        api_key="no", enterprise=False, http_options=types.HttpOptions(base_url=gemini.address)
    ) as other:
        with pytest.raises(errors.ClientError, match="API key not valid"):
            stream(other, [user("hello")])
        with pytest.raises(errors.ClientError, match="not found"):
            client.models.get(model="gemini-none")


def test_a_fault_is_what_the_api_would_show(gemini, client):
    gemini.play(faults.busy(retry_info="17s"), faults.blocked(), faults.stopped("SAFETY", "First you "))

    with pytest.raises(errors.ClientError) as busy:
        stream(client, [user("hello")])
    blocked = stream(client, [user("hello")])
    stopped = stream(client, [user("hello")])

    assert busy.value.status == "RESOURCE_EXHAUSTED"
    assert blocked[0].prompt_feedback.block_reason == "PROHIBITED_CONTENT"
    assert stopped[-1].candidates[0].finish_reason == "SAFETY"


def test_it_breaks_the_line_in_the_middle_of_a_chunk(gemini, client):
    gemini.play(["One ", Disconnect()])

    with pytest.raises(httpx2.RemoteProtocolError):
        stream(client, [user("hello")])

    assert gemini.asked[0].ended == "cut"


def test_it_can_hold_an_evening(gemini, client):
    gemini.always(answer_request)

    ordered = parts(stream(client, [user("two IPAs and a martini")]))
    chatted = parts(stream(client, [user("how are you?")]))

    assert [part.function_call.args for part in ordered if part.function_call] == [
        {"item": "Martini", "quantity": 1},
        {"item": "IPA", "quantity": 2},
    ]
    assert "pour you" in "".join(part.text for part in chatted)
