"""The manifest of the catalogue and units."""

from aftersales.module import DemoPart, Module
from aftersales.products.demo import fill_catalogue, fill_units
from aftersales.products.holdings import HOLDINGS
from aftersales.products.imports import PRODUCTS
from aftersales.products.listings import LISTINGS
from aftersales.products.permissions import PERMISSIONS, ROLES
from aftersales.products.routes import catalogue, units
from aftersales.products.unit_imports import UNITS

MODULE = Module(
    name="products",
    title="Products and units",
    package="aftersales",
    summary="The catalogue, and what customers own: typed, dated identifiers, old and new.",
    permissions=PERMISSIONS,
    roles=ROLES,
    api=(catalogue, units),
    imports=(PRODUCTS, UNITS),
    listings=LISTINGS,
    # Units belong to the customers, who are filled in between.
    demo=(DemoPart(20, fill_catalogue), DemoPart(31, fill_units)),
    holdings=HOLDINGS,
)
