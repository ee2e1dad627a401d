"""What providers know of our templates: kept, handed in as CSV, and taken back with what they answered."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import short_links
from aftersales.csvfile import BOM, lines
from aftersales.errors import Invalid
from aftersales.i18n import LANGUAGES, N_, OFFERED
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.scope import Scope
from aftersales.updates import matrix
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.matrix import APPROVED, REGISTERED, Cell, Registration, Terms
from aftersales.updates.models import ChannelRegistration
from aftersales.updates.permissions import REGISTER, VIEW
from aftersales.work import Work

COLUMNS = tuple(one.name for one in fields(Registration))
STATES = ("pending", APPROVED, "rejected", "paused")
_KEY = ["brand", "channel", "text", "language"]
_AT_ONCE = 1000
_LONGEST = 2000


async def held(session: AsyncSession, scope: Scope) -> dict[tuple[str, str, str, str], Registration]:
    """Every registration, by its cell. They are the company's: a scope sees all of them or, without the right, none."""
    scope.require(VIEW)
    rows = await session.execute(select(*(getattr(ChannelRegistration, name) for name in COLUMNS)))
    found = [Registration(*row) for row in rows]
    return {one.key: one for one in found}


async def brands(work: Work) -> list[str]:
    """Under which names customers know us: the brands of products, and the installation's own."""
    names = [one.name for one in await products.brands(work.session, work.scope)]
    return [*names, *([] if work.settings.brand_name in names else [work.settings.brand_name])]


def terms(work: Work) -> Terms:
    """What the settings say of links, and which channels are on."""
    settings = work.settings
    on = frozenset(ways_on(work.registry, settings).channels)
    return Terms(short_links.sample(settings), settings.sms_hosts, on)


async def cells(
    work: Work,
    *,
    languages: Sequence[str] = (),
    channels: Sequence[str] = (),
    named: Sequence[str] = (),
    text: str | None = None,
) -> list[Cell]:
    """The matrix as it stands, or the part of it in these languages, on these channels, for these brands."""
    texts = [one for one in matrix.spoken_texts(work.registry.tells) if text in (None, one.text.text)]
    return list(
        matrix.cells(
            texts,
            languages=languages or list(OFFERED),
            brands=named or await brands(work),
            terms=terms(work),
            registrations=await held(work.session, work.scope),
            channels=channels or matrix.CHANNELS,
        )
    )


async def templates(work: Work, languages: Collection[str]) -> list[Registration]:
    """What is to be handed in for every template in these languages, as if nothing were known of any."""
    texts = matrix.spoken_texts(work.registry.tells)
    return list(matrix.templates(texts, languages=languages, brands=await brands(work)))


async def keep(work: Work, rows: Iterable[Registration]) -> int:
    """Write these registrations, each in the place of what was there for its cell. Returns how many they are."""
    work.scope.require(REGISTER)
    values = [{name: getattr(one, name) for name in COLUMNS} | {"id": new_id(), "checked_at": work.now} for one in rows]
    statement = insert(ChannelRegistration)
    again = {name: statement.excluded[name] for name in (*COLUMNS, "checked_at") if name not in _KEY}
    statement = statement.on_conflict_do_update(index_elements=_KEY, set_=again)
    for first in range(0, len(values), _AT_ONCE):
        await work.session.execute(statement, values[first : first + _AT_ONCE])
    return len(values)


def proposed(cell: Cell) -> Registration:
    """What is to be handed in for a cell: what is known of it, with its words as they are now."""
    known = cell.registration or Registration(cell.brand, cell.channel, cell.text, cell.language)
    if cell.paper and not known.name:
        known = replace(known, header=matrix.DOCUMENT)
    return replace(known, wording=matrix.notation(cell.wording, cell.channel, cell.brand))


def as_csv(cells: Iterable[Cell]) -> bytes:
    """The templates as a file: one in each row, its words in the provider's notation."""
    rows = [proposed(cell) for cell in cells if cell.channel in REGISTERED and cell.wording]
    return BOM + lines([COLUMNS, *([getattr(one, name) for name in COLUMNS] for one in rows)])


def read(content: bytes, every: Iterable[Cell]) -> list[Registration]:
    """The rows of a file of these columns; without words a row is of the template as it reads now.

    Raises Invalid (`updates.registrations`), which names each bad row: then none is taken in.
    """
    known = {(c.brand, c.channel, c.text, c.language): c for c in every}
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid("updates.registrations", "This is no CSV file in UTF-8. Export one and fill it in.") from error
    missing = [name for name in _KEY if name not in (reader.fieldnames or ())]
    if missing:
        raise Invalid(
            "updates.registrations", N_("These columns are not there: {names}.").format(names=", ".join(missing))
        )
    found: dict[tuple[str, str, str, str], Registration] = {}
    errors = []
    for number, row in enumerate(rows, start=2):
        given = {name: (row.get(name) or "").strip() for name in COLUMNS}
        one = Registration(**{**given, "state": given["state"] or "pending"})
        if problem := _problem(one, known, found):
            errors.append({"field": f"row {number}", "problem": problem})
        elif not one.wording:
            one = replace(one, wording=proposed(known[one.key]).wording)
        found[one.key] = one
    if errors:
        first = f"{errors[0]['field']}: {errors[0]['problem']}"
        raise Invalid(
            "updates.registrations",
            N_("{count} rows cannot be taken in, so none was. {first}.").format(count=len(errors), first=first),
            errors=errors,
        )
    return list(found.values())


def _problem(one: Registration, known: Mapping[tuple[str, str, str, str], Cell], found: Iterable[object]) -> str | None:
    if one.channel not in REGISTERED:
        return N_("the channel is {possible}, not {channel}").format(
            possible=" or ".join(REGISTERED), channel=one.channel
        )
    if one.language not in LANGUAGES:
        return N_("{language} is no language of ours").format(language=one.language)
    if one.state not in STATES:
        return N_("the state is {possible}, not {state}").format(possible=", ".join(STATES), state=one.state)
    if one.key not in known:
        return N_("there is no such template: {text} for {brand}").format(text=one.text, brand=one.brand)
    if any(len(getattr(one, name)) > _LONGEST for name in COLUMNS):
        return N_("it is too long")
    return N_("the same template stands in the file already") if one.key in found else None
