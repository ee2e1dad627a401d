"""Signing in by the API, who is who, files of a document, stuck deliveries."""

import io

import httpx
from PIL import Image
from sqlalchemy import insert

from aftersales.ids import new_id
from aftersales.outbox.models import Delivery
from tests.factories.auth import PASSWORD
from tests.factories.world import API, World


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (10, 120, 110)).save(out, "PNG")
    return out.getvalue()


async def test_a_program_signs_in_works_and_signs_out(company: World) -> None:
    login = company.staff["coordinator"].login
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(company.app), base_url="http://localhost:8069"
    ) as client:
        wrong = await client.post(f"{API}/session", json={"login": login, "password": "wrong"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "auth.wrong")
        assert (await client.get(f"{API}/me")).status_code == 401
        right = await client.post(f"{API}/session", json={"login": login, "password": PASSWORD})
        assert right.status_code == 201, right.text
        token = right.json()["csrf_token"]
        me = (await client.get(f"{API}/me")).json()
        assert me == right.json()
        assert "coordinator" in me["roles"]
        assert "case.open" in me["permissions"]
        assert (await client.delete(f"{API}/session")).status_code == 403, "without the token"
        assert (await client.delete(f"{API}/session", headers={"X-CSRF-Token": token})).status_code == 204
        assert (await client.get(f"{API}/me")).status_code == 401


async def test_branches_and_people(company: World) -> None:
    client = company.by("coordinator")
    branches = (await client.get(f"{API}/branches")).json()
    assert str(company.here) in {one["id"] for one in branches}
    staff = (await client.get(f"{API}/staff", params={"role": "technician", "branch_id": str(company.here)})).json()
    assert staff
    assert all("password" not in str(one) and "phone" not in one for one in staff)


async def test_a_photo_of_the_case_stands_on_its_timeline(company: World) -> None:
    client = company.by("coordinator")
    case = company.home.case_id
    sent = await client.post(f"{API}/documents/{case}/files", files={"file": ("a.png", picture(), "image/png")})
    assert sent.status_code == 201, sent.text
    assert sent.json()["width"] == 64
    got = await client.get(f"{API}/files/{sent.json()['id']}")
    assert got.status_code == 200
    assert got.headers["content-disposition"].startswith("attachment")
    last = (await client.get(f"{API}/cases/{case}/timeline", params={"limit": 200})).json()[-1]
    assert (last["name"], last["data"]["file_id"]) == ("file_added", sent.json()["id"])
    other = company.by("elsewhere")
    assert (await other.get(f"{API}/files/{sent.json()['id']}")).status_code == 404
    refused = await other.post(f"{API}/documents/{case}/files", files={"file": ("a.png", picture(), "image/png")})
    assert refused.status_code == 404


async def test_a_dead_delivery_is_listed_and_retried_by_the_manager_alone(company: World) -> None:
    dead = new_id()
    async with company.database.unit_of_work() as session:
        row = {"id": dead, "subscriber": "auth.cleaning", "key": "test", "state": "dead", "attempts": 9, "error": "X:y"}
        await session.execute(insert(Delivery).values(**row))
    manager, finance = company.by("manager"), company.by("finance")
    assert (await finance.get(f"{API}/deliveries")).status_code == 403
    assert str(dead) in {one["id"] for one in (await manager.get(f"{API}/deliveries")).json()["items"]}
    assert (await finance.post(f"{API}/deliveries/{dead}/retry")).status_code == 403
    assert (await manager.post(f"{API}/deliveries/{dead}/retry")).status_code == 204
    assert (await manager.post(f"{API}/deliveries/{dead}/retry")).status_code == 404
