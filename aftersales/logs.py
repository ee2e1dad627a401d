"""Log lines: for people on a terminal, JSON for machines. Never personal data, secrets or query strings.

What a line is about (the request, the delivery) is set once, with `about`, and stands in every line that follows from
it. Of an exception only its class and its places are written: its message may hold what people wrote.
"""

import logging
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, Literal, TextIO

import orjson

Form = Literal["text", "json"]

about: Final[ContextVar[Mapping[str, object]]] = ContextVar("about", default=MappingProxyType({}))
"""What this task is at work on; each request and each delivery is a task of its own."""

_PLACES = 8


def configure(level: str, form: Form | None, own: Iterable[str], stream: TextIO | None = None) -> None:
    """Write the lines of the packages `own` from this level on, those of libraries from warnings on.

    Without a form, text where the stream is a terminal, else JSON. Handlers that are there already stay alone.
    """
    if logging.root.handlers:
        return
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    text = form == "text" or (form is None and out.isatty())
    handler.setFormatter(TextLines() if text else JsonLines())
    logging.root.addHandler(handler)
    # Libraries log what they were handed (addresses, statements, bodies), the more so the lower the level.
    logging.root.setLevel(logging.WARNING)
    for package in own:
        logging.getLogger(package).setLevel(level.upper())


class JsonLines(logging.Formatter):
    """One JSON object in a line: `at` (UTC), `level`, `logger`, `message`, then what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        head = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": _message(record)}
        return orjson.dumps(head | _facts(record), default=str).decode()


class TextLines(logging.Formatter):
    """The same in a line for people: the facts follow the message as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return f"{at} {record.levelname.lower():7} {record.name}: {_message(record)}  {facts}".rstrip()


def _message(record: logging.LogRecord) -> str:
    # The event loop adds the exception's own words in the lines that follow.
    return record.getMessage().partition("\n")[0].rstrip()


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts: dict[str, object] = {**about.get(), **getattr(record, "facts", {})}
    if record.exc_info and record.exc_info[1] is not None:
        facts["error"] = type(record.exc_info[1]).__name__
        facts["places"] = places(record.exc_info[1])
    return facts


def places(error: BaseException) -> str:
    """Where an error came up: functions, files and lines, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return " < ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames))
