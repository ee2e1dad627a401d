"""One customer whole, as a zip file: what is known as JSON, the files beside it, and a word on how to read it."""

import asyncio
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson

from aftersales.files import disk
from aftersales.privacy import service
from aftersales.subject import number_of
from aftersales.work import Work

README = """Everything stored about customer {number}, as of {at} (UTC).

customer.json   what is known, as text: open it in a browser or a text editor. The parts:
                identity (names, phones, addresses), units, matters (cases, who had which part, the history and its
                notes), messages (what was written to you, and when), visits, books (estimates, invoices, payments),
                warranty and returns (what was decided, by which rule, from which facts), access (when links and codes
                were made), files (what is in the folder beside it), search (what finds you).
files/          photos and documents, each under the id that customer.json gives it.

Amounts that end in _minor are in the smallest unit of their currency (paise). Times are in UTC.
"""


async def write(work: Work, customer_id: Any, out: IO[bytes]) -> None:
    """Write the zip. Raises Forbidden, NotFound. A file whose bytes are not where they should be is left out."""
    found = await service.told(work, customer_id)
    readme = README.format(number=number_of(customer_id), at=work.now.isoformat(sep=" ", timespec="minutes"))
    await asyncio.to_thread(_pack, out, found, readme, work.settings.files_dir)


def _pack(out: IO[bytes], found: Mapping[str, Any], readme: str, root: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", readme)
        packed.writestr("customer.json", orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str))
        for row in found.get("files", ()):
            if (path := disk.path_of(root, row["sha256"])).is_file():
                suffix = PurePosixPath(row["filename"]).suffix
                # Photos and PDFs are packed already.
                packed.write(path, f"files/{row['kind']}-{row['id']}{suffix}", zipfile.ZIP_STORED)
