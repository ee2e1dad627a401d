"""The full tables of visits and repair orders: from each status, exactly these verbs."""

import pytest

from aftersales.registry import Registry, load_registry
from aftersales.status.machine import Audience, By, Category, Machine
from field_service.module import MODULE
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.rules import REACTIONS, reaction
from field_service.visits.machine import VISIT

VISIT_TABLE: dict[str | None, str] = {
    None: "request",
    "requested": "schedule cancel",
    "scheduled": "confirm miss cancel",
    "confirmed": "dispatch miss cancel",
    "dispatched": "recall miss cancel accept decline",
    "accepted": "recall miss cancel depart cannot_complete",
    "declined": "schedule dispatch miss cancel",
    "en_route": "miss arrive cannot_complete no_show",
    "arrived": "begin check deliver cannot_complete no_show",
    "in_progress": "complete cannot_complete",
    "checked": "collect cannot_complete",
    "collected": "complete",
    "delivered": "complete",
    "completed": "conclude",
    "cannot_complete": "rebook cancel",
    "customer_no_show": "rebook cancel",
    "missed": "rebook cancel depart",
    "rebooked": "",
    "cancelled": "",
    "closed": "",
}
REPAIR_ORDER_TABLE: dict[str | None, str] = {
    None: "open",
    "intake": "triage report_damage cancel",
    "triage": "diagnose report_damage cancel",
    "diagnosing": "estimate skip_estimate send_to_vendor find_no_trouble write_off give_up",
    "estimating": "await_approval approve decline write_off",
    "awaiting_approval": "estimate approve decline return_as_is",
    "approved": "await_parts start send_to_vendor",
    "declined": "estimate offer_options return_as_is",
    "options_offered": "return_as_is replace",
    "awaiting_parts": "start",
    "in_repair": "estimate await_parts check send_to_vendor write_off give_up",
    "quality_check": "rework pass",
    "ready": "mark_unclaimed hand_over",
    "handed_over": "close",
    "closed": "",
    "at_vendor": "report_damage take_back",
    "transit_damage": "triage",
    "beyond_economical_repair": "offer_options",
    "unrepairable": "offer_options",
    "no_trouble_found": "return_as_is",
    "unclaimed": "hand_over dispose",
    "replaced": "",
    "disposed": "",
    "cancelled": "",
}

TABLES = [(VISIT, status, verbs) for status, verbs in VISIT_TABLE.items()] + [
    (REPAIR_ORDER, status, verbs) for status, verbs in REPAIR_ORDER_TABLE.items()
]


@pytest.mark.parametrize(("machine", "status", "verbs"), TABLES, ids=lambda value: str(value)[:40])
def test_from_each_status_exactly_these_verbs(machine: Machine, status: str | None, verbs: str) -> None:
    assert {edge.verb for edge in machine.legal(status)} == set(verbs.split())


@pytest.mark.parametrize("machine", [VISIT, REPAIR_ORDER], ids=lambda m: m.name)
def test_nothing_is_left_out_of_the_tables(machine: Machine) -> None:
    table = VISIT_TABLE if machine is VISIT else REPAIR_ORDER_TABLE
    assert set(table) == {None, *machine.by_state}


@pytest.mark.parametrize("machine", [VISIT, REPAIR_ORDER], ids=lambda m: m.name)
def test_what_customers_may_read_has_words_for_them(machine: Machine) -> None:
    for edge in machine.edges:
        if edge.audience is Audience.CUSTOMER:
            assert machine.by_state[edge.to].customer_label, edge.verb


@pytest.mark.parametrize("machine", [VISIT, REPAIR_ORDER], ids=lambda m: m.name)
def test_trouble_always_says_why_to_somebody(machine: Machine) -> None:
    told = {"cannot_complete": "its reason is a code", "no_show": "says it all", "decline": "the estimate knows"}
    for edge in machine.edges:
        if machine.by_state[edge.to].category is Category.TROUBLE and By.STAFF in edge.by:
            assert edge.reason or edge.verb in told, edge.verb


@pytest.mark.parametrize("status", list(REPAIR_ORDER.by_state))
@pytest.mark.parametrize("estimate", [*REACTIONS, "expired", None])
def test_reactions_to_estimates_are_always_legal(status: str, estimate: str | None) -> None:
    verb = reaction(estimate, status)
    assert verb is None or status in REPAIR_ORDER.by_verb[verb].sources


def test_the_manifest_names_only_what_is_there() -> None:
    assert Registry([*load_registry([]).modules, MODULE]).check() == []
