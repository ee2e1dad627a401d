"""What causes, faults and conditions are called, to staff and customers alike: in lists, messages and papers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from aftersales.i18n import N_


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something broke. `excluded` causes usually lie outside the terms, so they need photos."""

    code: str
    label: str
    excluded: bool


CAUSES: Mapping[str, Cause] = {
    cause.code: cause
    for cause in (
        Cause("MF", N_("Manufacturing fault"), excluded=False),
        Cause("WR", N_("Wear in use"), excluded=False),
        Cause("UK", N_("Cause not known"), excluded=False),
        Cause("RD-2", N_("Gnawed by rodents"), excluded=True),
        Cause("LQ", N_("Liquid inside"), excluded=True),
        Cause("PS", N_("Power surge"), excluded=True),
    )
}

FAULTS: Mapping[str, str] = {
    "11-A": N_("Does not start"),
    "12-A": N_("Trips the fuse"),
    "20-A": N_("Leaks water"),
    "22-A": N_("Does not drain"),
    "22-B": N_("Does not spin"),
    "23-A": N_("Loud noise or shaking"),
    "31-A": N_("Does not cool"),
    "31-B": N_("Ices up"),
    "41-A": N_("Does not heat"),
    "51-A": N_("No picture"),
    "51-B": N_("Lines on the picture"),
    "52-A": N_("No sound"),
    "61-A": N_("Screen broken"),
    "62-A": N_("Does not charge"),
    "62-B": N_("Battery drains"),
    "71-A": N_("Controls do not respond"),
    "90-A": N_("Other fault"),
}

CONDITIONS: Mapping[str, str] = {
    "good": N_("Good, only the fault"),
    "scratched": N_("Scratched"),
    "dented": N_("Dented"),
    "broken": N_("Something is broken"),
    "wet": N_("Wet or flooded"),
}
