"""Every column that could hold words about a customer is in a holding: what is forgotten here is never erased."""

from collections.abc import Iterable

import pytest
from sqlalchemy import ARRAY, JSON, CheckConstraint, Column, Float, LargeBinary, MetaData, Numeric, String, Table
from sqlalchemy.dialects.postgresql import JSONB

from aftersales.db.session import Base
from aftersales.db.tables import import_models
from aftersales.module import Holding
from aftersales.registry import load_registry

import_models()
WORDY = (String, JSON, JSONB, LargeBinary)


def could_hold_words(table: Table, column: Column[object]) -> bool:
    """Text, JSON, bytes and places on earth; not what a check keeps to a few values."""
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    place = column.name in ("latitude", "longitude") and isinstance(kind, Float | Numeric)
    if not place and not isinstance(kind, WORDY):
        return False
    checks = [str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint)]
    return not any(check.startswith(f"{column.name} IN (") for check in checks)


def forgotten(tables: Iterable[Table], holdings: Iterable[Holding]) -> set[str]:
    """The columns that no holding declares."""
    declared = {name for one in holdings for name in (*one.personal, *one.kept, *one.plain)}
    every = {f"{table.name}.{column.name}" for table in tables for column in table.c if could_hold_words(table, column)}
    return every - declared


def test_no_column_is_forgotten() -> None:
    assert forgotten(Base.metadata.tables.values(), load_registry().holdings.values()) == set()


def test_a_new_column_is_missed() -> None:
    future = Table("loaner", MetaData(), Column("borrower", String), Column("photo", LargeBinary))
    assert forgotten([future], load_registry().holdings.values()) == {"loaner.borrower", "loaner.photo"}


@pytest.mark.parametrize("name", sorted(load_registry().holdings))
def test_each_holding_is_missed(name: str) -> None:
    holdings = dict(load_registry().holdings)
    gone = holdings.pop(name)
    mine = {*gone.personal, *gone.kept, *gone.plain}
    assert forgotten(Base.metadata.tables.values(), holdings.values()) == {
        one for one in mine if could_hold_words(*_column(one))
    }
    assert mine


def test_what_is_declared_is_there_once_and_can_be_let_go() -> None:
    seen: set[str] = set()
    for one in load_registry().holdings.values():
        for name in (*one.personal, *one.kept, *one.plain):
            assert name not in seen, name
            seen.add(name)
            _column(name)
        assert not one.personal or one.erase is not None, one.name


def _column(name: str) -> tuple[Table, Column[object]]:
    table, _, column = name.partition(".")
    found = Base.metadata.tables[table]
    return found, found.c[column]
