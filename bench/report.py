"""The tables, and their place in docs/performance.md: whatever stands between two marks is written anew."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aftersales import clock

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Table:
    """One family of rows. `name` is that of its region in the page."""

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: str = ""

    def lines(self) -> list[str]:
        """As Markdown, with what it was measured on."""
        rule = ["---", *("---:" for _ in self.head[1:])]
        rows = [f"| {' | '.join(row)} |" for row in (self.head, rule, *self.rows)]
        return [f"### {self.title}", "", *([self.words, ""] if self.words else []), *rows, "", f"*{measured_on()}*"]


def measured_on() -> str:
    """The day and the machine: processor, cores, memory, and how busy it is. Nothing that names it."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{clock.now():%d %B %Y}. {_processor()}, {os.cpu_count()} cores, {_memory()}{load} at the end."


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1].strip() if found else "Processor unknown"


def _memory() -> str:
    found = re.search(r"^MemTotal:\s*(\d+) kB", _read("/proc/meminfo"), re.MULTILINE)
    return f"{int(found[1]) / 2**20:.0f} GB" if found else "memory unknown"


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def write(tables: Sequence[Table], page: Path = PAGE) -> None:
    """Put each table between its marks. Raises ValueError where the page has no marks for it; nothing is written then.

    What is between the marks of tables that were not measured now stays.
    """
    text = page.read_text()
    for table in tables:
        begin, end = f"<!-- bench {table.name} -->", f"<!-- /bench {table.name} -->"
        before, opened, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not opened or not closed:
            raise ValueError(f"{page.name} has no marks for {table.name}: put {begin} and {end} where it belongs.")
        text = "\n".join([before + begin, "", *table.lines(), "", end + after])
    page.write_text(text)
