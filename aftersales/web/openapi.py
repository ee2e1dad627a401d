"""The description of the API: what is said of errors is what is sent, and what was made leads to what can be done."""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field

PROBLEM = "application/problem+json"
_ONE = re.compile(r"/\{(\w+)\}")
_NO_NUL = r"^[^\x00]*$"
_SAYS_ITSELF = {"pattern", "format", "enum", "const", "contentMediaType"}
_TEXT = {"type": "string"}

# Both at once are of no use: a token needs no session, and a session needs its CSRF token in X-CSRF-Token.
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "Made on the desk under “API clients”."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "aftersales",
        "description": "Given by signing in; `__Host-aftersales` over https. All but GET sends `X-CSRF-Token` too.",
    },
}
_HEADERS: dict[str, dict[str, Any]] = {
    "WWW-Authenticate": {"description": "RFC 6750: what was wrong with the token", "schema": _TEXT},
    "Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}},
    "RateLimit": {"description": "What is left: `r` requests at once, all again in `t` seconds", "schema": _TEXT},
    "RateLimit-Policy": {"description": "`q` requests in `w` seconds", "schema": _TEXT},
}
# Understood before any endpoint is reached (`http`, `auth.idempotency`), so that no endpoint can say it. Nor are they
# parameters of anything: FastAPI would look for them, and check them, in every request once more.
_OF_POSTING = tuple(
    {
        "in": "header",
        "name": name,
        "required": False,
        "description": said,
        "schema": {"type": "string", "title": name, "description": said, "pattern": pattern},
    }
    for name, said, pattern in (
        ("If-Match", 'The ETag you have read, `"v7"`', r'^"v[0-9]{1,9}"$'),
        ("Idempotency-Key", "8–100 characters; the same key is carried out once", r"^[\x21-\x7e]{8,100}$"),
    )
)
_ALWAYS = ("RateLimit", "RateLimit-Policy")
_OF_STATUS = {"401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}


class ProblemOut(BaseModel):
    """RFC 9457. `code` is stable and safe to program against; further members depend on it."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    status: int
    code: str
    title: str
    detail: str
    request_id: str
    errors: list[dict[str, Any]] = Field(default_factory=list, description="With 422: field, problem, what would help")
    legal: list[str] = Field(default_factory=list, description="With 409 `status.illegal`: the verbs that are possible")
    document_status: str | None = Field(default=None, description="With 409 and 412: where the document stands")


# Named, not given as a model: for each answer of each route that would be made anew, which takes half of the start.
_EXAMPLE: dict[str, Any] = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    code: _EXAMPLE | {"description": text}
    for code, text in {
        401: "Not signed in",
        403: "Permission, CSRF token or origin missing",
        404: "Unknown, or not yours to see",
        409: "Not possible in the present state; `legal` names what is",
        412: "Changed since you read it",
        413: "Too large",
        422: "Values or headers are wrong",
        429: "Too many attempts",
        503: "The database does not answer",
    }.items()
}


def describe(app: FastAPI) -> None:
    """Have the application describe itself: problems, headers, who may call, and links between what it offers."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def methods_at(app: FastAPI, address: str) -> list[str]:
    """The methods that the API has at an address; none elsewhere."""
    found = set()
    for path, method, _ in _operations(app.openapi()):
        if re.fullmatch(_ONE.sub("/[^/]+", path), address):
            found.add(method.upper())
    return sorted(found)


def _described(app: FastAPI) -> dict[str, Any]:
    made: dict[str, Any] = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    made["components"]["securitySchemes"] = _SECURITY
    made["components"]["headers"] = _HEADERS
    made["components"]["schemas"]["ProblemOut"] = ProblemOut.model_json_schema()
    _say_what_text_is(made)
    for path, method, operation in _operations(made):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _not_null(parameter["schema"])
        if operation.pop("x-public", None) is None:
            operation["security"] = [{name: []} for name in _SECURITY]
            if method != "get":
                operation.setdefault("parameters", []).extend(map(deepcopy, _OF_POSTING))
        for status, answer in operation["responses"].items():
            wanted = (*_OF_STATUS.get(status, ()), *_ALWAYS)
            answer.setdefault("headers", {}).update({n: {"$ref": f"#/components/headers/{n}"} for n in wanted})
        if method == "post" and "201" in operation["responses"]:
            _lead_on(made, path, operation["responses"]["201"])
    return made


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Nothing in an address or header can be null: what may be absent is left out."""
    choices: list[dict[str, Any]] = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) != 1 or "anyOf" not in schema:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | choices[0]


def _say_what_text_is(node: Any) -> None:
    """NUL is refused everywhere (`readable`), so that every text says so which says nothing narrower."""
    if isinstance(node, list):
        for one in node:
            _say_what_text_is(one)
    elif isinstance(node, dict):
        if node.get("type") == "string" and not node.keys() & _SAYS_ITSELF:
            node["pattern"] = _text(node.get("minLength", 0))
        if "patternProperties" in node:
            node.setdefault("additionalProperties", False)
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            node.setdefault("propertyNames", {"type": "string", "pattern": _NO_NUL})
        for one in node.values():
            _say_what_text_is(one)


def _text(least: int) -> str:
    """No NUL; and a least length is counted without the spaces around it."""
    if not least:
        return _NO_NUL
    middle = rf"[^\x00]{{{least - 2},}}[^\s\x00]" if least > 1 else ""
    return rf"^[^\x00]*[^\s\x00]{middle}[^\x00]*$"


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _lead_on(made: dict[str, Any], path: str, answer: dict[str, Any]) -> None:
    """Links from what was made to everything that its id, and nothing else, leads to."""
    first = f"/api/v1/{path.rpartition('/')[2]}/{{"
    links = {
        operation["operationId"]: {
            "operationId": operation["operationId"],
            "parameters": {names[0]: "$response.body#/id"},
        }
        for other, _, operation in _operations(made)
        if other.startswith(first) and len(names := _ONE.findall(other)) == 1
    }
    if links:
        answer["links"] = links
