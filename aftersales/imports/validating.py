"""What a schema refuses, as faults of a row."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from aftersales.imports.findings import Findings, Row

_WORDS = {
    "missing": "is needed",
    "string_too_short": "is empty",
    "string_too_long": "is longer than {max_length} characters",
    "string_pattern_mismatch": "is not in the form that is asked for",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
}


def refuse_invalid(findings: Findings, row: Row, wrong: ValidationError, columns: Mapping[str, str]) -> None:
    """A fault for each finding of the schema, at the column of its field's name unless `columns` says another."""
    for error in wrong.errors(include_url=False, include_input=False):
        name = next((str(part) for part in reversed(error["loc"]) if isinstance(part, str)), "")
        limits: dict[str, Any] = dict(error.get("ctx") or {})
        words = _WORDS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
        findings.refuse(row, columns.get(name, name), "import.value", words.format(**limits))
