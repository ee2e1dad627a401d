"""Stuck deliveries as a file."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select

from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.outbox.models import Delivery
from aftersales.outbox.permissions import VIEW
from aftersales.work import Work


class DeliveryFilters(BaseModel):
    """The list has none."""


async def _dead(_work: Work, query: Select[Any], _filters: DeliveryFilters) -> Select[Any]:
    return query.where(Delivery.state == "dead")


LISTINGS = (
    Listing(
        "deliveries",
        N_("Stuck deliveries"),
        VIEW,
        (
            Column("id", Delivery.id),
            Column("subscriber", Delivery.subscriber),
            Column("stream_id", Delivery.stream_id),
            Column("version", Delivery.version),
            Column("key", Delivery.key),
            Column("attempts", Delivery.attempts),
            Column("error", Delivery.error),
            Column("created_at", Delivery.created_at),
            Column("due_at", Delivery.due_at),
        ),
        _dead,
        DeliveryFilters,
    ),
)
