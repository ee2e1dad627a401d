"""What schemathesis cannot know: which refusals say that a value itself was wrong, and how far our days go."""

import re
from datetime import date
from typing import Any

import schemathesis
from hypothesis import strategies

_ETAG = re.compile(r'"v[0-9]{1,9}"')

# Of one value, which its schema describes; other codes are about how things stand: this case names no unit.
OF_VALUES = {"http.invalid", "http.unreadable", "http.if_match", "idempotency.key"}

# `formatMinimum` and `formatMaximum` of the description, which it does not read.
schemathesis.openapi.format("date", strategies.dates(date(1950, 1, 1), date(2200, 1, 1)).map(str))


@schemathesis.check
def valid_values_are_accepted(_ctx: Any, response: Any, case: Any) -> None:
    """What the description calls right is never refused as a wrong value."""
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    # Its coverage phase counts `If-Match: 0` among the valid, which the described pattern is not.
    if problem["code"] == "http.if_match" and not _ETAG.fullmatch(str((case.headers or {}).get("If-Match", ""))):
        return
    fields = [one["field"] for one in problem.get("errors", [])]
    # A rule between the values of one object names the object, and has no word in JSON Schema.
    between = problem["code"] == "http.invalid" and fields and all(_is_object(case.body, one) for one in fields)
    if problem["code"] in OF_VALUES and not between:
        raise AssertionError(f"valid by its schema, refused as {problem['code']}: {problem.get('errors')}")


def _is_object(body: Any, field: str) -> bool:
    """Whether a finding's field leads to an object of the body rather than to a value."""
    for part in filter(None, field.split(".")):
        if isinstance(body, list) and part.isdigit() and int(part) < len(body):
            body = body[int(part)]
        elif isinstance(body, dict) and part in body:
            body = body[part]
        else:
            return False
    return isinstance(body, dict)
