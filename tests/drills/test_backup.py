"""The check of the drill `backup` notices each kind of loss; and a backup of a small installation comes back."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from aftersales.backup import BackupError, backup, restore, verify
from aftersales.config import Settings
from tests.drills.drill_backup import Kept, doctored, problems


def test_the_check_can_fail() -> None:
    stream = uuid4()
    before = Kept({(stream, 1): "a", (stream, 2): "b"}, {stream: 2}, {"f": "f"})
    after = Kept({**before.entries, (stream, 3): "c"}, {stream: 3}, {"f": "f", "g": "g"})
    assert problems(before, before, after) == problems(before, after, after) == []
    for name, wrong in doctored(before):
        assert any(name in said for said in problems(before, wrong, after)), name


async def test_nothing_is_restored_from_nothing_or_over_something(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="there is no backup"):
        verify(tmp_path)
    (settings.data_dir / "pg").mkdir(parents=True)
    with pytest.raises(BackupError, match="exists already"):
        await asyncio.to_thread(restore, settings, tmp_path)
    elsewhere = settings.model_copy(update={"database_url": "postgresql+asyncpg://elsewhere/db"})
    with pytest.raises(BackupError, match="embedded"):
        backup(elsewhere, tmp_path)
