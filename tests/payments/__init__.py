import pytest

# Their assertions are the oracles': a failure must show both sides.
pytest.register_assert_rewrite("tests.payments.state_machine", "tests.payments.ledger_helpers")
