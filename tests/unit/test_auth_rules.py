"""Roles into scopes, and what a password must be."""

from collections.abc import Sequence
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from aftersales.auth.permissions import STAFF
from aftersales.auth.rules import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    Held,
    customer_scope,
    may_grant,
    password_problem,
    staff_scope,
)
from aftersales.module import Role
from aftersales.scope import ActorKind

ME, KKP, SEC = UUID(int=1), UUID(int=10), UUID(int=11)
ROLES = {
    "coordinator": Role("coordinator", "", frozenset({"case.open", "visit.book"})),
    "technician": Role("technician", "", frozenset({"visit.accept"}), assigned_only=True),
    "bench": Role("bench", "", frozenset({"visit.accept", "repair.confirm"}), assigned_only=True),
    "manager": Role("manager", "", frozenset({"case.open", "case.close"})),
}
BRANCHES = st.sampled_from([None, KKP, SEC])
GRANTS = st.lists(st.builds(Held, st.sampled_from([*ROLES, "gardener"]), BRANCHES), max_size=6)


def test_a_role_in_one_branch_holds_there_alone() -> None:
    scope = staff_scope(ME, [Held("coordinator", KKP)], ROLES)
    assert scope.can("case.open", KKP)
    assert not scope.can("case.open", SEC)
    assert not scope.can("case.close")
    assert scope.branches("visit.book") == frozenset({KKP})
    assert (scope.actor.kind, scope.actor.id) == (ActorKind.STAFF, ME)


def test_a_role_in_all_branches_widens_one_in_a_single_branch() -> None:
    for held in ([Held("coordinator", KKP), Held("manager", None)], [Held("manager", None), Held("coordinator", KKP)]):
        scope = staff_scope(ME, held, ROLES)
        assert scope.branches("case.open") is None
        assert scope.branches("visit.book") == frozenset({KKP})


def test_only_who_holds_nothing_wider_is_narrowed_to_their_own_work() -> None:
    assert staff_scope(ME, [Held("technician", KKP), Held("bench", KKP)], ROLES).assigned_only
    assert not staff_scope(ME, [Held("technician", KKP), Held("coordinator", SEC)], ROLES).assigned_only
    assert staff_scope(ME, [], ROLES).assigned_only
    assert staff_scope(ME, [Held("technician", KKP), Held("gardener", None)], ROLES).assigned_only


@given(GRANTS, st.sampled_from(["case.open", "visit.book", "visit.accept", "case.close"]), st.sampled_from([KKP, SEC]))
def test_a_permission_holds_exactly_where_some_role_gives_it(
    held: Sequence[Held], permission: str, branch_id: UUID
) -> None:
    expected = any(
        one.role in ROLES and permission in ROLES[one.role].permissions and one.branch_id in (None, branch_id)
        for one in held
    )
    assert staff_scope(ME, held, ROLES).can(permission, branch_id) == expected


@given(GRANTS)
def test_the_order_of_grants_says_nothing(held: list[Held]) -> None:
    assert staff_scope(ME, held, ROLES) == staff_scope(ME, held[::-1], ROLES)


def test_a_role_that_nobody_declares_is_given_by_who_may_grant_everywhere() -> None:
    lead = {**ROLES, "lead": Role("lead", "", frozenset({STAFF}))}
    everywhere, here = staff_scope(ME, [Held("lead", None)], lead), staff_scope(ME, [Held("lead", KKP)], lead)
    neither = staff_scope(ME, [Held("manager", None)], lead)
    for branch_id in (None, KKP, SEC):
        assert may_grant(everywhere, None, branch_id)
        assert not may_grant(here, None, branch_id)
        assert not may_grant(neither, None, branch_id)


def test_a_customer_has_one_stream_and_no_permission() -> None:
    scope = customer_scope(ME, KKP, read_only=True)
    assert (scope.actor.kind, scope.person_id, scope.stream_id, scope.read_only) == (ActorKind.CUSTOMER, ME, KKP, True)
    assert not scope.grants


def test_what_a_password_must_be() -> None:
    assert password_problem("neem tree by the well", "ravi") is None
    assert password_problem("x1y2z3456"[: MIN_PASSWORD - 1], "ravi") is not None
    assert password_problem("abcd" * (MAX_PASSWORD // 4) + "e", "ravi") is not None
    assert password_problem("Ravi is my name", "ravi") is not None
    assert password_problem("121212121212", "ravi") is not None
