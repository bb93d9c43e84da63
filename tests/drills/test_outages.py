"""Some of the rows, in the suite; all of them: python -m tests.drills.outages"""

import pytest

from tests.drills.evening import NotSupported
from tests.drills.outage_rows import ROWS

pytestmark = pytest.mark.slow
IN_THE_SUITE = {"F01", "F02", "F03", "F04", "F20"}


@pytest.mark.parametrize("row", [row for row in ROWS if row.id in IN_THE_SUITE], ids=lambda row: row.fault)
def test_a_bar_around_which_something_breaks_keeps_its_guests_and_its_book(row, tmp_path):
    try:
        assert row.action(tmp_path)
    except NotSupported as missing:
        pytest.skip(str(missing))
