"""The manifest of customers."""

from aftersales.customers.demo import fill
from aftersales.customers.holdings import HOLDINGS
from aftersales.customers.imports import CUSTOMERS
from aftersales.customers.permissions import PERMISSIONS, ROLES
from aftersales.customers.routes import api
from aftersales.module import DemoPart, Module

MODULE = Module(
    name="customers",
    title="Customers",
    package="aftersales",
    summary="Households and organisations, the people in them, their phones and addresses.",
    permissions=PERMISSIONS,
    roles=ROLES,
    api=(api,),
    demo=(DemoPart(30, fill),),
    imports=(CUSTOMERS,),
    holdings=HOLDINGS,
)
