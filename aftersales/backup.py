"""Backups of an installation with the embedded database: whole ones, increments, and the way back.

A backup folder holds `0001/`, `0002/`, … and `files/`. Each numbered one is a backup by PostgreSQL (`pg/`, whole or the
increment on the one before), the names of the files that existed (`files.txt`), and the secret key. Files are named by
their contents, so `files/` is shared by all. They are copied after the database: a file is on disk before its row is
committed, so no row of the backup points to a file that is not in it. Nobody is stopped meanwhile.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from aftersales.config import Settings
from aftersales.db.account import server_account
from aftersales.db.bootstrap import DATABASE
from aftersales.db.embedded import SUPERUSER, EmbeddedServer, installation
from aftersales.files import disk

KEY = "secret.key"
NAMES = "files.txt"
DRAFT = "unfinished"


class BackupError(RuntimeError):
    """The backup could not be made, is not whole, or cannot be restored here; the message says why."""


def backup(settings: Settings, folder: Path, *, whole: bool = False) -> Path:
    """Make the next backup in the folder: the first, or with `whole`, a whole one; else what changed since the last.

    The server may go on working. What is returned has been verified. Raises BackupError and leaves no half backup.
    """
    _own_database(settings)
    before = _made(folder)
    draft = folder / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    server = EmbeddedServer(settings.data_dir)
    server.start()
    try:
        command = [f"--pgdata={draft / 'pg'}", f"--dbname={server.dsn('postgres')}", "--checkpoint=fast"]
        if before and not whole:
            command.append(f"--incremental={before[-1] / 'pg' / 'backup_manifest'}")
        _run("pg_basebackup", *command)
    finally:
        server.close()
    names = [name for name in sorted(_present(settings.files_dir)) if _kept(settings.files_dir, folder / "files", name)]
    (draft / NAMES).write_text("".join(f"{name}\n" for name in names))
    if (settings.data_dir / KEY).exists():
        _copy(settings.data_dir / KEY, draft / KEY)
    _verify_one(draft)
    done = folder / f"{int(before[-1].name) + 1 if before else 1:04d}"
    # The name comes last: what is numbered is whole.
    os.sync()
    return draft.rename(done)


def verify(folder: Path) -> int:
    """Read everything that a restore would read and compare it with its checksums; how many backups there are.

    Raises BackupError for the first thing that is missing or not what it was.
    """
    found = _made(folder)
    if not found:
        raise BackupError(f"there is no backup in {folder}")
    for one in found:
        _verify_one(one)
    _verify_files(folder / "files", found[-1])
    return len(found)


def restore(settings: Settings, folder: Path) -> None:
    """Bring the newest backup of the folder into an installation that has no database yet, and check it there.

    The database starts, every index is compared with its table, and every file that a row names is there. Raises
    BackupError; what was restored is then taken away again.
    """
    _own_database(settings)
    server = EmbeddedServer(settings.data_dir)
    if server.data.exists():
        raise BackupError(f"{server.data} exists already: restore into an empty AFTERSALES_DATA_DIR")
    verify(folder)
    newest = _made(folder)[-1]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        _run("pg_combinebackup", f"--output={server.data}", *(str(one / "pg") for one in _chain(folder)))
        _run("pg_verifybackup", str(server.data))
        _hand_over(server)
        for name in (newest / NAMES).read_text().split():
            _kept(folder / "files", settings.files_dir, name)
        if (newest / KEY).exists():
            _copy(newest / KEY, settings.data_dir / KEY)
        check(settings)
    except BaseException:
        shutil.rmtree(server.data, ignore_errors=True)
        raise


def check(settings: Settings) -> None:
    """Look at the database's own structure (`pg_amcheck`, every index against its table) and at the files it names."""
    server = EmbeddedServer(settings.data_dir)
    server.start()
    try:
        at = (f"--host={server.socket_dir}", f"--username={SUPERUSER}")
        _run("pg_amcheck", *at, "--install-missing", "--heapallindexed", "--parent-check", DATABASE)
        named = "SELECT sha256 FROM file UNION SELECT thumbnail_sha256 FROM file WHERE thumbnail_sha256 IS NOT NULL"
        rows = _run("psql", "--no-psqlrc", "--tuples-only", "--no-align", f"--command={named}", *at, DATABASE)
    finally:
        server.close()
    for name in rows.split():
        if not disk.path_of(settings.files_dir, name).is_file():
            raise BackupError(f"the file {name} is named in the database and is not on disk")


def _own_database(settings: Settings) -> None:
    if settings.database_url is not None:
        raise BackupError("this is for the embedded database; back up a server of your own with its own tools")


def _made(folder: Path) -> list[Path]:
    return sorted(one for one in folder.glob("[0-9]*") if one.is_dir())


def _chain(folder: Path) -> list[Path]:
    """The last whole backup and the increments on it."""
    found = _made(folder)
    labels = [(one / "pg" / "backup_label").read_text() for one in found]
    whole = [place for place, label in enumerate(labels) if "INCREMENTAL FROM" not in label]
    if not whole:
        raise BackupError(f"{folder} has no whole backup")
    return found[whole[-1] :]


def _verify_one(one: Path) -> None:
    _run("pg_verifybackup", str(one / "pg"))


def _verify_files(root: Path, newest: Path) -> None:
    for name in (newest / NAMES).read_text().split():
        kept = disk.path_of(root, name)
        if not kept.is_file():
            raise BackupError(f"the file {name} is missing in {root}")
        if disk.digest(kept.read_bytes()) != name:
            raise BackupError(f"the file {name} in {root} is damaged")


def _present(root: Path) -> Iterator[str]:
    return (path.name for path in root.glob("??/??/*") if len(path.name) == 64)


def _kept(source: Path, target: Path, name: str) -> bool:
    """Whether the file is in the target now. One that was erased meanwhile is not."""
    given, final = disk.path_of(source, name), disk.path_of(target, name)
    try:
        if not final.exists() or final.stat().st_size != given.stat().st_size:
            _copy(given, final)
    except FileNotFoundError:
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.new")
    shutil.copy2(source, draft)
    draft.replace(target)


def _hand_over(server: EmbeddedServer) -> None:
    account = server_account(installation(), server.root)
    if account.change:
        for path in (server.data, *server.data.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    server.data.chmod(0o700)


def _run(program: str, *arguments: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    command = [str(installation() / "bin" / program), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", env={**env, "LC_ALL": "C"})
    if done.returncode != 0:
        raise BackupError(f"{program}: {done.stdout}{done.stderr}".strip()[:2000])
    return done.stdout
