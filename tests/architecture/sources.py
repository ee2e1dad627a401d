"""The project's own files, as git sees them: tracked, or new and not ignored."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("aftersales", "warranty", "rma", "field_service", "billing")
GENERATED = ("alembic/versions/",)


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root."""
    listing = subprocess.run(
        # The checkout may belong to another account than the one that runs the tests.
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 (git is found by name)
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = sorted({name for name in listing.stdout.split("\0") if name})
    return tuple(Path(name) for name in names if (ROOT / name).is_file())


def python_files(*below: str) -> list[Path]:
    """The Python files, or those below the given folders; migrations, which are generated, are left out."""
    return [
        path
        for path in files()
        if path.suffix == ".py" and not path.as_posix().startswith(GENERATED) and (not below or path.parts[0] in below)
    ]


@cache
def source(path: Path) -> str:
    """The text of a file."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(source(path), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, inner ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def called(path: Path, *names: str) -> list[int]:
    """The lines on which something named so (`commit`, `datetime.now`) is called."""
    wanted = [name for name in names if name.rpartition(".")[2] in source(path)]
    return [
        node.lineno
        for node in (ast.walk(tree(path)) if wanted else ())
        if isinstance(node, ast.Call) and any(f".{ast.unparse(node.func)}".endswith(f".{name}") for name in wanted)
    ]
