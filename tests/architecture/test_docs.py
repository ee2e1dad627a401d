"""The generated documentation is what the code declares."""

import re

import pytest

from aftersales.registry import load_registry
from scripts.docs import FOLDER, metric_names, pages


@pytest.mark.parametrize("name", ["machines.md", "events.md", "imports.md", "metrics.md", "settings.md"])
def test_generated_pages_are_up_to_date(name: str) -> None:
    made = pages(load_registry())
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())
    assert (FOLDER / name).read_text() == made[name], "run `make docs` and commit"


def test_every_status_and_verb_is_documented() -> None:
    registry = load_registry()
    page = pages(registry)["machines.md"]
    for machine in registry.machines.values():
        assert f"## {machine.name}\n" in page
        assert all(f"| {edge.verb} |" in page for edge in machine.edges)
        assert all(f"| {state.name}" in page for state in machine.states)


def test_alerts_watch_metrics_that_there_are() -> None:
    page = (FOLDER.parent / "howto" / "monitoring.md").read_text()
    found = re.findall(r"\b(?:aftersales|process)_[a-z_]+", page)
    named = {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}
    assert len(named) > 5
    assert named - metric_names() == set()
