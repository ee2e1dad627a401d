"""The targets and hours that the demonstration company works by: a start for a company of one's own."""

from datetime import date
from typing import Any

from aftersales.auth import repository as auth
from aftersales.promises.service import hours
from aftersales.work import Work

EFFECTIVE_FROM = date(2022, 4, 1)
_SAFE = {"first_response": {"minutes": 15}, "next_update": {"hours": 2}, "arrival": {"hours": 4}}
TERMS: dict[str, Any] = {
    "rules": [
        {
            "name": "hazard",
            "words": "Somebody may be hurt, so it comes before everything else.",
            "when": {"need": "hazard"},
            "urgency": 100,
            "targets": {**_SAFE, "diagnosis": {"hours": 9}, "completion": {"business_days": 2}},
        },
        {
            "name": "stranded",
            "words": "They cannot do without it: people before paperwork.",
            "when": {"need": "stranded"},
            "urgency": 50,
            "targets": {
                "first_response": {"minutes": 30},
                "next_update": {"hours": 4},
                "arrival": {"business_days": 1},
                "diagnosis": {"business_days": 1},
                "parts": {"business_days": 3},
                "completion": {"business_days": 3},
                "refund": {"business_days": 3},
            },
        },
        {
            "name": "urgent",
            "words": "A colleague has marked it as urgent.",
            "when": {"priority": ["urgent", "high"]},
            "urgency": 40,
            "targets": {
                "first_response": {"minutes": 30},
                "next_update": {"business_days": 1},
                "arrival": {"business_days": 1},
                "diagnosis": {"business_days": 1},
                "parts": {"business_days": 4},
                "completion": {"business_days": 3},
                "refund": {"business_days": 3},
            },
        },
        {
            "name": "phone at the counter",
            "words": "A phone that is brought to us: within the hour where the fault allows it, else within the day.",
            "when": {"category": "phone", "channel": "counter"},
            "urgency": 20,
            "targets": {
                "first_response": {"minutes": 15},
                "next_update": {"hours": 4},
                "completion": [{"minutes": 60}, {"business_days": 1}],
                "refund": {"business_days": 3},
            },
        },
        {
            "name": "small appliance",
            "words": "A small appliance is repaired in one visit.",
            "when": {"category": ["ceiling_fan", "water_heater", "water_purifier"]},
            "urgency": 10,
            "targets": {
                "first_response": {"hours": 2},
                "next_update": {"business_days": 2},
                "arrival": {"business_days": 2},
                "completion": [{"visits": 1}, {"business_days": 5}],
                "refund": {"business_days": 5},
            },
        },
        {
            "name": "everything else",
            "words": "What nothing else applies to.",
            "urgency": 0,
            "targets": {
                "first_response": {"hours": 2},
                "next_update": {"business_days": 2},
                "arrival": {"business_days": 2},
                "diagnosis": {"business_days": 3},
                "parts": {"business_days": 6},
                "completion": {"business_days": 7},
                "refund": {"business_days": 5},
            },
        },
    ],
    # A board, or water inside, is no matter of an hour.
    "possible": [
        {"when": {"category": "phone", "fault": ["LQ", "LQ-1", "BD-1"]}, "shapes": ["business_days", "hours"]}
    ],
    "pausing": ["customer"],
    "warn": [50, 75, 90],
    "escalate": [
        {"after": {"minutes": 0}, "to": "owner"},
        {"after": {"hours": 2}, "to": "manager"},
    ],
}
_DAY = [["09:30", "13:00"], ["14:00", "18:30"]]
_HOLIDAYS = ["2026-01-26", "2026-08-15", "2026-10-02", "2026-10-20", "2026-11-08", "2026-12-25", "2027-01-26"]


def week(timezone: str) -> dict[str, Any]:
    """Monday to Saturday, with the second Saturday off, and a long lunch."""
    return {
        "tz": timezone,
        "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), _DAY),
        "nth_weekday_off": [{"weekday": "sat", "nth": [2]}],
        "holidays": _HOLIDAYS,
    }


async def publish_all(work: Work) -> None:
    """Publish the targets, as a caller who may reach into the past, and give every service centre its hours."""
    await hours.publish(work, EFFECTIVE_FROM, TERMS)
    for branch in await auth.branches(work.session, work.scope):
        await hours.set_hours(work, branch.id, week(branch.timezone))
