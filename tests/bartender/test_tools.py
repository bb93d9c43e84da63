"""The tools are the seventeen that people rely on, and none of them can be told a price, a tab or a guest."""

import json

from bartender.tools import REGISTRY

NAMES = {
    "get_menu",
    "get_recommendation",
    "add_to_order",
    "change_order_line",
    "remove_from_order",
    "clear_order",
    "get_order",
    "place_order",
    "get_wait",
    "get_opening_times",
    "explain_line",
    "get_bill",
    "get_balance",
    "set_tip",
    "get_tip",
    "create_payment",
    "check_payment_status",
    "recall",
}
FORBIDDEN = (
    "price",
    "total",
    "amount",
    "tab",
    "session",
    "visit",
    "guest",
    "discount",
    "due",
    "paid",
    "nonce",
)


def test_the_tools_have_their_names():
    assert set(REGISTRY) == NAMES


def test_no_tool_takes_a_price_a_tab_or_a_guest():
    for tool in REGISTRY.values():
        fields = json.dumps(
            list(
                tool.arguments_type.model_json_schema()["properties"]
                if tool.arguments_type.model_fields
                else []
            )
        )
        assert not [word for word in FORBIDDEN if word in fields], tool.name


def test_every_tool_says_what_it_is_for():
    assert all(tool.description for tool in REGISTRY.values())
