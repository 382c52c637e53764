"""Everything that can be set, from the environment or `.env`. Each says its unit and what breaks without it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SOXANH_"


class Settings(BaseSettings):
    """The settings of one installation. Names in the environment are upper-case with `SOXANH_` before them."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    database_url: Annotated[
        str,
        Field(
            description="Where everything is remembered: sqlite:///file or postgresql://user:password@host/name.",
            examples=["sqlite:///var/soxanh.db"],
        ),
    ] = "sqlite:///var/soxanh.db"
    data_dir: Annotated[
        Path,
        Field(
            description="Folder for photos, the secret key file and exports. Lost with it: all photos.",
            examples=["var"],
        ),
    ] = Path("var")
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="Seals citizens' identities and channel tokens (44 characters, several separated by commas to rotate; "
            "the first seals). Without it a key is made in data_dir/secret.key; whoever loses it can never open a seal again.",
            examples=["soxanh doctor --new-key prints one"],
        ),
    ] = None
    host: Annotated[
        str,
        Field(
            description="Address the web chat and webhooks listen on. 0.0.0.0 opens them to the network: put a proxy with TLS before it.",
            examples=["127.0.0.1"],
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        Field(ge=1, le=65535, description="Port of the web chat and webhooks.", examples=[8080]),
    ] = 8080
    public_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
            description="The https address people reach this server by. Without it Telegram is polled and links are not sent.",
            examples=["https://soxanh.example.vn"],
        ),
    ] = None
    web_chat: Annotated[
        bool, Field(description="Whether the web chat is served.", examples=[True])
    ] = True
    map_tiles_url: Annotated[
        str,
        Field(
            description="Tile server of the maps, empty to draw without tiles.",
            examples=["https://tiles.example.vn/{z}/{x}/{y}.png"],
        ),
    ] = ""

    telegram_token: Annotated[
        SecretStr | None,
        Field(
            description="Bot token from @BotFather. Without it Telegram stays off.",
            examples=["123456:AA…"],
        ),
    ] = None
    telegram_webhook_secret: Annotated[
        SecretStr | None,
        Field(
            description="Secret that Telegram must send with every webhook (1–256 letters, digits, _ and -). Needed with public_url.",
            examples=["a long random word"],
        ),
    ] = None
    telegram_api_url: Annotated[
        str,
        Field(
            description="Telegram's API, or an emulator's.",
            examples=["https://api.telegram.org/bot"],
        ),
    ] = "https://api.telegram.org/bot"
    telegram_file_url: Annotated[
        str,
        Field(
            description="Telegram's file downloads.", examples=["https://api.telegram.org/file/bot"]
        ),
    ] = "https://api.telegram.org/file/bot"

    office_contact: Annotated[
        str,
        Field(
            description="How people reach a person, said at “gặp cán bộ”.",
            examples=["Văn phòng xã, giờ hành chính"],
        ),
    ] = "Văn phòng HĐND và UBND xã, trong giờ hành chính"
    nudge_hour: Annotated[
        int,
        Field(
            ge=6,
            le=20,
            description="Hour of the day (Việt Nam) when reminders go out.",
            examples=[8],
        ),
    ] = 8
    photo_limit_mb: Annotated[
        int,
        Field(ge=1, le=50, description="Largest photo or file taken, in megabytes.", examples=[20]),
    ] = 20
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        Field(description="How much is logged. Never words, names or tokens.", examples=["INFO"]),
    ] = "INFO"


class SettingsError(ValueError):
    """Settings that cannot be used; the text names each one with its unit and an example."""


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment and `.env`.

    Raises:
        SettingsError: one line for each wrong setting: its name, what is wrong, what it means, an example.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # names are checked by pydantic, one by one
    except ValidationError as error:
        raise SettingsError("\n".join(_line(found) for found in error.errors())) from None


def _line(found: object) -> str:
    details = dict(found)  # type: ignore[call-overload]  # pydantic's ErrorDetails is a TypedDict
    name = str(details["loc"][0])
    field = Settings.model_fields.get(name)
    env = f"{PREFIX}{name.upper()}"
    if field is None:
        return f"{env}: {details['msg']}"
    example = field.examples[0] if field.examples else ""
    return f"{env}: {details['msg']}. {field.description} Example: {env}={example}"
