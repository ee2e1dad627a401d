"""The example files of the documentation have every column, in the order of the declaration, with the example in it."""

import csv
import io

import pytest

from aftersales.module import Import
from aftersales.registry import load_registry
from tests.factories.files import EXAMPLES, example

KINDS = list(load_registry().imports.values())


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_the_example_is_what_is_declared(kind: Import) -> None:
    header, first, *_ = csv.reader(io.StringIO(example(kind.name).decode(), newline=""))
    assert header == [field.name for field in kind.fields]
    assert first == [field.example for field in kind.fields]


def test_there_is_an_example_of_each_and_of_nothing_else() -> None:
    assert sorted(path.stem for path in EXAMPLES.iterdir()) == sorted(kind.name for kind in KINDS)
