"""Settings: each from an environment variable AFTERSALES_<NAME>. The defaults run a complete system on one machine."""

import os
import secrets
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from aftersales.gateway_settings import GatewaySettings
from aftersales.provider_settings import ProviderSettings
from aftersales.voice_settings import VoiceSettings

ASYNC_SCHEME = "postgresql+asyncpg://"


def _default_base_url(values: dict[str, Any]) -> str:
    # Browsers accept `__Host-` cookies without https from `localhost` by name only.
    host = "localhost" if values["host"] in {"127.0.0.1", "::1"} else values["host"]
    return f"http://{host}:{values['port']}"


def _default_files_dir(values: dict[str, Any]) -> Path:
    return Path(values["data_dir"]) / "files"


class Settings(ProviderSettings, VoiceSettings, GatewaySettings):
    """What an installation may choose. Unknown AFTERSALES_ variables are ignored; a bad value stops the start."""

    model_config = SettingsConfigDict(env_prefix="AFTERSALES_", frozen=True, validate_default=True)

    database_url: str | None = Field(
        default=None,
        description="Where the application connects, as a role that owns no table. Unset: the embedded PostgreSQL.",
    )
    migration_url: str | None = Field(
        default=None,
        description="Where migrations connect, as the owner of the tables. Needed with database_url only.",
    )
    data_dir: Path = Field(
        default=Path("var"),
        description="The embedded database, the generated secret key and, unless set otherwise, the files.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs customer links and sessions. Unset: generated once into data_dir/secret.key.",
    )
    host: str = Field(default="127.0.0.1", description="The address the server listens on.")
    port: int = Field(default=8069, ge=0, le=65535, description="The port the server listens on.")
    base_url: str = Field(
        default_factory=_default_base_url,
        description="How people reach the site; written into links. No trailing slash.",
    )
    demo: bool = Field(
        default=False,
        description="A demonstration: one-time codes can be read in the built-in mailbox. Never with real customers.",
    )
    modules: str | None = Field(
        default=None, description="The modules that are switched on, with commas between them. Unset: all installed."
    )
    country: str = Field(
        default="IN",
        pattern=r"^[A-Z]{2}$",
        description="The country at home, by its two letters: phones typed without a country code are of it.",
    )
    brand_name: str = Field(default="Aftersales", description="The name customers know the service by.")
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp://user:password@host:587 or smtps://…:465. Unset: mail goes to the built-in mailbox page.",
    )
    mail_from: str = Field(default="service@localhost", description="The sender of e-mail updates.")
    channels: str = Field(
        default="push,whatsapp,sms,email,voice",
        description="In which order a customer is reached by the channels that are on, with commas between them. "
        "Each person may choose another order; what is not named comes last.",
    )
    quiet_hours: str = Field(
        default="21:00-08:00",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$",
        description="On the customer's clock: when nothing that rings is sent unless it is urgent. Each person may "
        "choose others. Empty: never.",
    )
    merge_seconds: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="How long a message that is not urgent waits for another about the same case, to be merged with "
        "it. Unset: 120, in a demonstration 0.",
    )
    files_dir: Path = Field(
        default_factory=_default_files_dir,
        description="Photos and PDFs. On several machines, a shared folder.",
    )
    upload_max_bytes: int = Field(
        default=15 * 1024 * 1024, gt=0, description="The largest photo or document; larger is refused while it streams."
    )
    body_max_bytes: int = Field(default=1024 * 1024, gt=0, description="The largest JSON or form body.")
    client_requests_per_minute: int = Field(
        default=600, ge=1, le=1_000_000, description="What one API client may ask of us; as many may come at once."
    )
    public_requests_per_minute: int = Field(
        default=60, ge=1, le=1_000_000, description="The same for one address that asks the API without signing in."
    )
    reply_minutes: int = Field(
        default=120,
        ge=1,
        le=100_000,
        description="Open minutes within which a customer's message is answered by a person.",
    )
    reply_hours: str = Field(
        default="09:30-18:30",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$",
        description="When messages are answered, Mondays to Saturdays, on the clock of the service centre.",
    )
    hook_requests_per_minute: int = Field(
        default=6000, ge=1, le=1_000_000, description="What one address may post to /hooks: receipts come in bursts."
    )
    webhook_loopback: bool = Field(
        default=False,
        description="Webhooks may go to this machine itself, without TLS too: to try them out.",
    )
    worker_concurrency: int = Field(default=4, ge=1, le=64, description="Deliveries one worker process does at once.")
    worker_lease_seconds: float | None = Field(
        default=None,
        ge=1,
        description="The longest that what a killed worker held waits for another, and what a delivery may take. "
        "Unset: as each kind says, one or two minutes.",
    )
    proxies: str | None = Field(
        default=None,
        description="The addresses of your reverse proxies, with commas between them; networks as 10.0.0.0/8. Their "
        "X-Forwarded-For and -Proto are believed, nobody else's. Unset: nobody's.",
    )
    operations_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Where this process answers /healthz, /readyz and /metrics, server and worker alike. On one "
        "machine each needs a port of its own. Unset: not at all.",
    )
    operations_host: str = Field(
        default="127.0.0.1", description="The address of that port. It asks nobody who they are: never a public one."
    )
    log_format: Literal["text", "json"] | None = Field(
        default=None, description="Lines for people, or JSON. Unset: text on a terminal, else JSON."
    )
    otlp_url: str | None = Field(
        default=None,
        description="Where traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces. Unset: nothing "
        "is traced. Headers, sampling and the service's name: the OTEL_… variables of OpenTelemetry.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged. Never personal data, at any level."
    )

    @field_validator("database_url", "migration_url")
    @classmethod
    def _asynchronous(cls, url: str | None) -> str | None:
        if url is None:
            return None
        for scheme in (ASYNC_SCHEME, "postgresql://", "postgres://"):
            if url.startswith(scheme):
                return ASYNC_SCHEME + url.removeprefix(scheme)
        raise ValueError("give a PostgreSQL address: postgresql://user:password@host/database")

    @field_validator("base_url")
    @classmethod
    def _bare(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("give an address that begins with https:// or http://")
        return url.rstrip("/")

    @field_validator("data_dir", "files_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @property
    def module_names(self) -> list[str] | None:
        """The names of the modules to load; None for all that are installed."""
        return None if self.modules is None else [name.strip() for name in self.modules.split(",") if name.strip()]

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The names in `channels`."""
        return tuple(name for name in (part.strip() for part in self.channels.split(",")) if name)

    @property
    def quiet(self) -> tuple[time, time] | None:
        """When quiet hours begin and end; None for never."""
        start, _, end = self.quiet_hours.partition("-")
        return (time.fromisoformat(start), time.fromisoformat(end)) if end else None

    @property
    def merge_window(self) -> timedelta:
        """How long a message waits to be merged with the next."""
        seconds = self.merge_seconds
        return timedelta(seconds=(0 if self.demo else 120) if seconds is None else seconds)

    @property
    def signing_key(self) -> bytes:
        """The secret key as bytes, for HMAC. Present on everything that `load_settings` returns."""
        if self.secret_key is None:
            raise RuntimeError("no secret key: settings come from load_settings()")
        return self.secret_key.get_secret_value().encode()


def load_settings(**overrides: object) -> Settings:
    """The settings of this process: `overrides`, then the environment, then the defaults.

    Makes the data folder and, when no secret key is set, generates one there that only this account can read.
    """
    settings = Settings(**overrides)  # type: ignore[arg-type]
    if settings.secret_key is not None:
        return settings
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key = _generated_key(settings.data_dir / "secret.key")
    return settings.model_copy(update={"secret_key": SecretStr(key)})


def _generated_key(path: Path) -> str:
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # Server and worker may start at the same time: the first link wins, and both read the same key.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
