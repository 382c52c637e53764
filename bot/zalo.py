"""Wires both Zalo channels from the settings; `bot/app.py` hangs the result into the app.

zalo = build_zalo(settings, store=store, files=files, ids=ids, seal=seal, clock=clock)
server.add_routes(zalo.routes); channels += zalo.channels; call `zalo.once` in a loop
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.channels import zalo_links
from bot.channels.base import Channel
from bot.channels.zalo_bot import ZaloBot
from bot.channels.zalo_bot_calls import BotApi
from bot.channels.zalo_desk import NAME_BOT, NAME_OA
from bot.channels.zalo_http import Http
from bot.channels.zalo_media import MediaFetcher
from bot.channels.zalo_oa import OaDoor, ZaloOa
from bot.channels.zalo_oa_calls import OpenApi
from bot.channels.zalo_oa_send import Sender, SendRules
from bot.channels.zalo_oa_tokens import OaApp, TokenKeeper
from bot.handlers.windows import Rules, Windows
from bot.handlers.zalo_alerts import Alerts
from bot.handlers.zalo_desk import StoreZaloDesk, link_digest
from bot.handlers.zalo_poll import PollingDesk
from bot.handlers.zalo_rounds import HeldRounds, OaRounds
from bot.handlers.zalo_shelf import StoreShelf
from bot.settings import Settings
from plans.nag_windows import Windows as NagWindows
from storage import uploads
from storage.engine import Store
from storage.ids import NewId
from storage.media import MediaStore
from storage.pictures import sniff
from storage.secrets import Seal

Clock = Callable[[], datetime]


@dataclass
class Zalo:
    """Both channels with what belongs to them; empty when neither is set up."""

    http: Http
    channels: list[Channel] = field(default_factory=list)
    routes: list[web.RouteDef] = field(default_factory=list)
    oa: OaRounds | None = None
    bot: ZaloBot | None = None
    held: HeldRounds | None = None
    tokens: TokenKeeper | None = None
    shelf: StoreShelf | None = None

    @property
    def windowed(self) -> frozenset[str]:
        """Channels that may hold messages until the person writes; for `Receiver.windowed`."""
        return frozenset(channel.name for channel in self.channels)

    @property
    def combining(self) -> frozenset[str]:
        """Channels where several answers go as one message, because each is counted."""
        return frozenset({NAME_BOT})

    async def once(self) -> int:
        """What is due beside receiving and sending; call it in a loop."""
        done = 0
        if self.oa is not None:
            done += await self.oa.once()
            await self.oa.tick()
        if self.held is not None:
            done += await self.held.once()
        return done

    async def close(self) -> None:
        """Let go of connections, after the channels are closed."""
        await self.http.close()


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What both channels are made of."""

    settings: Settings
    store: Store
    ids: NewId
    seal: Seal
    clock: Clock
    http: Http
    windows: Windows
    alerts: Alerts

    def media(self) -> MediaFetcher:
        settings = self.settings
        return MediaFetcher(
            more_hosts=settings.zalo_media_hosts.split(","), loopback=settings.zalo_media_loopback
        )

    @property
    def public_url(self) -> str:
        """Where Zalo can fetch pictures: https, or this machine for emulators."""
        url = self.settings.public_url or ""
        return url if url.startswith("https://") or self.settings.zalo_media_loopback else ""


def build_zalo(
    settings: Settings,
    *,
    store: Store,
    files: MediaStore,
    ids: NewId,
    seal: Seal,
    clock: Clock = lambda: datetime.now(UTC),
) -> Zalo:
    """The Zalo channels that the settings switch on."""
    accounts = our_accounts(settings)
    zalo = Zalo(http=Http())
    if NAME_OA not in accounts and NAME_BOT not in accounts:
        return zalo
    parts = _Parts(
        settings=settings,
        store=store,
        ids=ids,
        seal=seal,
        clock=clock,
        http=zalo.http,
        windows=Windows(store=store, rules=_rules(settings), accounts=accounts, clock=clock),
        alerts=Alerts(store=store, ids=ids, clock=clock),
    )
    zalo.held = HeldRounds(parts.windows, clock=clock)
    if NAME_OA in accounts:
        _add_oa(zalo, parts)
    if NAME_BOT in accounts:
        _add_bot(zalo, parts, accounts[NAME_BOT])
    zalo.routes += zalo_links.routes(_finder(store, files, clock))
    return zalo


def nag_windows(settings: Settings) -> NagWindows | None:
    """What the Official Account allows after a person's last word; None without one."""
    if NAME_OA not in our_accounts(settings):
        return None
    return NagWindows(
        free=timedelta(hours=settings.zalo_free_window_h),
        paid=timedelta(hours=settings.zalo_paid_window_h if settings.zalo_allow_paid else 0),
        margin=timedelta(0),
        price_vnd=settings.zalo_paid_vnd,
    )


