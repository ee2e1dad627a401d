"""Migrations after the first run beside the release before, under load: squawk finds statements that would stop it."""

import subprocess
import sys
from pathlib import Path

from aftersales.db.migrate import sql

SQUAWK = Path(sys.executable).with_name("squawk")
# What these forbid is how the models speak: text is varchar, and numbers of versions are small.
TASTE = "prefer-text-field,prefer-bigint-over-int,prefer-robust-stmts,require-timeout-settings,prefer-timestamp-tz"
DANGEROUS = {
    "an index that stops all writing": "CREATE INDEX ix_case_x ON document (number);",
    "a whole table read under the strongest lock": "ALTER TABLE document ALTER COLUMN unit_id SET NOT NULL;",
    "a check of every row under a lock": "ALTER TABLE document ADD CONSTRAINT c CHECK (version > 0);",
    "a table written anew": "ALTER TABLE document ALTER COLUMN version TYPE bigint;",
    "a column the release before still reads": "ALTER TABLE document DROP COLUMN number;",
    "a name the release before still uses": "ALTER TABLE document RENAME COLUMN number TO called;",
}


def linted(text: str, folder: Path) -> str:
    """What squawk has to say of these statements; nothing when they are safe."""
    file = folder / "migrations.sql"
    file.write_text(text)
    done = subprocess.run(
        [SQUAWK, "--pg-version=18", f"--exclude={TASTE}", file], check=False, capture_output=True, text=True
    )
    return done.stdout if done.returncode else ""


def test_no_migration_stops_the_release_before(tmp_path: Path) -> None:
    assert linted(sql("0001"), tmp_path) == ""


def test_the_linter_finds_what_would(tmp_path: Path) -> None:
    for name, statement in DANGEROUS.items():
        assert linted(f"BEGIN;\n{statement}\nCOMMIT;\n", tmp_path), name
