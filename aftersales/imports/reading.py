"""A CSV file as spreadsheets and other systems write it: bytes in, rows out. Pure."""

import codecs
import csv
import difflib
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from aftersales.errors import Invalid

REASON = "reason"
"""The column that a file of rejects has more than the file it came from; it is not read again."""

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_CELL = 10_000
MAX_COLUMNS = 200
_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was read. `rows` are numbered as a spreadsheet numbers them: the header is row 1.

    `sure` is False where the encoding had to be taken on trust: neither a mark nor valid UTF-8 said so. `columns` names
    for each place the column it holds, None for one that nobody asked for.
    """

    header: tuple[str, ...]
    columns: tuple[str | None, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    sure: bool
    delimiter: str

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that are not read."""
        pairs = zip(self.header, self.columns, strict=True)
        return tuple(name for name, column in pairs if column is None and name and name != REASON)


def read(data: bytes, known: Collection[str], *, required: Collection[str] = ()) -> Sheet:
    """The rows of a file whose first row names its columns, some of the `known` ones, in any order.

    Raises Invalid with a code that begins `import.` for what is no such file, and says what to do about it.
    """
    text, encoding, sure = decode(data)
    delimiter, text = _delimiter(text, known)
    records = _records(text, delimiter)
    number, first = next(((n, cells) for n, cells in records if any(c.strip() for c in cells)), (0, ()))
    if not number:
        raise Invalid("import.empty", "The file is empty. Its first row names the columns, a row for each comes after.")
    header = tuple(_folded(cell) for cell in _trimmed(first))
    columns = _columns(header, known, required, first)
    width = len(header)
    rows = tuple((place, _fitted(cells, width)) for place, cells in records if any(cell.strip() for cell in cells))
    return Sheet(tuple(first[:width]), columns, rows, encoding, sure, DELIMITERS[delimiter])


def decode(data: bytes) -> tuple[str, str, bool]:
    """The text, the name of its encoding, and whether that is certain."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data, codec, name), name, True
    if b"\x00" in data[:4096]:
        # Latin letters have their NUL behind them in little-endian, before them in big-endian.
        little = data[1:4096:2].count(0) >= data[0:4096:2].count(0)
        return _strictly(data, "utf-16-le" if little else "utf-16-be", "UTF-16"), "UTF-16", False
    try:
        return _whole(data.decode("utf-8")), "UTF-8", True
    except UnicodeDecodeError:
        return _strictly(data, "cp1252", "Windows-1252"), "Windows-1252", False


def plain(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    rest = cell[1:].lstrip(" \u00a0\ufeff\u200b")
    return cell[1:] if cell.startswith("'") and rest.startswith(_FORMULA) else cell


def _strictly(data: bytes, codec: str, name: str) -> str:
    try:
        return _whole(data.decode(codec))
    except UnicodeDecodeError as error:
        raise Invalid(
            "import.encoding",
            f"The file is neither UTF-8 nor sound {name}. Save it again as “CSV UTF-8” and send that.",
        ) from error


def _whole(text: str) -> str:
    if "\x00" in text:
        raise Invalid("import.no_text", "This is no text file. In the spreadsheet choose “Save as”, then “CSV UTF-8”.")
    return text


def _delimiter(text: str, known: Collection[str]) -> tuple[str, str]:
    """What parts the cells: what the file's own first line says (``sep=;``), else what finds the most known columns."""
    said = _SEPARATOR.match(text)
    if said is not None and said[1] in DELIMITERS:
        return said[1], text[said.end() :]

    def found(delimiter: str) -> tuple[int, int]:
        try:
            first: Sequence[str] = next((cells for _, cells in _records(text, delimiter) if any(cells)), ())
        except Invalid:
            # Quotation marks that make sense with another delimiter.
            return 0, 0
        return len({_folded(cell) for cell in first} & set(known)), len(first)

    return max(DELIMITERS, key=found), text


def _records(text: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if len(cells) > MAX_COLUMNS or any(len(cell) > MAX_CELL for cell in cells):
                raise _broken(number, f"it has more than {MAX_COLUMNS} cells, or {MAX_CELL} letters in one")
            yield number, tuple(plain(cell) for cell in cells)
    except csv.Error as error:
        raise _broken(number + 1, "a quotation mark is opened and not closed, or stands where none may") from error


def _broken(number: int, why: str) -> Invalid:
    return Invalid(
        "import.broken_row",
        f"Row {number} cannot be read: {why}. Open the file in a spreadsheet and save it as CSV again.",
        row=number,
    )


def _folded(name: str) -> str:
    """A heading as it is compared: “Model Name” is `model_name`."""
    return re.sub(r"[\s_\-]+", "_", name.strip().strip("*").strip().casefold())


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Without the empty cells at the end."""
    end = next((place for place in range(len(cells), 0, -1) if cells[place - 1].strip()), 0)
    return cells[:end]


def _fitted(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """As many cells as there are columns, and those beyond only where they say something."""
    if len(cells) > width:
        return cells if any(cell.strip() for cell in cells[width:]) else cells[:width]
    return (*cells, *("",) * (width - len(cells)))


def _columns(
    header: Sequence[str], known: Collection[str], required: Collection[str], as_written: Sequence[str]
) -> tuple[str | None, ...]:
    columns = tuple(name if name in known else None for name in header)
    named = [name for name in columns if name is not None]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise Invalid("import.column_twice", f"These columns are there twice: {', '.join(twice)}. Keep one of each.")
    free = [name for name in known if name not in named]
    for place, name in enumerate(header):
        # A slip of the pen in a heading would lose the whole column without a word.
        alike = difflib.get_close_matches(name, free, n=1, cutoff=0.75) if columns[place] is None else []
        if alike:
            raise Invalid(
                "import.column_alike",
                f"There is no column {as_written[place].strip()!r}. Is it {alike[0]!r}? Rename it, or remove it.",
            )
    if missing := [name for name in required if name not in named]:
        raise Invalid(
            "import.column_missing",
            f"The file lacks: {', '.join(missing)}. Its first row must name the columns; known are {', '.join(known)}.",
        )
    return columns
