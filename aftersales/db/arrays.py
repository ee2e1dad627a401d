"""Many values as one parameter: the statement is the same for one and for sixty thousand."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, bindparam


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column holds one of these."""
    given: Any = bindparam(None, list(values), type_=ARRAY(column.type), unique=True)
    found: ColumnElement[bool] = column == any_(given)
    return found
