"""Hours, targets and clocks hold codes and times; what a case is about stands elsewhere."""

from aftersales.i18n import N_
from aftersales.module import Holding

HOLDINGS = (
    Holding(
        "promises",
        N_("Promises"),
        plain=frozenset(
            {
                "work_hours.hours",
                "case_targets.facts",
                "case_targets.rule",
                *(f"case_clock.{name}" for name in ("clock", "shape", "state", "pauses", "spent", "former")),
                "case_forecast.basis",
                "case_forecast.signs",
                *(f"promise_step.{name}" for name in ("step", "kind", "text", "language", "basis")),
                *(f"clock_notice.{name}" for name in ("clock", "kind", "to")),
            }
        ),
    ),
)
