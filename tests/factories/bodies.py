"""A body that each action would take, so that a test of something else is not refused for its values."""

import inspect
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Literal, get_args, get_origin

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from aftersales import clock
from aftersales.ids import new_id

_LINE = {
    "kind": "labour",
    "description": "Repair",
    "quantity": 1,
    "unit_price_minor": 120000,
    "tax_rate": "18",
    "tax_code": "998717",
}


def body_for(schema: type[BaseModel], **given: str) -> dict[str, Any]:
    """Values for every field that must be given; by name, since their meaning is not in their type."""
    soon = clock.now() + timedelta(days=2)
    known: dict[str, Any] = {
        "note": "It was asked for on the phone.",
        "words": "Rats have bitten through the wires to the motor.",
        "code": "123456",
        "amount_minor": 649000,
        "method": "upi",
        "reference": "432109876543",
        "reason_code": "defective",
        "labels": ["GW75-999001"],
        "window_start": soon.isoformat(),
        "window_end": (soon + timedelta(hours=2)).isoformat(),
        "seal_number": "S-88213",
        "fault_code": "22-B",
        "cause_code": "RD-2",
        "clause": "4.2",
        "description": "Motor",
        "line": 1,
        "label": "SN-4471-A",
        "month": "2026-11",
        "part_code": "MO-75",
        "months": 12,
        "since": "2026-01-01",
        "lines": [_LINE],
        "name": "Warehouse",
        "url": "https://hooks.example/aftersales",
        "events": ["case.*"],
        "number": "C-7F3A-91B2",
        "serial": "GW75-555001",
        "by": (soon + timedelta(days=30)).isoformat(),
        "phone": "+919849012312",
        "grants": [],
        **given,
    }
    body: dict[str, Any] = {}
    for name, info in schema.model_fields.items():
        if not info.is_required() and name != "reference":
            continue
        if name in known:
            body[name] = known[name]
        elif get_origin(info.annotation) is Literal:
            body[name] = get_args(info.annotation)[-1]
        elif name.endswith("_id"):
            body[name] = str(new_id())
        else:
            raise AssertionError(f"say here what {schema.__name__}.{name} may be")
    return body


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers."""
    for context in iter_route_contexts(app.routes):
        for method in sorted(context.methods or ()):
            if context.path is not None and method not in ("HEAD", "OPTIONS"):
                yield method, context.path


def queries(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    """Every path that can be got, and the names that its address may ask with."""
    described = app.openapi()["paths"]
    for context in iter_route_contexts(app.routes):
        if context.path is not None and "GET" in (context.methods or ()):
            names = {p["name"] for p in described.get(context.path, {}).get("get", {}).get("parameters", [])}
            endpoint = getattr(context, "endpoint", None)
            yield context.path, names | set(inspect.signature(endpoint).parameters if endpoint else ())
