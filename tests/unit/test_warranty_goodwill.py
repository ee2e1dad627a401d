"""C2: nobody gives more than they may, on one claim or altogether; what they may is the widest they hold."""

from hypothesis import given
from hypothesis import strategies as st

from warranty.rules.goodwill import Allowance, GoodwillTerms, Lacking, Level, Refused, lacking, refusal

MINOR = st.integers(1, 10**6)
ALLOWANCES = st.builds(Allowance, st.sampled_from(Level), MINOR, MINOR)


@given(ALLOWANCES, st.lists(st.tuples(MINOR, st.integers(0, 3)), max_size=30))
def test_whatever_is_asked_no_limit_is_passed(allowance: Allowance, asked: list[tuple[int, int]]) -> None:
    on_claim: dict[int, int] = {}
    for amount, claim in asked:
        total = sum(on_claim.values())
        if refusal(allowance, amount, on_claim.get(claim, 0), total) is None:
            on_claim[claim] = on_claim.get(claim, 0) + amount
    assert all(given <= allowance.each_minor for given in on_claim.values())
    assert sum(on_claim.values()) <= allowance.total_minor


@given(ALLOWANCES)
def test_up_to_the_limit_it_is_given_and_one_more_is_not(allowance: Allowance) -> None:
    most = min(allowance.each_minor, allowance.total_minor)
    assert refusal(allowance, most, 0, 0) is None
    assert refusal(allowance, most + 1, 0, 0) in (Refused.EACH, Refused.TOTAL)
    assert refusal(None, 1, 0, 0) is Refused.NONE


@given(st.lists(ALLOWANCES, max_size=6), st.sets(st.sampled_from(Level)))
def test_the_widest_that_is_held_counts(allowances: list[Allowance], held: set[Level]) -> None:
    found = GoodwillTerms("INR", allowances).of(held)
    mine = [one for one in allowances if one.permission in held]
    assert (found is None) is (not mine)
    assert found is None or all(found.each_minor >= one.each_minor for one in mine)


CLASSES = ("parts", "labour", "visit")
COSTS = st.dictionaries(st.sampled_from(CLASSES), st.integers(0, 40))
GIVEN = st.lists(st.tuples(st.sets(st.sampled_from(CLASSES), min_size=1), st.integers(1, 40)), max_size=4)


def spread(costs: dict[str, int], given: list[tuple[set[str], int]]) -> int:
    """What stays unpaid however the amounts are spread: found by trying, a coin at a time, along any way there is."""
    left, used = dict(costs), [dict.fromkeys(classes, 0) for classes, _ in given]
    rest = [amount for _, amount in given]

    def pays(cost: str, seen: set[str]) -> bool:
        seen.add(cost)
        for number, (classes, _) in enumerate(given):
            if cost not in classes:
                continue
            if rest[number]:
                rest[number] -= 1
                used[number][cost] += 1
                return True
            for other in classes - seen:
                if used[number][other] and pays(other, seen):
                    used[number][other] -= 1
                    used[number][cost] += 1
                    return True
        return False

    for cost in costs:
        while left[cost] and pays(cost, set()):
            left[cost] -= 1
    return sum(left.values())


@given(COSTS, GIVEN)
def test_what_is_lacking_is_what_no_spreading_pays(costs: dict[str, int], given: list[tuple[set[str], int]]) -> None:
    found = lacking(costs, given)
    assert found.minor == spread(costs, given)
    assert bool(found.minor) is bool(found.classes)
    if found.minor:
        assert lacking(costs, [*given, (found.classes, sum(costs.values()))]) == Lacking()
        assert lacking(costs, [*given, (costs.keys(), found.minor - 1)]).minor == 1, "a paisa less is not enough"
