"""What the scripted vendors break off is broken off: no answer comes, and the client hears a reset."""

import httpx
import pytest

from tests.vendors.stripe.api import ScriptedStripe

MCP_CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
        "name": "stripe_api_read",
        "arguments": {"stripe_api_operation_id": "GetRefunds", "parameters": {}},
    },
}


@pytest.mark.parametrize("what", ["GET /v1/balance", "POST /mcp", "MCP GetRefunds"])
def test_a_reset_is_a_reset_and_the_next_request_is_answered(what):
    with ScriptedStripe() as stripe:
        headers = {"authorization": f"Bearer {stripe.key}", "accept": "application/json, text/event-stream"}
        stripe.fault(what, "reset")
        with httpx.Client(headers=headers) as client:

            def ask() -> httpx.Response:
                if "v1" in what:
                    return client.get(f"{stripe.address}/v1/balance")
                return client.post(stripe.mcp_address, json=MCP_CALL)

            with pytest.raises(httpx.TransportError):  # on a busy machine a FIN may come before the reset
                ask()
            assert ask().status_code == 200
