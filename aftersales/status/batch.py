"""Changes as the columns that the posting statement takes. Pure.

The first change of each document is its *head*: its row carries the whole effect of the batch on the document.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from aftersales.errors import Conflict
from aftersales.status.changes import Change, illegal, sources
from aftersales.status.statement import COLUMNS

Row = dict[str, object]


@dataclass(slots=True)
class _Chain:
    """What the batch does to one document, so far. `status` is None while only the database knows it."""

    head: Row
    status: str | None = None
    changes: int = 0


def columns(changes: Sequence[Change], at: datetime) -> dict[str, list[object]]:
    """One list per column, in the order of the changes.

    Raises Conflict for a chain that is illegal by itself (`status.illegal`) or creates a document that the batch has
    already touched (`status.already_exists`).
    """
    chains: dict[UUID, _Chain] = {}
    rows: list[Row] = []
    born: set[UUID] = set()
    for order, change in enumerate(changes):
        row = _row(order, change, change.at or at)
        chain = chains.get(change.document_id)
        if chain is None:
            chain = chains[change.document_id] = _Chain(row)
            row["is_head"] = True
        else:
            _follow(chain, row, change)
        _advance(chain, row, change)
        if change.new is not None and change.new.new_stream:
            born.add(change.new.stream_id)
        rows.append(row)
    for row in rows:
        row["new_stream"] = row["stream_id"] in born
    return {name: [row[name] for row in rows] for name in COLUMNS}


def _follow(chain: _Chain, row: Row, change: Change) -> None:
    """Check what the batch itself decides: the row comes after others of its document."""
    if change.new is not None or chain.head["machine"] != change.machine.name:
        raise Conflict("status.already_exists", "The batch has this document already, with another beginning or kind.")
    if chain.status is not None and chain.status not in sources(change):
        raise illegal(change, chain.status)
    row["known"] = chain.status
    if chain.head["is_new"]:
        row["is_new"], row["stream_id"] = True, chain.head["stream_id"]


def _advance(chain: _Chain, row: Row, change: Change) -> None:
    chain.changes += 1
    head = chain.head
    head["changes"] = chain.changes
    if change.edge is not None:
        state = change.machine.by_state[change.edge.to]
        chain.status = state.name
        head["final_status"], head["final_category"], head["final_at"] = state.name, str(state.category), row["at"]
    if change.assigns:
        head["assigns"], head["assignee_id"] = True, change.assignee_id


def _row(order: int, change: Change, at: datetime) -> Row:
    new = change.new
    anywhere = change.kind is not None and not change.kind.states
    return {
        "ord": order,
        "document_id": change.document_id,
        "machine": change.machine.name,
        "name": change.name,
        "kind": "status" if change.edge else "event",
        "known": None,
        # "" means in any status; "-" is no status at all.
        "sources": "" if anywhere else ",".join(sources(change)) or "-",
        "to_status": change.edge.to if change.edge else None,
        "if_version": change.if_version,
        "audience": str(change.audience),
        "data": orjson.dumps(change.data).decode(),
        "note": change.note,
        "at": at,
        "is_head": False,
        "final_status": None,
        "final_category": None,
        "final_at": None,
        "changes": 0,
        "assigns": False,
        "assignee_id": None,
        "is_new": new is not None,
        "new_stream": False,
        "stream_id": new.stream_id if new else None,
        "unit_id": new.unit_id if new else None,
        "customer_id": new.customer_id if new else None,
        "branch_id": new.branch_id if new else None,
        "number": new.number if new else None,
        "open_key": new.open_key if new else None,
    }
