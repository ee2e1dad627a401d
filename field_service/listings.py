"""Lists of visits and repairs as files."""

from typing import Any

from sqlalchemy import Select

from aftersales.cases.document_lists import DocumentFilters, document_list
from aftersales.customers.models import Address
from aftersales.i18n import N_
from aftersales.module import Column
from aftersales.status.models import Document
from field_service.repairs.models import RepairOrder
from field_service.visits.models import Visit
from field_service.visits.schemas import Kind


class VisitFilters(DocumentFilters):
    """As on the list of visits."""

    kind: Kind | None = None


def _of_kind(query: Select[Any], wanted: VisitFilters) -> Select[Any]:
    return query if wanted.kind is None else query.where(Visit.kind == wanted.kind)


LISTINGS = (
    document_list(
        "visit",
        "visits",
        N_("Visits"),
        "visit.view",
        (
            Column("kind", Visit.kind),
            Column("window_start", Visit.window_start),
            Column("window_end", Visit.window_end),
            Column("locality", Address.locality),
            Column("postcode", Address.postcode),
            Column("condition", Visit.condition),
            Column("accessories", Visit.accessories),
            Column("seal_number", Visit.seal_number),
            Column("custody", Visit.custody),
        ),
        lambda query: query.join(Visit, Visit.id == Document.id).join(Address, Address.id == Visit.address_id),
        filters=VisitFilters,
        narrow=_of_kind,
    ),
    document_list(
        "repair_order",
        "repair_orders",
        N_("Repairs"),
        "repair_order.view",
        (Column("fault_code", RepairOrder.fault_code), Column("cause_code", RepairOrder.cause_code)),
        lambda query: query.join(RepairOrder, RepairOrder.id == Document.id),
    ),
)
