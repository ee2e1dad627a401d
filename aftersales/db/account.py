"""The system account that the embedded PostgreSQL runs as: the caller's own, or, for root, one without rights.

PostgreSQL refuses to run as root, and containers and small servers often give nothing else.
"""

import logging
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

NAME = "aftersales-db"
PRIVATE = 0o700

log = logging.getLogger(__name__)


class AccountError(RuntimeError):
    """No account could be had for the server; the message says what to do."""


class ProcessArguments(TypedDict, total=False):
    """What `subprocess` needs to change the account."""

    user: int
    group: int
    extra_groups: list[int]
    env: dict[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as. `change` is False when that is already who we are."""

    uid: int
    gid: int
    change: bool

    def arguments(self) -> ProcessArguments:
        """Arguments for `subprocess`: the account, and an environment without PG* variables or a locale to trip on."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        arguments = ProcessArguments(env={**env, "LC_ALL": "C"})
        if self.change:
            arguments["user"], arguments["group"], arguments["extra_groups"] = self.uid, self.gid, []
        return arguments

    def own_folder(self, path: Path, *, fresh: bool = False) -> Path:
        """Make sure that the folder exists, belongs to this account and is closed to others. Returns it."""
        if fresh and path.exists():
            shutil.rmtree(path)
        path.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.stat().st_uid not in {self.uid, os.getuid()}:
            raise AccountError(f"{path} belongs to somebody else")
        if self.change:
            os.chown(path, self.uid, self.gid)
        path.chmod(PRIVATE)
        return path


def server_account(installation: Path, root: Path) -> Account:
    """The account for the server, able to run what is installed and to reach its folder below `root`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), change=False)
    entry = _entry() or _created()
    _open_way(root.resolve())
    _open_way(installation.resolve())
    _make_readable(installation)
    return Account(entry.pw_uid, entry.pw_gid, change=True)


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _created() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        # Another process may have been quicker.
        if (entry := _entry()) is not None:
            return entry
        raise AccountError(
            f"PostgreSQL does not run as root, and the account {NAME} could not be made ({error}): "
            "start as an ordinary user, or set AFTERSALES_DATABASE_URL"
        ) from error
    return pwd.getpwnam(NAME)


def _open_way(path: Path) -> None:
    """Let other accounts pass through (not list) the path and the folders above it. Only root does this."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if folder.is_dir() and not mode & stat.S_IXOTH:
            if folder != path:
                log.warning("letting the database's account pass through %s", folder)
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _make_readable(installation: Path) -> None:
    """Undo a strict umask at installation: the programs are public, and the other account must read them."""
    if installation.stat().st_mode & stat.S_IROTH and (installation / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in (installation, *installation.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
