"""Rules of the house that no linter knows. docs/architecture.md says why each is there."""

import ast
import re
from pathlib import Path

from tests.architecture.sources import PACKAGES, ROOT, called, files, functions, python_files, source, tree

MAX_LINES = 400
MAX_FUNCTION = 60
VAGUE_NAMES = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
COMMITS = {
    "aftersales/db/session.py",  # the unit of work
    "aftersales/outbox/worker.py",
    "aftersales/cli.py",
    "aftersales/status/numbers.py",  # blocks of numbers, outside the hot transaction
}
CLOCKS = {"aftersales/clock.py"}
MONEY = ("aftersales/money.py", "aftersales/ports/charges.py", "billing/")
# Spelled in pieces, so that this file does not break its own rule.
REGISTRY_HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
MACHINE_PATHS = [f"/{name}/" for name in ("root", "home", "Users")]


def names(found: list[Path]) -> list[str]:
    return [path.as_posix() for path in found]


def test_files_are_short() -> None:
    long = {str(path): lines for path in python_files() if (lines := source(path).count("\n")) > MAX_LINES}
    assert long == {}


def test_functions_are_short() -> None:
    long = [
        f"{path}:{function.lineno} {function.name} ({length} lines)"
        for path in python_files()
        for function in functions(path)
        if (length := (function.end_lineno or function.lineno) - function.lineno + 1) > MAX_FUNCTION
    ]
    assert long == []


def test_no_file_is_named_for_nothing() -> None:
    assert [path for path in names(list(files())) if Path(path).name in VAGUE_NAMES] == []


def test_imports_stand_at_the_top() -> None:
    inner = [
        f"{path}:{node.lineno}"
        for path in python_files(*PACKAGES)
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


def test_commits_happen_in_four_places() -> None:
    elsewhere = [
        f"{path}:{line}"
        for path in python_files(*PACKAGES)
        if path.as_posix() not in COMMITS
        for line in called(path, "commit")
    ]
    assert elsewhere == []


def test_the_clock_is_read_in_one_place() -> None:
    elsewhere = [
        f"{path}:{line}"
        for path in python_files(*PACKAGES)
        if path.as_posix() not in CLOCKS
        for line in called(path, "datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    ]
    assert elsewhere == []


def test_status_is_set_only_by_the_engine() -> None:
    sets = re.compile(r"UPDATE\s+document\b|update\(\s*Document\s*\)|insert\(\s*Document\s*\)|INSERT INTO document\b")
    elsewhere = [
        path
        for path in names(python_files(*PACKAGES))
        if not path.startswith("aftersales/status/") and sets.search(source(Path(path)))
    ]
    assert elsewhere == []


def test_no_float_near_money() -> None:
    floats = [
        f"{path}:{node.lineno}"
        for path in python_files(*PACKAGES)
        if path.as_posix().startswith(MONEY)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]
    assert floats == []


def test_migrations_do_not_shadow_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_names_no_registry_and_no_machine() -> None:
    unwanted = (*REGISTRY_HOSTS, *MACHINE_PATHS, f"{ROOT}/")
    found = [f"{path}: {name}" for path in files() for name in unwanted if name in readable(path)]
    assert found == []


def readable(path: Path) -> str:
    try:
        return source(path)
    except UnicodeDecodeError:
        return ""  # a picture


def test_locks_name_no_address() -> None:
    for path in files():
        if path.name == "package-lock.json":
            assert '"resolved"' not in source(path), path
        if path.parts[0] == "requirements":
            assert "://" not in source(path), path
            assert not re.search(r"^--", source(path), re.MULTILINE), path


def test_no_lock_with_hosts() -> None:
    assert Path("uv.lock") not in files()