def our_accounts(settings: Settings) -> dict[str, str]:
    """Our account on each channel that is switched on."""
    found = {}
    if settings.zalo_app_id and settings.zalo_oa_id and settings.zalo_app_secret is not None:
        found[NAME_OA] = settings.zalo_oa_id
    if settings.zalo_bot_token is not None:
        found[NAME_BOT] = settings.zalo_bot_token.get_secret_value().partition(":")[0]
    if settings.telegram_token is not None:
        found["telegram"] = settings.telegram_token.get_secret_value().partition(":")[0]
    return found


def _rules(settings: Settings) -> Rules:
    return Rules(
        free=timedelta(hours=settings.zalo_free_window_h),
        paid=timedelta(hours=settings.zalo_paid_window_h),
        allow_paid=settings.zalo_allow_paid,
        paid_vnd=settings.zalo_paid_vnd,
        budget_vnd=settings.zalo_budget_vnd,
        template=bool(settings.zalo_template_id),
        template_vnd=settings.zalo_template_vnd,
        people=settings.zalo_bot_people,
        messages=settings.zalo_bot_messages,
    )


def token_keeper(
    settings: Settings, store: Store, *, http: Http, ids: NewId, seal: Seal, clock: Clock
) -> tuple[TokenKeeper, StoreShelf]:
    """The Official Account's tokens; also for commands that need nothing else."""
    assert settings.zalo_app_secret is not None
    app = OaApp(
        app_id=settings.zalo_app_id,
        app_secret=settings.zalo_app_secret.get_secret_value(),
        oa_id=settings.zalo_oa_id,
        oauth_url=settings.zalo_oauth_url.rstrip("/"),
    )
    shelf = StoreShelf(store, settings.zalo_oa_id, seal, ids, clock)
    return TokenKeeper(app, shelf, http, clock=clock), shelf


def _add_oa(zalo: Zalo, parts: _Parts) -> None:
    settings = parts.settings
    tokens, shelf = token_keeper(
        settings, parts.store, http=parts.http, ids=parts.ids, seal=parts.seal, clock=parts.clock
    )
    desk = StoreZaloDesk(
        NAME_OA,
        settings.zalo_oa_id,
        parts.store,
        parts.windows,
        parts.alerts,
        parts.clock,
        public_url=parts.public_url,
        pause=timedelta(minutes=settings.zalo_staff_pause_min),
    )
    api = OpenApi(settings.zalo_api_url, tokens, parts.http)
    rules = SendRules(
        button_template=settings.zalo_oa_button_template,
        button_taps=settings.zalo_oa_button_taps,
        checks_sends=settings.zalo_oa_checks_sends,
        paid_vnd=settings.zalo_paid_vnd,
        template_id=settings.zalo_template_id,
        contact_image_url=f"{parts.public_url.rstrip('/')}{zalo_links.LOGO}"
        if parts.public_url
        else "",
    )
    oa = ZaloOa(
        oa_id=settings.zalo_oa_id,
        door=_door(settings),
        api=api,
        tokens=tokens,
        sender=Sender(api, desk, rules, clock=parts.clock),
        media=parts.media(),
        desk=desk,
        per_second=settings.zalo_oa_per_second,
        clock=parts.clock,
    )
    zalo.channels.append(oa)
    zalo.routes += oa.routes()
    zalo.tokens, zalo.shelf = tokens, shelf
    zalo.oa = OaRounds(
        oa=oa,
        store=parts.store,
        shelf=shelf,
        alerts=parts.alerts,
        ids=parts.ids,
        seal=parts.seal,
        silence_alert_h=settings.zalo_silence_alert_h,
        clock=parts.clock,
    )


def _door(settings: Settings) -> OaDoor:
    """The key that signs events is a setting of its own; without it the app's secret is tried (B10)."""
    key = settings.zalo_oa_secret_key or settings.zalo_app_secret
    keys = (key.get_secret_value(),) if key is not None else ()
    return OaDoor(app_id=settings.zalo_app_id, keys=keys, verify=settings.zalo_oa_verify)


def _add_bot(zalo: Zalo, parts: _Parts, account: str) -> None:
    settings = parts.settings
    assert settings.zalo_bot_token is not None
    secret = settings.zalo_bot_webhook_secret
    desk = PollingDesk(
        NAME_BOT,
        account,
        parts.store,
        parts.windows,
        parts.alerts,
        parts.clock,
        public_url=parts.public_url,
    )
    token = settings.zalo_bot_token.get_secret_value()
    bot = ZaloBot(
        account=account,
        api=BotApi(settings.zalo_bot_api_url, token, parts.http),
        media=parts.media(),
        desk=desk,
        secret=secret.get_secret_value() if secret is not None else None,
        photos=bool(parts.public_url),
        per_second=settings.zalo_bot_per_second,
        clock=parts.clock,
    )
    zalo.channels.append(bot)
    zalo.routes += bot.routes()
    zalo.bot = bot


def _finder(store: Store, files: MediaStore, clock: Clock) -> zalo_links.FindShown:
    async def find(token: str) -> zalo_links.Published | None:
        async with store.read() as tx:
            sha256 = await uploads.published(tx, link_digest(token), now=clock())
        if sha256 is None:
            return None
        try:
            content = await files.read(sha256)
        except FileNotFoundError:
            return None
        return zalo_links.Published(content, sniff(content))

    return find
