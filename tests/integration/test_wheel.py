"""The wheel: everything that is not code is in it, and it runs where the tree is not."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, files

pytestmark = pytest.mark.slow

CODE = {".py", ".md"}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What the command printed; its own words when it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AFTERSALES_", "PYTHON", "COV"))}
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**kept, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", folder)
    run(sys.executable, "-m", "pip", "wheel", *options, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a new environment with the wheel and, through a path file, what it depends on."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=True)
    paths = {name: str(folder) for name in ("base", "platbase")}
    packages = Path(sysconfig.get_path("purelib", "venv", paths))
    options = ("--no-deps", "--no-index", "--quiet")
    run(sys.executable, "-m", "pip", "--python", folder, "install", *options, wheel, cwd=folder)
    # Path files inside the folder it names are not read, so that the tree's editable install stays out.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_holds_every_template_catalogue_and_asset(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.as_posix() for path in files() if path.parts[0] in PACKAGES and path.suffix not in CODE}
    assert wanted - inside == set()
    assert "aftersales/web/static/vendor/htmx.min.js" in inside
    assert "aftersales/web/static/vendor/fonts/NotoSansTelugu-Regular.ttf" in inside
    assert "aftersales/web/static/vendor/zxing.wasm" in inside
    assert {f"aftersales/web/static/vendor/licenses/{name}.txt" for name in ("htmx", "zxing-cpp")} <= inside


def test_holds_the_migrations_under_our_own_name(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for path in files():
        if path.parts[0] == "alembic" and path.suffix in {".py", ".mako"}:
            assert f"aftersales/_migrations/{path.relative_to('alembic').as_posix()}" in inside
    assert not [name for name in inside if name.startswith(("alembic/", "tests/"))]


def test_runs_without_the_tree(installed: Path, tmp_path: Path, server_folder: Path) -> None:
    python, data = installed / "python", {"AFTERSALES_DATA_DIR": str(server_folder)}
    where = run(python, "-c", "import aftersales; print(aftersales.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert "warranty" in run(installed / "aftersales", "modules", cwd=tmp_path, **data)
    assert "0 problems" in run(installed / "aftersales", "check", cwd=tmp_path, **data)
    run(installed / "aftersales", "migrate", cwd=tmp_path, **data)
    assert (server_folder / "pg" / "PG_VERSION").exists()
    assert not (server_folder / "pg" / "postmaster.pid").exists()
