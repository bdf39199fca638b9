"""Settings of a running service, read by the doors (command line, HTTP, worker) and the migrations only."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _checkout() -> Path:
    """Folder of the checkout, so that commands work from any folder; the working folder when installed elsewhere."""
    folder = Path(__file__).resolve().parent.parent
    return folder if (folder / "pyproject.toml").is_file() else Path()


class Settings(BaseSettings):
    """Everything that may differ from one installation to the next.

    Each field is set by the environment variable `PHUSONG_<FIELD>` or by the same line in a `.env` file.
    """

    model_config = SettingsConfigDict(
        env_prefix="PHUSONG_",
        env_file=(_checkout() / ".env", ".env"),
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(
        default_factory=lambda: _checkout() / ".phusong",
        description="State folder: cluster, secrets, rasters, assessments, static files",
    )
    data_dir: Path = Field(
        default_factory=lambda: _checkout() / "data",
        description="Folder of the illustrative data and its SOURCES.yaml",
    )
    parameters_dir: Path | None = Field(
        default=None, description="Folder whose parameter files take the place of the built-in ones of the same name"
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostGIS address of the role that owns the tables; empty: the private cluster"
    )
    database_app_url: SecretStr | None = Field(
        default=None, description="Address of the service role; empty: made by `phusong db upgrade`"
    )
    database_read_url: SecretStr | None = Field(
        default=None, description="Address of the read-only role; empty: made by `phusong db upgrade`"
    )
    token: SecretStr | None = Field(
        default=None,
        description="Token for writing and for everything at site level; empty: taken from the state folder",
    )
    session_secret: SecretStr | None = Field(
        default=None, description="Key that signs the browser session; empty: taken from the state folder"
    )
    cookie_secure: bool = Field(default=False, description="Send the session cookie over HTTPS only")
    host: str = Field(default="127.0.0.1", description="Address the web server listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the web server listens on")
    language: str = Field(default="vi", pattern="^(vi|en)$", description="Language shown when the reader chose none")
    metric_crs: str = Field(default="EPSG:9218", description="Projected CRS of the public 500 m grid")
    territory_code: str = Field(default="66", description="Code of the province this installation serves")
    max_upload_mb: int = Field(default=200, ge=1, description="Largest accepted file, in megabytes")
    allow_private_addresses: bool = Field(
        default=False, description="Let imports fetch from loopback and private network addresses"
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, separated by commas, whose X-Forwarded-For is believed; empty: none",
    )
    rate_limit_per_minute: int = Field(
        default=120,
        ge=1,
        description="Public requests of each costly kind, and wrong tokens, per client address and minute",
    )
    keep_assessments: int = Field(
        default=20, ge=1, description="Finished assessments that are kept; the oldest beyond them are deleted"
    )
    workers: int = Field(default=0, ge=0, description="Threads used by an assessment; 0: all cores")
    cache_limit_gb: float = Field(
        default=20.0,
        ge=0,
        description="Largest size of the results kept between assessments, in gigabytes; 0: none on disk",
    )
    log_level: str = Field(
        default="INFO",
        pattern="(?i)^(debug|info|warning|error|critical)$",
        description="Level of the log on standard error",
    )

    @property
    def home_path(self) -> Path:
        """Absolute path of the state folder."""
        return self.home.expanduser().resolve()
