"""What the machine may draw: small limits beside the real ones, so that they are met within a few steps."""

from hypothesis import strategies as st

from tests.payments.oracle import ExpectedPolicy

ORDER_CHOICES = [
    ("Negroni", ()),
    ("IPA", ()),
    ("Whiskey", ("neat",)),
    ("Whiskey", ("double",)),
    ("Water", ()),
]
POLICIES = st.builds(
    ExpectedPolicy,
    tax_rate_bp=st.sampled_from([0, 825, 1_999]),
    line_cap=st.sampled_from([12, 3]),
    unit_cap=st.sampled_from([40, 7]),
    tab_cap_cents=st.sampled_from([2_000_00, 90_00]),
    tip_cap_cents=st.sampled_from([500_00, 10_00]),
    play_money_cents=st.sampled_from([1_000_00, 70_00]),
)
GUEST_INDEX = st.sampled_from([0, 0, 1])
ITEM_INDEX = st.integers(0, 7)
UNITS = st.sampled_from([1, 2, 1, 3, 4, 12])
OPTIONAL_UNITS = st.none() | st.integers(1, 4)
ORDER = st.sampled_from(ORDER_CHOICES)
TIPS = st.one_of(
    st.tuples(st.sampled_from([0, 1_000, 2_000, 1_250, 10_000]), st.just(0)),
    st.tuples(st.none(), st.sampled_from([0, 1, 5_00, 10_00, 10_01])),
)
