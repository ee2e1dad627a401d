"""Bytes on disk."""

import os
import time
from pathlib import Path

import pytest

from aftersales.files import disk


def test_written_whole_under_their_own_name(tmp_path: Path) -> None:
    disk.write(tmp_path, [b"one", b"two"])
    name = disk.digest(b"one")
    assert disk.path_of(tmp_path, name).read_bytes() == b"one"
    assert disk.path_of(tmp_path, name).relative_to(tmp_path).parts == (name[:2], name[2:4], name)
    assert list((tmp_path / disk.INCOMING).iterdir()) == []
    assert {mark.name for mark in (tmp_path / disk.PENDING).iterdir()} == {name, disk.digest(b"two")}


def test_the_same_again_is_not_written_again_unless_it_is_damaged(tmp_path: Path) -> None:
    disk.write(tmp_path, [b"one"])
    path = disk.path_of(tmp_path, disk.digest(b"one"))
    before = path.stat().st_ino
    disk.write(tmp_path, [b"one"])
    assert path.stat().st_ino == before
    path.write_bytes(b"o")
    disk.write(tmp_path, [b"one"])
    assert path.read_bytes() == b"one"


def test_file_and_folder_are_synced_before_it_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    disk.write(tmp_path, [b"one"])
    final = disk.path_of(tmp_path, disk.digest(b"one"))
    assert synced[-2].startswith(str(tmp_path / disk.INCOMING))
    assert synced[-1] == str(final.parent)
    assert str(final.parent.parent) in synced
    assert str(tmp_path) in synced


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def full(descriptor: int) -> None:
        if disk.INCOMING in Path(f"/proc/self/fd/{descriptor}").readlink().parts:
            raise OSError(28, "no space left")
        real(descriptor)

    disk.write(tmp_path, [b"first, to make the folders"])
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        disk.write(tmp_path, [b"one"])
    assert list((tmp_path / disk.INCOMING).iterdir()) == []
    assert not disk.path_of(tmp_path, disk.digest(b"one")).exists()


def test_marks_and_drafts_of_the_past(tmp_path: Path) -> None:
    assert disk.marked(tmp_path, older_than=60, limit=10) == []
    disk.clear_incoming(tmp_path, older_than=60)
    disk.write(tmp_path, [b"old", b"new", b"older"])
    old, older = disk.digest(b"old"), disk.digest(b"older")
    draft = tmp_path / disk.INCOMING / "draft"
    fresh = tmp_path / disk.INCOMING / "fresh"
    for path in (draft, fresh):
        path.touch()
    past = time.time() - 3600
    for path in (tmp_path / disk.PENDING / old, tmp_path / disk.PENDING / older, draft):
        os.utime(path, (past, past))
    assert set(disk.marked(tmp_path, older_than=60, limit=10)) == {old, older}
    assert len(disk.marked(tmp_path, older_than=60, limit=1)) == 1
    disk.clear_incoming(tmp_path, older_than=60)
    assert not draft.exists()
    assert fresh.exists()
    disk.settle(tmp_path, kept=[old], orphans=[older])
    assert disk.path_of(tmp_path, old).exists()
    assert not disk.path_of(tmp_path, older).exists()
    assert disk.marked(tmp_path, older_than=0, limit=10) == [disk.digest(b"new")]
