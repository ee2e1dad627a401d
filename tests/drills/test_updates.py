"""The check of the drill of updates, with doctored data: it must be able to fail."""

from uuid import UUID

from tests.drills.troubled import EMAIL, SMS, WHATSAPP, Taken
from tests.drills.updates_ledger import Books, Expected, Told, Turn, doctored, key_of, problems, repeats_by_killed

CASE, OTHER, PADMA, RAVI = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
FIRST, SECOND, THIRD, REFUSED = UUID(int=11), UUID(int=12), UUID(int=13), UUID(int=14)


def small_books() -> Books:
    """Three letters to Padma: by WhatsApp, by SMS after WhatsApp knew no such number, and by mail, which came once more
    because of a killed worker. Ravi's mailbox does not exist."""
    told = [
        Told(FIRST, CASE, 1, PADMA, "case.received", WHATSAPP, "read", None, None, 0, 0),
        Told(SECOND, CASE, 2, PADMA, "case.cancel_pending", SMS, "delivered", None, None, 1, 0),
        Told(THIRD, CASE, 4, PADMA, "case.cancel_pending", EMAIL, "sent", None, None, 0, 1),
        Told(REFUSED, OTHER, 1, RAVI, "case.received", EMAIL, "failed", "rejected", "550 nobody", 0, 0),
    ]
    return Books(
        expected=[Expected(one.stream_id, one.version, one.person_id, one.text) for one in told],
        told=told,
        turns=[Turn(SECOND, 0, WHATSAPP, "failed", "bad_address", "131026")],
        taken=[
            Taken(WHATSAPP, key_of(FIRST, 0), "919800000001", "worker-1#1"),
            Taken(SMS, key_of(SECOND, 1), "9800000001", "worker-2#1"),
            Taken(EMAIL, key_of(THIRD, 0), "padma@example.com", "worker-1#1"),
            Taken(EMAIL, key_of(THIRD, 0), "padma@example.com", "worker-2#1"),
        ],
        unanswered={},
        said={key_of(FIRST, 0): {"delivered", "read"}, key_of(SECOND, 1): {"delivered"}},
        shown={REFUSED: ("rejected", "550 nobody")},
        killed=frozenset({"worker-1#1"}),
        left=[],
    )


def test_the_books_of_the_updates_notice_everything() -> None:
    good = small_books()
    assert problems(good) == []
    assert repeats_by_killed(good) == 1
    for name, said, wrong in doctored(good):
        assert any(said in problem for problem in problems(wrong)), name


def test_nobody_is_excused_twice_by_one_kill() -> None:
    good = small_books()
    again = Taken(EMAIL, key_of(THIRD, 0), "padma@example.com", "worker-1#1")
    many = [one._replace(repeats=9) for one in good.told]
    wrong = Books(
        good.expected,
        many,
        good.turns,
        [again, *good.taken],
        good.unanswered,
        good.said,
        good.shown,
        good.killed,
        good.left,
    )
    assert any("doubled without need" in problem for problem in problems(wrong))
