"""How long books are kept. India; another country is another rule here. Pure."""

from datetime import date

from aftersales.i18n import N_

LAW = N_("Books of account: CGST Act 2017, section 36 (72 months from the due date of the year's annual return).")
"""Central Goods and Services Tax Act 2017, s. 36: accounts and records are retained until the expiry of seventy-two
months from the due date of furnishing of annual return for the year pertaining to such accounts and records. The DPDP
Act 2023, s. 8(7), has personal data erased unless retention is necessary for compliance with any law."""


def kept_until(issued: date) -> date:
    """The last day on which an invoice of that day must be kept.

    The financial year runs from 1 April to 31 March; its annual return is due on the 31 December that follows (s. 44
    and rule 80), and 72 months later is a 31 December again. Where the date is put off, that is not known here.
    """
    ends = issued.year + 1 if issued.month >= 4 else issued.year
    return date(ends + 6, 12, 31)
