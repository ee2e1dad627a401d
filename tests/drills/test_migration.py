"""The check of the drill `migration` notices a 5xx, a long wait, and that nobody looked."""

from collections import Counter

from tests.drills.drill_migration import Watch, problems


def test_the_check_can_fail() -> None:
    well = Watch(0.9, 100)
    assert problems(well, Counter({"409": 3, "ConnectError": 2, "replayed": 1})) == []
    assert problems(well, Counter({"503": 1}))
    assert problems(Watch(2.5, 100), Counter())
    assert problems(Watch(0.0, 0), Counter())
