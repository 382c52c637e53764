"""Telegram: long polling, or a webhook when people can reach us by a public address.

Facts come from https://core.telegram.org/bots/api (Bot API 10.0) and
https://core.telegram.org/bots/faq (limits). Every update is handed over before it is
acknowledged: in polling the next `offset` confirms it, with a webhook our 200 does. A
process that dies in between gets it again, and the inbox knows it by its id.

The token stands in every URL. So the HTTP client's log is silenced below warnings, and
no error of the library leaves this file without its token taken out.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Self
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from telegram import Bot, BotCommand
from telegram.error import (
    BadRequest,
    Conflict,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.base import (
    Abilities,
    FetchFailed,
    Outgoing,
    Sent,
    Take,
    TryLater,
)
from bot.channels.telegram_read import NAME, Reader
from bot.channels.telegram_send import Caller, hidden, retry_after_s
from bot.channels.telegram_wire import (
    ALLOWED_UPDATES,
    Update,
    decode_answer,
    decode_update,
)
from bot.events import Incoming, Tap
from bot.settings import Settings

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""https://core.telegram.org/bots/api#setwebhook, secret_token."""

START_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""https://core.telegram.org/bots/features#deep-linking."""

BODY_LIMIT_BYTES = 1024 * 1024
"""Updates are a few kilobytes; whoever sends more is not Telegram."""

POLL_S = 50
"""How long Telegram may keep a poll open when there is nothing to tell."""

CONFLICT_WAIT_S = 30.0
TOKEN_WAIT_S = 300.0
LONGEST_WAIT_S = 60.0

AT_ONCE = 64
"""Connections for calls; `deliver` sends at most 50 at a time."""

MOST_TAP_ANSWERS = 200
"""Answers to taps under way at a time; more are left out, their button then turns a little longer."""

ChatMoved = Callable[[str, str, str, str], Awaitable[None]]


