"""When a failed delivery is tried again, and what is kept of the error."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.errors import NotFound
from aftersales.module import Job, Subscriber
from aftersales.outbox.deliver import BUNDLE, _where
from aftersales.outbox.leased import running_time
from aftersales.outbox.listener import pause
from aftersales.outbox.module import MODULE
from aftersales.outbox.retry import HANDLER, LostLease, Policy, Retry, describe, job_policy, next_attempt
from aftersales.outbox.worker import Lane
from aftersales.registry import Registry, RegistryError
from tests.factories.deliveries import Seen, registry

POLICIES = st.builds(
    Policy,
    st.timedeltas(timedelta(milliseconds=1), timedelta(minutes=1)),
    st.timedeltas(timedelta(minutes=1), timedelta(days=1)),
    st.integers(1, 1000),
)
CHANCE = st.floats(0, 1, exclude_max=True)


@given(POLICIES, st.integers(1, 2000), CHANCE)
def test_waits_grow_up_to_the_cap_and_end(policy: Policy, attempts: int, chance: float) -> None:
    wait = next_attempt(policy, attempts, ValueError(), chance)
    if attempts >= policy.max_attempts:
        assert wait is None
        return
    assert wait is not None
    assert timedelta(0) <= wait <= policy.cap
    assert wait <= policy.base * 2 ** min(attempts - 1, 40)
    longer = next_attempt(policy, attempts, ValueError(), (1 + chance) / 2)
    assert longer is not None
    assert longer >= wait


def test_the_first_waits() -> None:
    policy = Policy(timedelta(seconds=1), timedelta(seconds=5), 9)
    assert [next_attempt(policy, n, ValueError(), 0.5) for n in range(1, 6)] == [
        timedelta(seconds=s) for s in (0.5, 1, 2, 2.5, 2.5)
    ]


def test_whoever_knows_when_is_believed() -> None:
    assert next_attempt(HANDLER, 1, Retry(timedelta(hours=8)), 0.1) == timedelta(hours=8)
    assert next_attempt(HANDLER, 1, Retry(timedelta(hours=-8)), 0.1) == timedelta(0)
    assert next_attempt(job_policy(3), 3, Retry(timedelta(hours=8)), 0.1) is None


def test_an_error_is_kept_as_class_and_code_never_in_its_words() -> None:
    class Smtp(Exception):
        code = 550

    class Database(Exception):
        orig = type("Orig", (Exception,), {"sqlstate": "40P01"})()
        code = "dbapi"

    class Chatty(Exception):
        code = "Sita Devi +91 98480 12345"

    assert describe(ValueError("Sita Devi")) == "ValueError"
    assert describe(NotFound("probe.gone", "Sita Devi")) == "NotFound:probe.gone"
    assert describe(Smtp()) == "Smtp:550"
    assert describe(Database()) == "Database:40P01"
    assert describe(Chatty()) == "Chatty"
    assert describe(LostLease()) == "LostLease:outbox.lost_lease"


def test_the_place_of_an_error_is_in_our_code_if_there_is_any() -> None:
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("Sita Devi")
    assert _where(caught.value).startswith("test_the_place_of_an_error")


def test_work_ends_before_its_lease() -> None:
    assert 0 < running_time(timedelta(minutes=1)) < 60


def test_pauses_grow_to_five_seconds() -> None:
    assert 0.05 <= pause(0) <= 0.1
    assert 2.5 <= pause(50) <= 5


def test_a_lane_shares_its_places() -> None:
    lane = Lane(["a", "b"], 4, 2, timedelta(minutes=1))
    wanted = lane.wanted()
    assert sorted((r.name, r.free) for r in wanted.rooms) == [("a", 2), ("b", 2)]
    assert (lane.free, wanted.total, wanted.lease) == (4, 4, timedelta(minutes=1))


def test_what_shares_a_transaction_shares_a_place() -> None:
    wanted = Lane(["a"], 4, 4, timedelta(minutes=1), shared=["b"]).wanted()
    assert sorted((r.name, r.free) for r in wanted.rooms) == [("a", 4), ("b", 4 * BUNDLE)]
    assert wanted.total == 4 * BUNDLE


@given(
    st.sampled_from([None, "job", "ticket"]),
    st.frozensets(st.sampled_from(["started", "finished"])),
    st.frozensets(st.sampled_from(["noted", "weighed"])),
    st.frozensets(st.sampled_from(["live", "demo", "import"]), min_size=1),
)
def test_a_subscriber_wants_what_it_names(
    machine: str | None, to: frozenset[str], events: frozenset[str], origins: frozenset[str]
) -> None:
    one = Subscriber("x", Seen(), machine=machine, to=to, events=events, origins=origins)
    assert not one.wants("job", "event", "noted", None, "elsewhere")
    if machine == "ticket":
        assert not one.wants("job", "event", "noted", None, next(iter(origins)))
    else:
        expected = "noted" in events or not (to or events)
        assert one.wants("job", "event", "noted", None, next(iter(origins))) == expected
        expected = "started" in to or not (to or events)
        assert one.wants("job", "status", "start", "started", next(iter(origins))) == expected


def test_a_subscriber_hears_of_no_machine_that_it_stays_apart_from() -> None:
    one = Subscriber("x", Seen(), apart_from=frozenset({"job"}))
    assert not one.wants("job", "event", "noted", None, "live")
    assert one.wants("ticket", "event", "noted", None, "live")


def test_the_manager_looks_after_dead_letters() -> None:
    known = Registry([MODULE])
    assert known.roles["manager"].permissions == {"outbox.view", "outbox.retry"} == set(known.permissions)
    assert known.check() == []


def test_no_two_receivers_share_a_name() -> None:
    with pytest.raises(RegistryError, match="receiver same is declared twice"):
        registry(Seen("same").subscriber(), jobs=[Job("same", Seen("x"))])  # type: ignore[arg-type]
