"""The contracts bite: each is broken by the import it forbids, and a tree without any keeps them all."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT

CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
NAMES = {contract["id"]: contract["name"] for contract in CONFIGURATION["contracts"]}
CLEAN = {
    "warranty/service.py": "import warranty.rules",
    "warranty/rules.py": "import aftersales.status.machine",
    "aftersales/status/machine.py": "import enum",
    "aftersales/web/pages.py": "import aftersales.db.session, fastapi",
    "billing/gateways/card.py": "import stripe",
    "field_service/geo.py": "import geopy",
    "billing/invoices/documents.py": "import reportlab",
}
FORBIDDEN = [
    ("modules", "warranty/service.py", "import rma.service"),
    ("kernel-knows-none", "aftersales/web/pages.py", "import warranty.service"),
    ("kernel-layers", "aftersales/status/engine.py", "import aftersales.cases.service"),
    ("kernel-layers", "aftersales/db/session.py", "import aftersales.status.machine"),
    ("grammar", "warranty/repository.py", "import warranty.service"),
    ("grammar", "billing/invoices/models.py", "import billing.invoices.repository"),
    ("grammar", "field_service/visits/machine.py", "import field_service.visits.rules"),
    ("pure", "warranty/machine.py", "import sqlalchemy"),
    ("pure", "rma/rules.py", "import aftersales.db.session"),
    ("services-know-no-web", "billing/estimates/service.py", "import fastapi"),
    ("stripe", "billing/payments/service.py", "import stripe"),
    ("geopy", "field_service/visits/service.py", "import geopy"),
    ("reportlab", "field_service/repairs/service.py", "import reportlab"),
]
KERNEL = (
    *("auth", "cases", "customers", "db", "files", "imports", "inbox", "outbox", "policies", "privacy", "products"),
    *("promises", "search", "status", "updates", "voice", "webhooks"),
)
BESIDE = {
    "aftersales/cases/service.py": "",
    "aftersales/db/session.py": "import sqlalchemy",
    "rma/service.py": "",
    "billing/invoices/repository.py": "",
    "field_service/visits/rules.py": "",
    "aftersales/clock.py": "",
    "aftersales/money.py": "",
}


def report(tree: Path, sources: dict[str, str]) -> str:
    """What the contracts say of a tree with these files."""
    for name in ("web", *KERNEL):
        (tree / "aftersales" / name).mkdir(parents=True)
    for name, text in sources.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text + "\n")
    for folder in [path for path in tree.rglob("*") if path.is_dir()]:
        (folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tree)
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
    )
    assert f"{len(NAMES)} kept" in done.stdout or "broken." in done.stdout, done.stdout + done.stderr
    return done.stdout


def test_a_clean_tree_keeps_them_all(tmp_path: Path) -> None:
    assert f"{len(NAMES)} kept, 0 broken" in report(tmp_path, {**BESIDE, **CLEAN})


def test_each_is_broken_by_what_it_forbids(tmp_path: Path) -> None:
    sources = {**BESIDE, **CLEAN}
    for _, path, line in FORBIDDEN:
        sources[path] = f"{sources.get(path, '')}\n{line}"
    said = report(tmp_path, sources)
    assert f"0 kept, {len(NAMES)} broken" in said
    _, *parts = re.split("|".join(rf"^{re.escape(name)}\n-+$" for name in NAMES.values()), said, flags=re.MULTILINE)
    findings = dict(zip(NAMES, parts, strict=True))
    for contract, path, line in FORBIDDEN:
        importer = path.removesuffix(".py").replace("/", ".")
        assert f"{importer} -> {line.removeprefix('import ')}" in findings[contract]


def test_no_contract_goes_untried() -> None:
    assert {contract for contract, _, _ in FORBIDDEN} == set(NAMES)
