"""Words that are rows of the database and yet are read by customers, so that catalogues know them.

A kind of product or a service centre with one of these names is translated; any other stays as it was written.
"""

from aftersales.i18n import N_

KINDS_OF_PRODUCT = (
    N_("Washing machine"),
    N_("Refrigerator"),
    N_("Air conditioner"),
    N_("Phone"),
    N_("Mixer grinder"),
    N_("Television"),
    N_("Microwave oven"),
    N_("Water purifier"),
    N_("Dishwasher"),
    N_("Water heater"),
    N_("Ceiling fan"),
    N_("Laptop"),
)
DEMO_CENTRES = (
    N_("Kukatpally service centre"),
    N_("Secunderabad service centre"),
    N_("LB Nagar service centre"),
)
