"""The public page of our terms: every version, in every language, for anybody."""

import re
from datetime import timedelta

from aftersales import clock
from aftersales.i18n import OFFERED, translator
from rma.terms import WORDS as RETURNS
from tests.factories.world import API, World
from warranty.terms import WORDS as WARRANTY


async def test_every_version_in_every_language(company: World) -> None:
    anybody = company.client()
    index = await anybody.get("/policies")
    assert index.status_code == 200
    assert "no-store" not in index.headers["cache-control"]
    for shown in ("Your warranty", "Return or exchange", "Washing machine", "All other products", "Comfort"):
        assert shown in index.text
    for language in OFFERED:
        say = translator(language).gettext
        page = (await anybody.get("/policies/returns", params={"lang": language})).text
        assert f'<html class="plain" lang="{language}"' in page
        assert say(RETURNS["1.1"]) in page
        assert page.count(say("Version %(number)s").split("%")[0].strip()) >= 4
    hindi = (await anybody.get("/policies", headers={"Accept-Language": "hi-IN,en;q=0.5"})).text
    for words in ("Our terms", "Washing machine", "Register your product", "Give back or exchange a product"):
        assert translator("hi").gettext(words) in hindi
    assert 'href="/give-back?lang=hi"' in hindi
    assert (await anybody.get("/policies/gossip")).status_code == 404
    assert (await anybody.get("/policies/returns", params={"version": 99})).status_code == 404
    # What staff alone are held to is not for the public.
    assert (await anybody.get("/policies/targets")).status_code == 404


async def test_the_history_says_what_changed_and_when(company: World) -> None:
    anybody = company.client()
    washing = {"code": "category:washing_machine"}
    now = (await anybody.get("/policies/warranty", params=washing)).text
    assert "Version 8" in now
    assert WARRANTY["5.1"] in now.replace("&#39;", "'")
    assert re.search(r"<dt>parts</dt><dd>24</dd>", now)
    fresh = now.partition("New in this version")[2].partition("All versions")[0]
    assert WARRANTY["1.4"] in fresh
    assert WARRANTY["1.1"] not in fresh
    first = (await anybody.get("/policies/warranty", params=washing | {"version": 1})).text
    assert "in force from 1 January 2015 to 31 March 2018" in first
    assert WARRANTY["5.1"] not in first
    assert "New in this version" not in first
    # What is published for a day to come is announced, and holds from then on.
    desk = company.by("manager")
    last = (await desk.get(f"{API}/policies", params={"kind": "returns"})).json()["items"][0]
    day = clock.now().date() + timedelta(days=40)
    body = {name: last[name] for name in ("code", "terms", "words")} | {"effective_from": day.isoformat()}
    assert (await desk.post(f"{API}/return_terms", json=body)).status_code == 201
    with company.statements() as sent:
        page = (await anybody.get("/policies/returns")).text
    assert f"in force from {day.day} " in page
    assert f"Version {last['version']}" in page.partition("All versions")[0]
    assert len(sent) <= 3
