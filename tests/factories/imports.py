"""What must be there before files are taken in."""

from aftersales.products import service as products
from aftersales.products.rules import IdentifierKind as Kind
from aftersales.products.schemas import BrandIn, CategoryIn
from aftersales.work import Work

CATEGORIES = (
    ("washing_machine", "Washing machine", (Kind.SERIAL,)),
    ("refrigerator", "Refrigerator", (Kind.SERIAL,)),
    ("air_conditioner", "Air conditioner", (Kind.INDOOR_SERIAL, Kind.OUTDOOR_SERIAL)),
    ("phone", "Phone", (Kind.IMEI1, Kind.IMEI2, Kind.SERIAL)),
)


async def shelves(work: Work) -> None:
    """The brands and kinds of products that the example files name."""
    for name in ("Godavari", "Sitara"):
        await products.add_brand(work, BrandIn(name=name, accent="#0b5d57"))
    for code, name, kinds in CATEGORIES:
        await products.add_category(work, CategoryIn(code=code, name=name, identifier_kinds=list(kinds)))
