"""Public holidays of a state, as a suggestion for the form of working hours. Pure: nothing is kept by it.

From the `holidays` package. Days that follow the moon are its estimates for years to come: people read the list, strike
out and add.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import holidays

COUNTRY = "IN"
SPAN = 5
"""Years from the present one that are offered, before and after."""
STATES: Mapping[str, str] = {
    "AN": "Andaman and Nicobar Islands",
    "AP": "Andhra Pradesh",
    "AR": "Arunachal Pradesh",
    "AS": "Assam",
    "BR": "Bihar",
    "CG": "Chhattisgarh",
    "CH": "Chandigarh",
    "DH": "Dadra and Nagar Haveli and Daman and Diu",
    "DL": "Delhi",
    "GA": "Goa",
    "GJ": "Gujarat",
    "HP": "Himachal Pradesh",
    "HR": "Haryana",
    "JH": "Jharkhand",
    "JK": "Jammu and Kashmir",
    "KA": "Karnataka",
    "KL": "Kerala",
    "LA": "Ladakh",
    "LD": "Lakshadweep",
    "MH": "Maharashtra",
    "ML": "Meghalaya",
    "MN": "Manipur",
    "MP": "Madhya Pradesh",
    "MZ": "Mizoram",
    "NL": "Nagaland",
    "OD": "Odisha",
    "PB": "Punjab",
    "PY": "Puducherry",
    "RJ": "Rajasthan",
    "SK": "Sikkim",
    "TN": "Tamil Nadu",
    "TR": "Tripura",
    "TS": "Telangana",
    "UK": "Uttarakhand",
    "UP": "Uttar Pradesh",
    "WB": "West Bengal",
}


def suggested(state: str, year: int) -> list[tuple[date, str]]:
    """The public holidays of the state in the year, by date, with their English names. Raises KeyError for a state that
    is not one of `STATES`."""
    found = holidays.country_holidays(COUNTRY, subdiv={state: state for state in STATES}[state], years=year)
    return sorted((day, str(name)) for day, name in found.items())


def added(typed: str, days: Sequence[tuple[date, str]]) -> str:
    """The form's lines with the days that are not there yet, by date; what was typed stays as it is."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    there = {line.split()[0] for line in lines}
    return "\n".join(sorted([*lines, *(f"{day} {name}" for day, name in days if day.isoformat() not in there)]))
