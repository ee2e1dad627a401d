"""Settings: defaults for one machine, errors for what cannot be meant, one secret key per installation."""

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from aftersales.config import Settings, load_settings


def test_defaults_follow_each_other(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, port=9000)
    assert settings.base_url == "http://localhost:9000"
    assert settings.files_dir == tmp_path / "files"
    assert settings.database_url is None


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AFTERSALES_DATABASE_URL", "postgresql://app@db/aftersales")
    monkeypatch.setenv("AFTERSALES_BASE_URL", "https://service.example/")
    settings = load_settings(data_dir=tmp_path)
    assert settings.database_url == "postgresql+asyncpg://app@db/aftersales"
    assert settings.base_url == "https://service.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://db/aftersales"),
        ("base_url", "service.example"),
        ("port", "70000"),
        ("secret_key", "short"),
        ("body_max_bytes", "0"),
        ("log_level", "loud"),
    ],
)
def test_what_cannot_be_meant_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings(**{name: value})  # type: ignore[arg-type]


def test_the_secret_key_is_made_once_and_only_for_us(tmp_path: Path) -> None:
    first, second = load_settings(data_dir=tmp_path), load_settings(data_dir=tmp_path)
    assert first.signing_key == second.signing_key
    assert len(first.signing_key) >= 32
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_the_secret_key_is_never_printed(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    assert settings.signing_key.decode() not in repr(settings)


def test_settings_without_a_key_sign_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="load_settings"):
        _ = Settings(data_dir=tmp_path).signing_key
