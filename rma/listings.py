"""The list of returns as a file."""

from aftersales.cases.document_lists import document_list
from aftersales.i18n import N_
from aftersales.module import Column
from aftersales.status.models import Document
from rma.models import Return, ReturnWords
from rma.permissions import VIEW

LISTINGS = (
    document_list(
        "return",
        "returns",
        N_("Returns"),
        VIEW,
        (
            Column("reason_code", Return.reason_code),
            Column("goodwill_code", Return.goodwill_code),
            Column("asked_at", Return.asked_at),
            Column("asked", ReturnWords.asked),
            Column("answered", ReturnWords.answered),
        ),
        lambda query: query.join(Return, Return.id == Document.id).outerjoin(
            ReturnWords, ReturnWords.return_id == Return.id
        ),
    ),
)
