"""Targets: the first rule that fits decides, and terms that cannot be kept are refused where they are wrong."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.promises.targets import FACTS, Clock, Facts, Shape, Target, TargetError, Targets
from aftersales.status.machine import WaitsOn

LAST = {
    "name": "everything else",
    "words": "What nothing else applies to.",
    "targets": {"first_response": {"hours": 4}, "completion": {"business_days": 7}},
}
HAZARD = {
    "name": "hazard",
    "words": "Somebody may be hurt.",
    "when": {"need": "hazard"},
    "urgency": 100,
    "targets": {"first_response": {"minutes": 15}, "completion": [{"visits": 1}, {"hours": 24}]},
}
PHONES = {
    "name": "phones",
    "words": "A phone that is brought to us.",
    "when": {"category": ["phone"], "channel": ["counter", "site"]},
    "targets": {"completion": [{"minutes": 60}, {"business_days": 1}]},
}
TERMS: dict[str, Any] = {
    "rules": [HAZARD, PHONES, LAST],
    "possible": [{"when": {"fault": "board"}, "shapes": ["business_days", "hours"]}],
    "escalate": [{"after": {"minutes": 0}, "to": "owner"}, {"after": {"hours": 4}, "to": "manager"}],
}


def changed(**values: Any) -> dict[str, Any]:
    return TERMS | values


def last(**values: Any) -> dict[str, Any]:
    return changed(rules=[LAST | values])


def test_the_first_rule_that_fits_decides() -> None:
    policy = Targets.from_terms(TERMS)
    assert policy.choose(Facts(category="phone", channel="site")).rule == "phones"
    assert policy.choose(Facts(category="phone", channel="site", need="hazard")).rule == "hazard"
    assert policy.choose(Facts(category="phone", channel="whatsapp")).rule == "everything else"
    chosen = policy.choose(Facts(need="hazard"))
    assert (chosen.words, chosen.urgency) == ("Somebody may be hurt.", 100)
    assert chosen.targets[Clock.COMPLETION] == Target(Shape.VISITS, 1)
    assert policy.pausing == {WaitsOn.CUSTOMER}
    assert policy.warn == (50, 75, 90)
    assert [tier.after for tier in policy.escalate] == [timedelta(0), timedelta(hours=4)]


def test_only_a_shape_that_is_possible_is_promised() -> None:
    policy = Targets.from_terms(TERMS)
    board = policy.choose(Facts(need="hazard", fault="board"))
    assert board.targets == {Clock.COMPLETION: Target(Shape.HOURS, 24)}, "no quarter of an hour for a board"
    phone = policy.choose(Facts(category="phone", channel="counter", fault="board"))
    assert phone.targets[Clock.COMPLETION] == Target(Shape.BUSINESS_DAYS, 1)


@given(st.builds(Facts, **dict.fromkeys(sorted(FACTS), st.sampled_from(["", "phone", "site", "hazard", "board"]))))
def test_every_case_has_targets_and_the_same_ones_again(facts: Facts) -> None:
    policy = Targets.from_terms(TERMS)
    chosen = policy.choose(facts)
    assert chosen == Targets.from_terms(TERMS).choose(facts)
    assert Clock.COMPLETION in chosen.targets
    before = policy.rules[: [r.name for r in policy.rules].index(chosen.rule)]
    assert not any(rule.when.holds(facts) for rule in before)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({}, "rules: there must be a list"),
        (changed(rules=[]), "the last rule must have no conditions"),
        (changed(rules=[HAZARD]), "the last rule must have no conditions"),
        (changed(rules=[LAST, LAST]), r"rules\[0\]: it has no conditions"),
        (changed(rules=[HAZARD, HAZARD, LAST]), "hazard is given twice"),
        (changed(surprise=1), "'surprise' is not known"),
        (last(name=" "), r"rules\[0\]: give it a name"),
        (last(words=None), "say in words"),
        (last(when={"moon": "full"}), "'moon' is not known"),
        (last(when={"need": []}), r"rules\[0\].when.need"),
        (last(when={"need": 3}), r"rules\[0\].when.need"),
        (last(urgency=-1), "urgency: -1"),
        (last(targets={}), "completion is missing"),
        (last(targets={"arrival": {"hours": 2}}), "completion is missing"),
        (last(targets={"completion": []}), "there is no target"),
        (last(targets={"completion": {}}), "give one of"),
        (last(targets={"completion": {"minutes": 1, "hours": 1}}), "give one of"),
        (last(targets={"completion": {"fortnights": 1}}), "'fortnights' is none of"),
        (last(targets={"someday": {"minutes": 1}}), "'someday' is none of"),
        (last(targets={"completion": {"minutes": 0}}), "0 is no whole number of at least 1"),
        (last(targets={"completion": {"minutes": -5}}), "-5 is no whole number of at least 1"),
        (last(targets={"completion": {"minutes": True}}), "True is no whole number"),
        (last(targets={"completion": {"hours": 2.5}}), "2.5 is no whole number"),
        (last(targets={"completion": {"minutes": 99_999_999}}), "more than ten years"),
        (last(targets={"completion": {"hours": 1}, "diagnosis": {"minutes": 61}}), "could never be met"),
        (last(targets={"completion": {"business_days": 1}, "arrival": {"business_days": 2}}), "could never be met"),
        (changed(possible=[{"shapes": []}]), "nothing would be possible"),
        (changed(possible=[{"shapes": ["weeks"]}]), "'weeks' is none of"),
        (changed(possible=["minutes"]), r"possible\[0\]: there must be names"),
        (changed(pausing=["the moon"]), "pausing: 'the moon'"),
        (changed(warn=[75, 50]), "warn: give percentages"),
        (changed(warn=[100]), "warn: give percentages"),
        (changed(warn=[50, 50]), "warn: give percentages"),
        (changed(warn="50"), "warn: there must be a list"),
        (changed(escalate=[{"after": {"days": 1}, "to": "owner"}]), r"escalate\[0\].after"),
        (changed(escalate=[{"after": {"hours": 1}, "to": ""}]), r"escalate\[0\].to"),
        (changed(escalate=[{"after": {"hours": 1}, "to": "a"}, {"after": {"minutes": 5}, "to": "b"}]), "in the order"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: dict[str, Any], said: str) -> None:
    with pytest.raises(TargetError, match=said):
        Targets.from_terms(terms)
