"""The description of the API: what is said of errors is what is sent."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

PROBLEM = "application/problem+json"


def describe(app: FastAPI) -> None:
    """Have the application describe its problems as `application/problem+json`, and the cookie that it asks for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _described(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    for path in made["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                content = answer.get("content", {})
                if PROBLEM in content:
                    answer["content"] = {PROBLEM: content["application/json"]}
    return made
