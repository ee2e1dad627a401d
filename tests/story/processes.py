"""Server and workers as processes of their own, which a test kills and starts again, and the mail they hand over."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from aftersales.config import Settings
from aftersales.db.embedded import EmbeddedServer
from tests.fixtures.mail import MailServer, listen

HOST = "127.0.0.1"
SERVER, WORKERS = "server", ("worker-1", "worker-2")
START_SECONDS = 90.0
STOP_SECONDS = 60.0
LAST_WORDS = 3000
Around = Callable[[str], Awaitable[Mapping[str, str]]]
"""What else a start is told about its surroundings, by its `carrier`: settings without their prefix."""


async def nothing_else(carrier: str) -> Mapping[str, str]:
    """The mail server is all there is."""
    return {}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A letter that the mail server has taken, and which process brought it."""

    message_id: str
    carrier: str


@dataclass
class Letterbox(MailServer):
    """The mail server as one process sees it. It can be held before it takes a letter (`hold`) or after (`silence`)."""

    carrier: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    silence: asyncio.Event | None = None
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the letter; say so at once, or when the silence ends."""
        answer = await super().handle_DATA(server, session, envelope)
        self.taken.set()
        if self.silence is not None:
            await self.silence.wait()
        return answer

    def write_down(self, message: EmailMessage) -> None:
        """Note whose letter it was. Is `on_data`, and has no objections."""
        self.arrivals.append(Arrival(str(message["Message-ID"]), self.carrier))

    async def inside_data(self) -> None:
        """Wait until a letter is being handed over, and hold it there, not yet taken."""
        self.reached.clear()
        self.hold = asyncio.Event()
        await self.reached.wait()

    async def after_taking(self) -> None:
        """Wait until a letter has been taken, and keep that to ourselves."""
        self.taken.clear()
        self.silence = asyncio.Event()
        await self.taken.wait()

    async def after_some(self) -> None:
        """Wait until the next letter has been taken and answered."""
        self.taken.clear()
        await self.taken.wait()

    def speak(self) -> None:
        """Hold nothing any more."""
        for gate in (self.hold, self.silence):
            if gate is not None:
                gate.set()
        self.hold = self.silence = None


@dataclass(slots=True)
class Process:
    """One of ours, running. `carrier` is its name and which start of it this is."""

    carrier: str
    child: subprocess.Popen[bytes]
    log: Path
    box: Letterbox
    listening: asyncio.Server

    def began(self) -> bool:
        """Whether it got as far as saying that it is there."""
        return any(word in self.log.read_text(errors="replace") for word in ("serving http", "worker started"))

    def last_words(self) -> str:
        """The end of what it logged."""
        return f"{self.carrier}:\n{self.log.read_text(errors='replace')[-LAST_WORDS:]}"


class Plant:
    """What runs of one installation. Every process leads a session of its own and is ended by its own id."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        lease_seconds: float,
        servers: int = 1,
        around: Around = nothing_else,
    ) -> None:
        self.settings = settings
        self._around = around
        self.lease_seconds = lease_seconds
        self.ports = {SERVER if number == 1 else f"{SERVER}-{number}": _free_port() for number in range(1, servers + 1)}
        self.arrivals: list[Arrival] = []
        self.killed: list[str] = []
        self.running: dict[str, Process] = {}
        self._folder = folder
        self._starts: dict[str, int] = {}
        self._past: list[Process] = []

    @property
    def addresses(self) -> list[str]:
        """Where the servers answer."""
        return [f"http://{HOST}:{port}" for port in self.ports.values()]

    async def start(self, name: str) -> Process:
        """Start the server or a worker, with a mail server that knows this start from all others."""
        self._starts[name] = self._starts.get(name, 0) + 1
        carrier = f"{name}#{self._starts[name]}"
        box = Letterbox(carrier=carrier, arrivals=self.arrivals)
        box.on_data = box.write_down
        listening = await listen(box)
        surroundings = await self._around(carrier)
        log = self._folder / f"{carrier}.log"
        with log.open("wb") as out:
            child = await asyncio.to_thread(
                subprocess.Popen,
                [sys.executable, "-m", "aftersales.cli", "run" if name in self.ports else "worker"],
                env={**os.environ, **self._environment(name, box, surroundings)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process = Process(carrier, child, log, box, listening)
        self.running[name] = process
        return process

    def _environment(self, name: str, box: Letterbox, surroundings: Mapping[str, str]) -> dict[str, str]:
        chosen = {
            "DATABASE_URL": str(self.settings.database_url),
            "SECRET_KEY": self.settings.signing_key.decode(),
            "DATA_DIR": str(self.settings.data_dir),
            "BASE_URL": self.settings.base_url,
            "HOST": HOST,
            "PORT": str(self.ports.get(name, 8069)),
            "SMTP_URL": box.url,
            "WORKER_LEASE_SECONDS": str(self.lease_seconds),
            # Every change its own letter, at any hour: what is killed must have been at work.
            "MERGE_SECONDS": "0",
            "QUIET_HOURS": "",
            **surroundings,
        }
        return {f"AFTERSALES_{name}": value for name, value in chosen.items()}

    async def answering(self) -> None:
        """Wait until every server takes connections."""
        for name, port in self.ports.items():
            await self._answering(self.running[name], port)

    async def _answering(self, process: Process, port: int) -> None:
        async with asyncio.timeout(START_SECONDS):
            while True:
                assert process.child.poll() is None, process.last_words()
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    return

    async def kill(self, name: str) -> None:
        """`kill -9`, and nothing else: the process has no say in it."""
        process = self.running.pop(name)
        process.child.send_signal(signal.SIGKILL)
        self.killed.append(process.carrier)
        self._past.append(process)
        assert await asyncio.to_thread(process.child.wait, STOP_SECONDS) == -signal.SIGKILL, process.last_words()

    async def end(self, name: str) -> None:
        """Ask one to end, as for a new release; it must end well, unless it has not even begun."""
        process = self.running.pop(name)
        process.child.send_signal(signal.SIGTERM)
        self._past.append(process)
        code = await asyncio.to_thread(process.child.wait, STOP_SECONDS)
        assert code == 0 or not process.began(), f"{code} {process.last_words()}"

    async def freeze(self, name: str, seconds: float) -> None:
        """Let the process stand still, as a machine does that is out of memory or is moved elsewhere."""
        child = self.running[name].child
        child.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        child.send_signal(signal.SIGCONT)

    async def revive(self) -> int:
        """Start again whatever has ended by itself, as a supervisor does; how many that were."""
        fallen = [name for name, process in self.running.items() if process.child.poll() is not None]
        for name in fallen:
            self._past.append(self.running.pop(name))
            await self.start(name)
        return len(fallen)

    async def stop(self) -> dict[str, int]:
        """Ask all to end; how each did."""
        for process in self.running.values():
            process.child.send_signal(signal.SIGTERM)
        ended = {}
        for process in self.running.values():
            ended[process.carrier] = await asyncio.to_thread(process.child.wait, STOP_SECONDS)
        return ended

    def last_words(self) -> str:
        """What those that run have logged, for a failure's message."""
        return "\n".join(process.last_words() for process in self.running.values())

    async def close(self) -> None:
        """Leave nothing, whatever went wrong."""
        for process in [*self._past, *self.running.values()]:
            if process.child.poll() is None:
                process.child.kill()
                await asyncio.to_thread(process.child.wait, STOP_SECONDS)
            process.box.speak()
            process.listening.close()


@asynccontextmanager
async def plant(
    settings: Settings,
    folder: Path,
    lease_seconds: float,
    servers: int = 1,
    workers: Sequence[str] = WORKERS,
    around: Around = nothing_else,
) -> AsyncIterator[Plant]:
    """One server or more and these workers, started; the servers answer."""
    made = Plant(settings, folder, lease_seconds, servers, around)
    try:
        for name in (*made.ports, *workers):
            await made.start(name)
        await made.answering()
        yield made
    finally:
        await made.close()


def crash(server: EmbeddedServer) -> None:
    """`kill -9` of PostgreSQL: the postmaster and every process it has, as when the machine loses its power."""
    tell(family(server), signal.SIGKILL)


def family(server: EmbeddedServer) -> list[int]:
    """The postmaster and every process it has; the postmaster comes first."""
    found = server.postmaster()
    assert found is not None
    return [found.pid, *_children(found.pid)]


def described(server: EmbeddedServer) -> list[str]:
    """What each of its processes is, and the state that the system has it in."""
    found = []
    for one in family(server):
        with suppress(OSError):
            name = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[0]
            found.append(f"{one} {state} {name[:80].strip()}")
    return found


def serving(server: EmbeddedServer) -> list[int]:
    """Those of its processes that serve a connection each."""
    found = []
    for child in family(server)[1:]:
        # It may have ended meanwhile.
        with suppress(OSError):
            if b"[local]" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def tell(processes: Sequence[int], number: signal.Signals) -> None:
    """Send each this signal; one that is gone is no trouble."""
    for process_id in processes:
        with suppress(ProcessLookupError):
            os.kill(process_id, number)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            # "pid (name) state parent …"; the name may hold anything.
            if entry.name.isdigit() and (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(parent):
                found.append(int(entry.name))
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
