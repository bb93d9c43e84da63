import pytest

# Their assertions are the oracles': a failure must show both sides.
pytest.register_assert_rewrite("tests.payments.machine", "tests.payments.book")