class TelegramChannel:
    """One bot on Telegram. Implements `bot.channels.base.Channel`.

    Args:
        token: from @BotFather; its first part is the bot's id and our `account`.
        api_url, file_url: Telegram's, or an emulator's; the token is appended to them.
        public_url: the https address people reach this server by; "" to poll.
        secret: what Telegram must send with every webhook; needed with `public_url`.
        commands: (command without "/", what it does) for the menu in the app.
        about: a line for the bot's profile, at most 120 characters; "" leaves it as it is.
        alert: told once when a person must act: dead token, a second bot on the same token.
        take: where a webhook hands over before `run` was called; `run` brings its own.
        moved: told (channel, account, old chat, new chat) when a group got another id, before its
            messages are handed over; an update whose move could not be kept comes again.
        clock: aware times.
        pause: waits that many seconds between attempts.

    Raises:
        ValueError: a token, secret or address that Telegram would not take either.
    """

    name = NAME
    can = Abilities(
        text_limit=4096,
        caption_limit=1024,
        # 100 would be carried; more than 24 no thumb finds its way through
        buttons=24,
        button_label_limit=40,
        location_in=True,
        edits=True,
        photos_out=10,
        files_out=True,
        groups=True,
        per_second=30.0,
        chat_gap_s=1.0,
        # 20 messages a minute
        group_gap_s=3.0,
    )

    def __init__(
        self,
        token: str,
        *,
        api_url: str = "https://api.telegram.org/bot",
        file_url: str = "https://api.telegram.org/file/bot",
        public_url: str = "",
        secret: str = "",
        commands: Sequence[tuple[str, str]] = (),
        about: str = "",
        alert: Callable[[str, str], None] = lambda channel, words: log.error(
            "%s: %s", channel, words
        ),
        take: Take | None = None,
        moved: ChatMoved | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.account = _bot_id(token)
        if public_url and not SECRET.fullmatch(secret):
            raise ValueError("a webhook needs a secret of 1-256 letters, digits, _ and -")
        _keep_tokens_out_of_logs()
        self._public_url = public_url.rstrip("/")
        self._secret = secret
        self._commands = tuple(commands)
        self._about = about
        self._alert = alert
        self._moved = moved
        self._clock = clock
        self._pause = pause
        self._poll_request = HTTPXRequest(1, read_timeout=10.0, connect_timeout=10.0)
        self._request = HTTPXRequest(
            AT_ONCE,
            read_timeout=20.0,
            write_timeout=10.0,
            connect_timeout=5.0,
            pool_timeout=5.0,
            media_write_timeout=30.0,
        )
        self._bot = Bot(token, api_url, file_url, self._request, self._poll_request)
        self._caller = Caller(self._bot)
        self._reader: Reader | None = None
        self._take = take
        self._answering: set[asyncio.Task[None]] = set()
        self._closed = False

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        take: Take | None = None,
        commands: Sequence[tuple[str, str]] = (),
        about: str = "",
        moved: ChatMoved | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """The channel that the settings describe. Raises ValueError as the class itself does."""
        token, secret = settings.telegram_token, settings.telegram_webhook_secret
        return cls(
            token.get_secret_value() if token is not None else "",
            api_url=settings.telegram_api_url,
            file_url=settings.telegram_file_url,
            public_url=settings.public_url or "",
            secret=secret.get_secret_value() if secret is not None else "",
            commands=commands,
            about=about,
            take=take,
            moved=moved,
            clock=clock,
        )

    # --- the channel's contract --------------------------------------------------------------

    async def run(self, take: Take) -> None:
        """Introduce ourselves to Telegram, for as long as that takes; then poll until cancelled,
        or return where the webhook receives."""
        self._take = take
        await self._persist(self.set_up)
        if not self._public_url:
            await self._poll()

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message. Raises a `SendFailed`."""
        if self._closed:
            raise TryLater("the channel is closed", after_s=1.0)
        return await self._caller.send(message)

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        """Download a file by its `file_id`; Telegram gives bots at most 20 MB. Raises `FetchFailed`."""
        try:
            file = await self._bot.get_file(ref)
            if file.file_size is not None and file.file_size > limit_bytes:
                raise FetchFailed(f"{file.file_size} bytes are too many", for_good=True)
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            too_big = isinstance(error, BadRequest) and "too big" in error.message.lower()
            raise FetchFailed(hidden(error.message), for_good=too_big) from None
        except RuntimeError:
            raise FetchFailed("Telegram gave no path for the file", for_good=False) from None
        if len(content) > limit_bytes:
            raise FetchFailed(f"{len(content)} bytes are too many", for_good=True)
        return content

    async def close(self) -> None:
        """Let go of connections; answers to taps that are under way are left."""
        self._closed = True
        for task in tuple(self._answering):
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self._poll_request.shutdown()
        await self._request.shutdown()

    # --- introducing ourselves ---------------------------------------------------------------

    @property
    def username(self) -> str:
        """Ours, without "@"; "" until `set_up` has asked for it."""
        return self._reader.username if self._reader is not None else ""

    async def set_up(self) -> None:
        """Ask who we are, and set webhook, command menu and profile where they are not yet so.

        Raises:
            TelegramError: Telegram was out of reach or refused; may be called again.
        """
        me = await self._bot.get_me()
        if self._reader is None or self._reader.username != me.username:
            self._reader = Reader(me.id, me.username or "", self._clock)
        await self._set_webhook()
        commands = tuple(BotCommand(name, words) for name, words in self._commands)
        if commands and await self._bot.get_my_commands() != commands:
            await self._bot.set_my_commands(commands)
        if self._about:
            now = await self._bot.get_my_short_description()
            if now.short_description != self._about:
                await self._bot.set_my_short_description(self._about)

    async def _set_webhook(self) -> None:
        """Only when it differs: each process of many would otherwise set it again."""
        wanted = f"{self._public_url}{self.webhook_path}" if self._public_url else ""
        info = await self._bot.get_webhook_info()
        asked_for = set(info.allowed_updates or ())
        if info.url == wanted and (not wanted or asked_for == set(ALLOWED_UPDATES)):
            return
        if not wanted:
            await self._bot.delete_webhook()
            return
        await self._bot.set_webhook(
            wanted, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
        )

    def start_link(self, code: str) -> str:
        """A link that opens the chat and says `/start code`.

        Raises:
            ValueError: the code has other signs than letters, digits, _ and -, or more than 64.
            RuntimeError: Telegram has not told our name yet.
        """
        if not START_CODE.fullmatch(code):
            raise ValueError("a start code has 1-64 letters, digits, _ and -")
        if not self.username:
            raise RuntimeError("our name on Telegram is not known yet")
        return f"https://t.me/{self.username}?start={code}"

    # --- polling -----------------------------------------------------------------------------

    async def _poll(self) -> None:
        offset: int | None = None

        async def one_round() -> None:
            nonlocal offset
            updates, highest, unreadable = await self._get_updates(offset)
            for words in unreadable:
                log.error("telegram: not understood and passed over: %s", words)
            await self._hand_over(updates)
            if highest is not None:
                offset = highest + 1

        while True:
            await self._persist(one_round)

    async def _get_updates(self, offset: int | None) -> tuple[list[Update], int | None, list[str]]:
        """The raw answer, read into what we need: the library would first build all its own objects."""
        asked = {
            "timeout": POLL_S,
            "allowed_updates": msgspec.json.encode(ALLOWED_UPDATES).decode(),
        }
        if offset is not None:
            asked["offset"] = offset
        url = f"{self._bot.base_url}/getUpdates?{urlencode(asked)}"
        return decode_answer(await self._poll_request.retrieve(url, read_timeout=POLL_S + 10.0))

    async def _persist(self, step: Callable[[], Awaitable[None]]) -> None:
        """Do `step` until it succeeds, waiting longer after each failure."""
        failures = 0
        while True:
            try:
                await step()
                return
            except Exception as error:
                failures += 1
                words = hidden(f"{type(error).__name__}: {error}")
                if isinstance(error, Conflict | InvalidToken | BadRequest) and failures == 1:
                    self._alert(self.name, _advice(error))
                log.warning("telegram: attempt %d failed: %s", failures, words)
                await self._pause(_wait_s(error, failures))

    # --- webhook -----------------------------------------------------------------------------

    @property
    def webhook_path(self) -> str:
        """Where Telegram posts to. It changes with the secret, so that a new secret is told to Telegram."""
        digest = hmac.new(self._secret.encode(), f"webhook:{self.account}".encode(), hashlib.sha256)
        return f"/telegram/{digest.hexdigest()[:32]}"

    def routes(self) -> list[web.RouteDef]:
        """What the server answers for us; none when we poll."""
        return [web.post(self.webhook_path, self._webhook)] if self._public_url else []

    async def _webhook(self, request: web.Request) -> web.Response:
        """403 for strangers, 400 for what is no JSON, 5xx until it is kept: Telegram then brings it again."""
        told = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(told.encode(), self._secret.encode()):
            return web.Response(status=403)
        body = await _read(request)
        if body is None:
            return web.Response(status=413)
        try:
            update = decode_update(body)
        except msgspec.ValidationError as error:
            # it came from Telegram, and would come again for ever and hold up its chat
            log.error("telegram: not understood and passed over: %s", error)
            return web.Response()
        except msgspec.DecodeError:
            return web.Response(status=400)
        try:
            await self._hand_over([update])
        except Exception as error:
            log.error("telegram: an update could not be kept: %s", hidden(repr(error)))
            return web.Response(status=500)
        return web.Response()

    # --- handing over ------------------------------------------------------------------------

    async def _hand_over(self, updates: Sequence[Update]) -> None:
        """Returns once everything in `updates` is durable."""
        if self._reader is None or self._take is None:
            raise ConnectionError("not set up yet")
        if self._moved is not None:
            for move in self._reader.moves(updates):
                await self._moved(self.name, self.account, move.old_chat, move.new_chat)
        arrived = self._reader.read(updates)
        self._answer_taps(arrived)
        if arrived:
            await self._take(arrived)

    def _answer_taps(self, arrived: Sequence[Incoming]) -> None:
        """Stop the clock on pressed buttons at once, beside the turn: it is no part of the answer."""
        for incoming in arrived:
            if isinstance(incoming.said, Tap) and len(self._answering) < MOST_TAP_ANSWERS:
                tap_id = incoming.message_id.removeprefix("cb:")
                task = asyncio.create_task(self._answer_tap(tap_id), name="answer a tap")
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def _answer_tap(self, tap_id: str) -> None:
        try:
            await self._bot.answer_callback_query(tap_id)
        except TelegramError as error:
            # too old, or out of reach: the button's clock stops by itself
            log.debug("telegram: a tap was not answered: %s", hidden(error.message))


def _bot_id(token: str) -> str:
    bot_id, _, rest = token.partition(":")
    if not bot_id.isdigit() or not rest:
        raise ValueError("a bot token looks like 123456:AA…, see @BotFather")
    return bot_id


def _keep_tokens_out_of_logs() -> None:
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)


async def _read(request: web.Request) -> bytes | None:
    """The body; None when it is too large."""
    if request.content.is_eof():  # it came with the headers, as nearly all do
        whole = request.content.read_nowait(-1)
        return whole if len(whole) <= BODY_LIMIT_BYTES else None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return None
    return bytes(body)


def _advice(error: TelegramError) -> str:
    if isinstance(error, InvalidToken):
        return (
            "Telegram does not know this token: ask @BotFather for it and set SOXANH_TELEGRAM_TOKEN"
        )
    if isinstance(error, BadRequest):
        return f"Telegram refuses our settings (public address, commands): {hidden(error.message)}"
    return "somebody else receives with this token: stop the other program, or remove its webhook"


def _wait_s(error: Exception, failures: int) -> float:
    """How long to wait before the next attempt, in seconds."""
    match error:
        case RetryAfter():
            return retry_after_s(error)
        case Conflict():
            return CONFLICT_WAIT_S
        case InvalidToken():
            return TOKEN_WAIT_S
    return min(2.0 ** min(failures - 1, 10), LONGEST_WAIT_S)
