"""Opening a case at the desk: what is chosen is taken, and what cannot be is said."""

import re
from uuid import UUID

from tests.factories.world import World, add_home, csrf_of

PAGE = "/desk/new-case"


async def form(world: World, **values: str) -> dict[str, str]:
    """The form as a browser fills it in for the household here."""
    page = await world.by("coordinator").get(PAGE)
    begun = {"match": str(world.home.customer_id), "complaint": "Does not spin", "branch_id": str(world.here)}
    return {"csrf": csrf_of(page.text), **begun, **values}


async def test_whoever_is_chosen_belongs_to_the_chosen_household(company: World) -> None:
    other = await add_home(company, "Sita Devi", "+919849012381")
    for part in ("owner", "caller", "at_home"):
        wrong = await form(company, **{part: str(other.person_id)})
        async with company.unchanged():
            answer = await company.by("coordinator").post(PAGE, data=wrong)
        assert answer.status_code == 422
        assert "another household" in answer.text
    right = await form(company, match=str(other.customer_id), owner=str(other.person_id))
    opened = await company.by("coordinator").post(PAGE, data=right)
    case_id = UUID(opened.headers["location"].rpartition("/")[2])
    rows = await company.rows("SELECT role, person_id FROM matter_person WHERE case_id = :id", id=case_id)
    assert {(row.role, row.person_id) for row in rows} == {
        (role, other.person_id) for role in ("owner", "caller", "at_home")
    }


async def test_a_form_shown_again_forgives_what_is_no_household(company: World) -> None:
    shown = f"{company.home.customer_id},nonsense,"
    async with company.unchanged():
        answer = await company.by("coordinator").post(PAGE, data=await form(company, complaint="", shown=shown))
    assert answer.status_code == 422
    assert "Padma" in answer.text


async def test_a_form_sent_twice_opens_one_case(company: World) -> None:
    desk = company.by("coordinator")
    page = await desk.get(f"{PAGE}?customer={company.home.customer_id}")
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    assert key, "the form brings its key"
    filled = await form(company, key=key[1])
    first, second = await desk.post(PAGE, data=filled), await desk.post(PAGE, data=filled)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]
