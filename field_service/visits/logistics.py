"""The port `logistics`: other modules have units fetched and brought."""

from datetime import datetime
from uuid import UUID

from aftersales.cases import repository as cases
from aftersales.customers import repository as customers
from aftersales.work import Work
from field_service.visits.schemas import RequestVisit
from field_service.visits.service import planning


class FieldLogistics:
    """Visits of our own technicians."""

    async def request(
        self, work: Work, stream_id: UUID, kind: str, window: tuple[datetime, datetime] | None
    ) -> UUID | None:
        """Book a `pickup`, `drop` or `inspection` at the household's usual address; None where there is none."""
        own = work.as_system()
        case = await cases.case(own.session, own.scope, stream_id)
        known = await customers.addresses(own.session, own.scope, case.customer_id)
        if not known:
            return None
        start, end = window or (None, None)
        body = RequestVisit.model_validate(
            {"kind": kind, "address_id": known[0].id, "window_start": start, "window_end": end}
        )
        return await planning.request(own, stream_id, body)
