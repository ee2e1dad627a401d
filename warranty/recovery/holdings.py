"""What is claimed back is about brands and suppliers; nothing of it is a customer's."""

from aftersales.i18n import N_
from aftersales.module import Holding

HOLDINGS = (
    Holding(
        "recovery",
        N_("Claims on brands and suppliers"),
        plain=frozenset(
            {
                "warranty_supplier.code",
                "warranty_supplier.name",
                "warranty_supplier_cover.part_code",
                "warranty_filing.number",
                "warranty_filing.currency",
                "warranty_recovery.source",
                "warranty_recovery.currency",
                "warranty_recovery.reference",
            }
        ),
    ),
)
