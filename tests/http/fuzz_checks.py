"""A check of our own, in place of what schemathesis cannot know: which refusals say that a value itself was wrong."""

import re
from typing import Any

import schemathesis

_ETAG = re.compile(r'"v[0-9]{1,9}"')

# Of one value, which its schema describes; other codes are about how things stand: this case names no unit.
OF_VALUES = {"http.invalid", "http.unreadable", "http.if_match", "idempotency.key"}


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
    # A rule between the values of one body has no field, and no word in JSON Schema.
    between = problem["code"] == "http.invalid" and fields and not any(fields)
    if problem["code"] in OF_VALUES and not between:
        raise AssertionError(f"valid by its schema, refused as {problem['code']}: {problem.get('errors')}")
