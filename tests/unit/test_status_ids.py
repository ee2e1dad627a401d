"""Keys sort by when they were made."""

import time
from uuid import RFC_4122

from aftersales.ids import new_id


def test_keys_are_of_version_7_and_sort_as_made() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(500)]
    assert {(key.version, key.variant) for key in made} == {(7, RFC_4122)}
    assert before <= made[0].int >> 80 <= time.time_ns() // 1_000_000
    assert len(set(made)) == 500
    # Two within the same quarter of a microsecond may stand either way; so fast is hardly any machine.
    assert [key.int >> 64 for key in made] == sorted(key.int >> 64 for key in made)
