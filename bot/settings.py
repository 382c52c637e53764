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
    proxies: Annotated[
        int,
        Field(
            ge=0,
            le=5,
            description="How many proxies of our own stand in front (a Caddy or nginx is 1). Limits by address need it.",
            examples=[1],
        ),
    ] = 0
    open311_key: Annotated[
        SecretStr | None,
        Field(
            description="The api_key that programs send to open cases by Open311. Without it anybody may, ten a day.",
            examples=["a long random word"],
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

    zalo_app_id: Annotated[
        str,
        Field(
            description="Id of the app at developers.zalo.me. Without it and zalo_oa_id the Official Account stays off.",
            examples=["1234567890"],
        ),
    ] = ""
    zalo_app_secret: Annotated[
        SecretStr | None,
        Field(
            description="The app's secret key: exchanges the consent and refreshes tokens. Not the OA secret key.",
            examples=["from the app's settings page"],
        ),
    ] = None
    zalo_oa_id: Annotated[
        str,
        Field(description="Id of the Official Account.", examples=["2470000000000000001"]),
    ] = ""
    zalo_oa_secret_key: Annotated[
        SecretStr | None,
        Field(
            description="Signs webhook events (page Official Account, Webhook). Without it the app's secret is tried in its place.",
            examples=["from the webhook page"],
        ),
    ] = None
    zalo_oa_verify: Annotated[
        Literal["off", "log", "enforce"],
        Field(
            description="What a wrong webhook signature means: nothing, a line in the log, or the event is dropped. "
            "Start with log; enforce once `soxanh zalo status` counts right signatures.",
            examples=["enforce"],
        ),
    ] = "log"
    zalo_oa_button_template: Annotated[
        Literal["without", "with"],
        Field(
            description="Whether button messages name their template_type; the other form is tried when this one is refused.",
            examples=["without"],
        ),
    ] = "without"
    zalo_oa_button_taps: Annotated[
        Literal["hide", "show"],
        Field(
            description="Whether a tapped button's word appears in the chat (oa.query.hide, oa.query.show).",
            examples=["hide"],
        ),
    ] = "hide"
    zalo_oa_checks_sends: Annotated[
        bool,
        Field(
            description="Whether a send without an answer is looked up in the conversation before it is tried again. "
            "Without it such a message is shown to the office and never repeated.",
            examples=[True],
        ),
    ] = True
    zalo_oa_per_second: Annotated[
        float,
        Field(
            gt=0,
            le=66,
            description="Messages a second over the account. Packages differ; the app's limit is 4,000 calls a minute.",
            examples=[20],
        ),
    ] = 20.0
    zalo_free_window_h: Annotated[
        float,
        Field(
            gt=0,
            le=48,
            description="Hours after a person's last word in which a message is free: 48 by Zalo, less a margin.",
            examples=[47.5],
        ),
    ] = 47.5
    zalo_paid_window_h: Annotated[
        float,
        Field(
            gt=0,
            le=168,
            description="Hours after a person's last word in which a paid message is carried: 168 by Zalo, less a margin.",
            examples=[167],
        ),
    ] = 167.0
    zalo_allow_paid: Annotated[
        bool,
        Field(
            description="Whether messages may be paid for when the free window is over. Without it they wait for the person.",
            examples=[False],
        ),
    ] = False
    zalo_paid_vnd: Annotated[
        int, Field(ge=0, description="Price of one paid message, in đồng.", examples=[55])
    ] = 55
    zalo_budget_vnd: Annotated[
        int,
        Field(
            ge=0,
            description="The most that paid messages and templates may cost in a month, in đồng.",
            examples=[50000],
        ),
    ] = 0
    zalo_template_id: Annotated[
        str,
        Field(
            description="An approved template by user id that asks a person silent for more than a week to write. Empty: none is sent.",
            examples=["412345"],
        ),
    ] = ""
    zalo_template_vnd: Annotated[
        int, Field(ge=0, description="Price of one such template, in đồng.", examples=[200])
    ] = 200
    zalo_staff_pause_min: Annotated[
        int,
        Field(
            ge=0,
            description="Minutes the bot keeps silent in a chat after an official wrote there in OA Manager. 0: never.",
            examples=[30],
        ),
    ] = 30
    zalo_silence_alert_h: Annotated[
        int,
        Field(
            ge=0,
            description="Working hours without any webhook event after which administrators are told. 0: never.",
            examples=[8],
        ),
    ] = 8
    zalo_api_url: Annotated[
        str,
        Field(
            description="Zalo's OpenAPI, or an emulator's.", examples=["https://openapi.zalo.me"]
        ),
    ] = "https://openapi.zalo.me"
    zalo_oauth_url: Annotated[
        str,
        Field(
            description="Zalo's consent and token server, or an emulator's.",
            examples=["https://oauth.zaloapp.com"],
        ),
    ] = "https://oauth.zaloapp.com"
    zalo_media_hosts: Annotated[
        str,
        Field(
            description="Further hosts photos may be fetched from, separated by commas; a leading dot takes subdomains along.",
            examples=[".dlfl.vn"],
        ),
    ] = ""
    zalo_media_loopback: Annotated[
        bool,
        Field(
            description="Whether photos may be fetched from this machine by plain http: for emulators only.",
            examples=[False],
        ),
    ] = False
    zalo_bot_token: Annotated[
        SecretStr | None,
        Field(
            description="Bot token from Zalo Bot Creator. Without it the Zalo Bot stays off.",
            examples=["1000000001:AA…"],
        ),
    ] = None
    zalo_bot_webhook_secret: Annotated[
        SecretStr | None,
        Field(
            min_length=32,
            max_length=256,
            description="Secret that Zalo must send with every webhook of the bot (32 to 256 letters). "
            "Without it the bot is polled: one process only, and what Zalo hands out while it dies is lost.",
            examples=["soxanh zalo webhook secret prints one"],
        ),
    ] = None
    zalo_bot_api_url: Annotated[
        str,
        Field(
            description="Zalo's Bot API, or an emulator's.",
            examples=["https://bot-api.zaloplatforms.com"],
        ),
    ] = "https://bot-api.zaloplatforms.com"
    zalo_bot_people: Annotated[
        int,
        Field(
            ge=1, description="People a month the bot's plan allows; warned at 80 %.", examples=[50]
        ),
    ] = 50
    zalo_bot_messages: Annotated[
        int,
        Field(
            ge=1,
            description="Messages a month the bot's plan allows; warned at 80 %.",
            examples=[3000],
        ),
    ] = 3000
    zalo_bot_per_second: Annotated[
        float,
        Field(
            gt=0,
            le=30,
            description="Messages a second; Zalo states no limit, so this stays low.",
            examples=[5],
        ),
    ] = 5.0

    office_contact: Annotated[
        str,
        Field(
            description="How people reach a person, said at “gặp cán bộ”.",
            examples=["Văn phòng xã, giờ hành chính"],
        ),
    ] = "Văn phòng HĐND và UBND xã, trong giờ hành chính"
    retention_days: Annotated[
        int,
        Field(
            ge=3,
            le=3650,
            description="Days for which messages that were answered or carried are kept, then deleted at night.",
            examples=[30],
        ),
    ] = 30
    nudge_hour: Annotated[
        int,
        Field(
            ge=6,
            le=20,
            description="Hour of the day (Việt Nam) when reminders go out.",
            examples=[8],
        ),
    ] = 8
    lexicon: Annotated[
        Path | None,
        Field(
            description="The office's own words for reading messages (units, nouns, movements; docs/reading.md, "
            "“Adding words”). Without it the words that come with the program are used alone.",
            examples=["var/lexicon.yaml"],
        ),
    ] = None
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
