"""What may get in the way is counted as a plain count over the list would."""

from hypothesis import given
from hypothesis import strategies as st

from aftersales.promises.signs import MINIMUM, Counts, Done

CASES = st.lists(
    st.builds(
        Done,
        st.sampled_from(["FL-75", "AC-12", ""]),
        st.sampled_from(["22-B", "E4", ""]),
        *(st.booleans() for _ in range(3)),
    ),
    max_size=90,
)


@given(CASES, st.sampled_from(["FL-75", "AC-12", ""]), st.sampled_from(["22-B", "E4", ""]))
def test_shares_are_those_of_the_narrowest_group_that_is_large_enough(
    cases: list[Done], model: str, fault: str
) -> None:
    found = Counts(cases).of(model, fault)
    same = [one for one in cases if one.model == model and (fault in ("", one.fault))]
    group = same if len(same) >= MINIMUM else [one for one in cases if one.model == model]
    if not model or len(group) < MINIMUM:
        assert found.shares == {}
        return
    assert found.counted == len(group)
    assert found.shares == {
        "second": round(100 * sum(one.second for one in group) / len(group)),
        "parts": round(100 * sum(one.parts for one in group) / len(group)),
        "beyond": round(100 * sum(one.beyond for one in group) / len(group)),
    }
