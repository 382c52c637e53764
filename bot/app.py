"""The composition root: the only file that knows every room. `build` wires, `App` runs.

One process does everything: it receives, answers, delivers, downloads and reminds. On
PostgreSQL any number of them share the work; what must happen once is unique in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.webchat import WebChat
from bot.channels.webchat_static import Look
from bot.collector import spare_what_stays
from bot.desks.registry import all_desks
from bot.events import Incoming
from bot.flows import help as help_words
from bot.handlers.case_clock import CaseClock
from bot.handlers.deliver import Deliverer, chat_moved
from bot.handlers.fetch_media import Fetcher
from bot.handlers.intake import Intake
from bot.handlers.nag_week import WAY_WORDS, short_moment, week_ahead
from bot.handlers.office_calls import OfficeCalls
from bot.handlers.office_reviews import OfficeReviews
from bot.handlers.office_word import OfficeWord
from bot.handlers.prune import Broom
from bot.handlers.receive import MEDIA_BELL, OUTBOX_BELL, Receiver
from bot.handlers.remind import Reminder
from bot.handlers.webchat_desk import StoreDesk
from bot.reading.read import read
from bot.scheduler import scheduler
from bot.secret_key import secret_key
from bot.settings import Settings
from bot.shelf import Shelf
from bot.zalo import Zalo, build_zalo, nag_windows
from office.web import Happened, Office, Options
from office.web_base import Planned, WeekOf
from plans.nag_windows import Windows as NagWindows
from storage.engine import Store, open_store
from storage.ids import Ids, NewId
from storage.media import MediaStore
from storage.migrations import migrate
from storage.secrets import Seal

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

IDLE_S = 0.5
"""How often a quiet loop looks by itself for what fell due; bells wake it sooner."""

SHELF_S = 30.0
"""How often plans imported by another process are looked for."""


@dataclass
class App:
    """Everything wired, not yet running. `once` does what is due; `run` keeps doing it."""

    settings: Settings
    store: Store
    files: MediaStore
    shelf: Shelf
    intake: Intake[Incoming]
    receiver: Receiver
    deliverer: Deliverer
    fetcher: Fetcher
    reminder: Reminder
    case_clock: CaseClock
    broom: Broom
    channels: Mapping[tuple[str, str], Channel]
    zalo: Zalo
    server: web.Application
    clock: Clock
    address: str = ""
    _runner: web.AppRunner | None = field(default=None)

    async def start(self) -> None:
        """Open the web server; raises OSError when its port is taken."""
        await self.shelf.refresh(self.store)
        self._runner = web.AppRunner(self.server, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.settings.host, self.settings.port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{port}"

    async def once(self) -> int:
        """Work on what is waiting, fetch what is wanted, send what is due. Returns how much was done."""
        worked = await self.receiver.work_stored()
        worked += await self.zalo.once()
        worked += await self.fetcher.once()
        return worked + await self.deliverer.once()

    async def tick(self) -> int:
        """What the scheduler wakes: reminders, the clocks of cases, the broom. Returns how many people are told."""
        told = await self.reminder.once() + await self.case_clock.once()
        await self.broom.once()
        return told

    async def settle(self, forward: Callable[[float], None]) -> None:
        """Do everything that is left, moving a test's clock past rests and gaps. For transcripts."""
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            await self.intake.close()
            quiet = 0 if await self.once() else quiet + 1
            forward(_REST_STEP_S)

    async def run(self) -> None:
        """Run until cancelled."""
        await self.start()
        spare_what_stays()
        bells = {name: asyncio.Event() for name in (OUTBOX_BELL, MEDIA_BELL)}
        stops = [await self.store.listen(name, bell.set) for name, bell in bells.items()]
        waker = scheduler(self.tick)
        waker.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_loop(self.deliverer.once, bells[OUTBOX_BELL]))
                tasks.create_task(_loop(self.fetcher.once, bells[MEDIA_BELL]))
                tasks.create_task(_loop(self.receiver.work_stored, asyncio.Event()))
                tasks.create_task(_loop(self.zalo.once, asyncio.Event()))
                tasks.create_task(self._keep_shelf())
                for channel in self.channels.values():
                    tasks.create_task(channel.run(self.intake.take))
        finally:
            waker.shutdown(wait=False)
            for stop in stops:
                stop()
            await self.close()

    async def _keep_shelf(self) -> None:
        while True:
            await asyncio.sleep(SHELF_S)
            with contextlib.suppress(ConnectionError):
                await self.shelf.refresh(self.store)

    async def close(self) -> None:
        """Finish what was taken, then let go of everything."""
        await self.intake.close()
        await self.deliverer.close()
        for channel in self.channels.values():
            await channel.close()
        await self.zalo.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.store.close()


