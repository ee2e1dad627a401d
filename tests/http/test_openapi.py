"""The description of the API says what the API does."""

import httpx
import pytest
from fastapi import FastAPI

from aftersales.app import create_app
from aftersales.config import load_settings
from aftersales.registry import load_registry
from aftersales.status.machine import By

REFUSALS = {"401", "403", "404", "409", "412", "413", "422"}
HEADERS = {"If-Match", "Idempotency-Key"}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Without a database: nobody asks it."""
    nowhere = "postgresql+asyncpg://nowhere/none"
    return create_app(load_settings(database_url=nowhere, secret_key="k" * 43))


async def test_every_operation_is_described_whole(app: FastAPI) -> None:
    document = app.openapi()
    operations = [(p, m, o) for p, methods in document["paths"].items() for m, o in methods.items()]
    ids = [o["operationId"] for _, _, o in operations]
    assert len(ids) == len(set(ids)) > 100
    for path, method, operation in operations:
        where = f"{method} {path}"
        assert path.startswith("/api/v1/"), where
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["responses"].keys() >= REFUSALS, where
        for status in REFUSALS:
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], where
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/ProblemOut"), where
        if method != "get" and path != "/api/v1/session":
            assert {p["name"] for p in operation.get("parameters", [])} >= HEADERS, where
    problem = document["components"]["schemas"]["ProblemOut"]
    assert set(problem["required"]) == {"status", "code", "title", "detail", "request_id"}


async def test_every_verb_of_every_machine_has_its_own_route(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    registry = load_registry()
    for action in registry.actions.values():
        if action.by is By.STAFF:
            operation = paths[f"/api/v1/{action.machine}s/{{document_id}}/{action.verb}"]["post"]
            assert operation["operationId"] == f"{action.machine}_{action.verb}"
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert schema["$ref"].endswith(action.schema.__name__), action
    assert not [path for path in paths if path.endswith("/status")], "no route sets a status by its name"


async def test_it_is_served(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8069") as client:
        answer = await client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json()["openapi"][:2]) == (200, "3.")
    assert answer.json()["info"]["title"] == "Aftersales"


async def test_an_address_says_all_that_it_allows(app: FastAPI) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8069") as client:
        answer = await client.delete("/api/v1/brands")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
