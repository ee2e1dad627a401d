"""The bytes on disk: named by their sha256, written whole and fsynced, or not there. Runs off the event loop.

A file is written before its row is committed. `pending/` holds an empty mark for each name written lately, so that a
sweep can find what was left behind by transactions that were rolled back without walking everything.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

PENDING = "pending"
INCOMING = "incoming"


def digest(data: bytes) -> str:
    """The name of these bytes."""
    return hashlib.sha256(data).hexdigest()


def path_of(root: Path, sha256: str) -> Path:
    """Where the bytes of this name are."""
    return root / sha256[:2] / sha256[2:4] / sha256


def write(root: Path, contents: Iterable[bytes]) -> None:
    """Have each of the contents on disk, durably, when this returns. Present ones are not written again."""
    for data in contents:
        name = digest(data)
        final = path_of(root, name)
        for folder in (root / PENDING, root / INCOMING, final.parent):
            _make(folder)
        (root / PENDING / name).touch()
        if not (final.exists() and final.stat().st_size == len(data)):
            _place(root / INCOMING, final, data)


def marked(root: Path, *, older_than: float, limit: int) -> list[str]:
    """Names written more than `older_than` seconds ago whose rows nobody has looked for yet."""
    before = time.time() - older_than
    found: list[str] = []
    if not (root / PENDING).is_dir():
        return found
    with os.scandir(root / PENDING) as marks:
        for mark in marks:
            if mark.stat().st_mtime < before:
                found.append(mark.name)
                if len(found) == limit:
                    break
    return found


def settle(root: Path, *, kept: Iterable[str], orphans: Iterable[str]) -> None:
    """Take the marks away; of the orphans the bytes too."""
    for name in orphans:
        path_of(root, name).unlink(missing_ok=True)
        (root / PENDING / name).unlink(missing_ok=True)
    for name in kept:
        (root / PENDING / name).unlink(missing_ok=True)


def clear_incoming(root: Path, *, older_than: float) -> None:
    """Remove what was being written when a process died."""
    before = time.time() - older_than
    if (root / INCOMING).is_dir():
        for draft in (root / INCOMING).iterdir():
            if draft.stat().st_mtime < before:
                draft.unlink(missing_ok=True)


def _place(incoming: Path, final: Path, data: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=incoming)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(final)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync(final.parent)


def _make(folder: Path) -> None:
    """Make a folder, and make sure that it is still there after a power cut."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