_QUIET_ROUNDS = 2
_REST_STEP_S = 2.2  # longer than an album rests, and two of them longer than the gap between messages to a group


async def _loop(once: Callable[[], Awaitable[int]], bell: asyncio.Event) -> None:
    """Call `once` whenever the bell rings and every `IDLE_S`; a failure is logged and tried again."""
    while True:
        try:
            await once()
        except Exception:
            log.exception("%s broke; trying again", getattr(once, "__qualname__", once))
            await asyncio.sleep(IDLE_S)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), IDLE_S)
        bell.clear()


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What every part stands on."""

    settings: Settings
    store: Store
    files: MediaStore
    seal: Seal
    ids: NewId
    clock: Clock

    @property
    def web_url(self) -> str:
        """Where people reach our pages."""
        return self.settings.public_url or f"http://localhost:{self.settings.port}"


def build(
    settings: Settings,
    *,
    store: Store | None = None,
    ids: NewId | None = None,
    clock: Clock = lambda: datetime.now(UTC),
    more_channels: Sequence[Channel] = (),
) -> App:
    """Wire an app from settings. Tests pass a store, ids, a clock and channels of their own.

    Raises:
        StoreUrlError, SecretKeyError: the settings cannot be used; the text says what to do.
    """
    ground = _ground(settings, store, ids or Ids(), clock)
    shelf = Shelf()
    zalo = build_zalo(
        settings,
        store=ground.store,
        files=ground.files,
        ids=ground.ids,
        seal=ground.seal,
        clock=clock,
    )
    receiver = _receiver(ground, shelf, zalo)
    intake = Intake(receiver.receive)
    channels = [*more_channels, *_own_channels(ground, intake), *zalo.channels]
    by_account = {(channel.name, channel.account): channel for channel in channels}
    return App(
        settings=settings,
        store=ground.store,
        files=ground.files,
        shelf=shelf,
        intake=intake,
        receiver=receiver,
        deliverer=Deliverer(
            store=ground.store, files=ground.files, channels=by_account, clock=clock
        ),
        fetcher=_fetcher(ground, by_account),
        reminder=_reminder(ground),
        case_clock=CaseClock(store=ground.store, ids=ground.ids, seal=ground.seal, clock=clock),
        broom=Broom(store=ground.store, keeps=timedelta(days=settings.retention_days), clock=clock),
        channels=by_account,
        zalo=zalo,
        server=_server(ground, channels, zalo),
        clock=clock,
    )


def _reminder(ground: _Ground) -> Reminder:
    return Reminder(
        store=ground.store,
        ids=ground.ids,
        clock=ground.clock,
        hour=ground.settings.nudge_hour,
        files=ground.files,
        windows=nag_windows(ground.settings),
    )


def _ground(settings: Settings, store: Store | None, ids: NewId, clock: Clock) -> _Ground:
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    store = store or open_store(settings.database_url, media_dir=folder / "media")
    files = MediaStore(
        store.media_dir or folder / "media", limit_bytes=settings.photo_limit_mb << 20
    )
    seal = Seal(secret_key(settings))
    return _Ground(settings=settings, store=store, files=files, seal=seal, ids=ids, clock=clock)


def _receiver(ground: _Ground, shelf: Shelf, zalo: Zalo) -> Receiver:
    desks = all_desks(
        office_contact=ground.settings.office_contact,
        context_of=shelf.context_of,
        web_url=ground.web_url,
    )
    return Receiver(
        store=ground.store,
        desks=desks,
        ids=ground.ids,
        seal=ground.seal,
        clock=ground.clock,
        windowed=zalo.windowed,
        combining=zalo.combining,
    )


def _fetcher(ground: _Ground, channels: Mapping[tuple[str, str], Channel]) -> Fetcher:
    return Fetcher(
        store=ground.store,
        files=ground.files,
        channels=channels,
        limit_bytes=ground.settings.photo_limit_mb << 20,
        clock=ground.clock,
    )


def _own_channels(ground: _Ground, intake: Intake[Incoming]) -> list[WebChat | TelegramChannel]:
    channels: list[WebChat | TelegramChannel] = []
    if ground.settings.web_chat:
        channels.append(_web_chat(ground, intake))
    if ground.settings.telegram_token is not None:
        channels.append(_telegram(ground, intake))
    return channels


def _web_chat(ground: _Ground, intake: Intake[Incoming]) -> WebChat:
    desk = StoreDesk(
        store=ground.store,
        files=ground.files,
        hand_over=intake.take,
        ids=ground.ids,
        clock=ground.clock,
    )
    return WebChat(
        desk,
        secret=ground.seal.derive("webchat"),
        public_url=ground.settings.public_url or "",
        look=Look(tiles=ground.settings.map_tiles_url),
        proxies=ground.settings.proxies,
        now=ground.clock,
    )


def _telegram(ground: _Ground, intake: Intake[Incoming]) -> TelegramChannel:
    return TelegramChannel.from_settings(
        ground.settings,
        take=intake.take,
        commands=help_words.COMMANDS,
        about=help_words.ABOUT,
        moved=partial(chat_moved, ground.store),
        clock=ground.clock,
    )


def _server(ground: _Ground, channels: Sequence[Channel], zalo: Zalo) -> web.Application:
    server = web.Application(client_max_size=64 << 20)
    for channel in channels:
        if isinstance(channel, WebChat | TelegramChannel):
            server.add_routes(channel.routes())
    server.add_routes(zalo.routes)
    server.add_routes(_office(ground).routes())
    return server


def _office(ground: _Ground) -> Office:
    key = ground.settings.open311_key
    options = Options(
        public_url=ground.settings.public_url or "",
        tiles=ground.settings.map_tiles_url,
        proxies=ground.settings.proxies,
        open311_key=key.get_secret_value() if key is not None else "",
        contact=ground.settings.office_contact,
        free_window_h=ground.settings.zalo_free_window_h,
        paid_window_h=ground.settings.zalo_paid_window_h,
    )
    word = OfficeWord(ids=ground.ids, seal=ground.seal)

    async def tells(tx: AsyncConnection, happened: Happened, *, now: datetime) -> None:
        await word(tx, happened.case, happened.step, happened.by_person_id, happened.words, now)

    def urgent(words: str) -> bool:
        found = read(words, ground.clock().date()).violation
        return found is not None and found.urgent

    return Office(
        ground.store,
        ground.seal,
        ground.files,
        ground.clock,
        ground.ids,
        options,
        tells=tells,
        sounds_urgent=urgent,
        week_of=_week_of(ground),
        calls=OfficeCalls(ids=ground.ids, seal=ground.seal),
        reviews=OfficeReviews(ids=ground.ids, seal=ground.seal),
    )


def _week_of(ground: _Ground) -> WeekOf:
    """The coming week's reminders for the office's pages: a dry run on this very store."""
    reminder = Reminder(
        store=ground.store, ids=ground.ids, clock=ground.clock, hour=ground.settings.nudge_hour
    )
    windows = nag_windows(ground.settings) or NagWindows()

    async def week_of(commune_id: int) -> list[Planned]:
        week = await week_ahead(
            reminder, now=ground.clock(), windows=windows, commune_id=commune_id
        )
        return [
            Planned(
                when=short_moment(line.at),
                person_id=line.what.person_id,
                name=line.what.name or "Chưa có tên",
                about=line.what.about,
                way=WAY_WORDS[line.way],
                price_vnd=line.price_vnd,
            )
            for line in week.lines
        ]

    return week_of


async def run(settings: Settings) -> None:
    """Bring the database up to date and run until stopped."""
    await migrate(settings.database_url)
    await build(settings).run()
