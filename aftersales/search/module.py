"""The manifest of search."""

from aftersales.module import Module
from aftersales.search.holdings import HOLDINGS
from aftersales.search.routes import api

MODULE = Module(
    name="search",
    title="Search",
    package="aftersales",
    summary="Numbers, phones, identifiers and names in every script, in one field.",
    api=(api,),
    holdings=HOLDINGS,
)
