"""What webhooks hold: ids, numbers and statuses of what happened, and how others' servers answered."""

from aftersales.i18n import N_
from aftersales.module import Holding

HOLDINGS = (
    Holding(
        "webhooks",
        N_("Webhooks"),
        plain=frozenset(
            {
                *(f"webhook.{name}" for name in ("name", "url", "events", "state")),
                *(f"webhook_message.{name}" for name in ("event", "body", "state")),
                *(f"webhook_attempt.{name}" for name in ("problem", "answer")),
            }
        ),
    ),
)
