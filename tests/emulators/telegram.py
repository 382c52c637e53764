"""A Telegram to test against: the Bot API over HTTP on loopback, and people who use it.

    async with TelegramEmulator() as telegram:
        bot = Bot(telegram.token, base_url=telegram.base_url, base_file_url=telegram.base_file_url)
        lan = telegram.person("Lan")
        await lan.sends("báo sự cố")
        ...
        assert not telegram.violations

It answers as https://core.telegram.org/bots/api says (Bot API 10.0): a call that breaks the
written rules gets the 400 Telegram would give, and is kept in `violations`.
"""

import asyncio
import itertools
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import BodyPartReader, web

from tests.emulators import telegram_account, telegram_sending
from tests.emulators.telegram_checks import read_call
from tests.emulators.telegram_delivery import Delivery
from tests.emulators.telegram_groups import Group, bot_status_json
from tests.emulators.telegram_limits import CHAT_BURST, Fault, Faults, FloodLimits
from tests.emulators.telegram_limits import too_many_requests as refusal_429
from tests.emulators.telegram_people import Person, Tap
from tests.emulators.telegram_schema import METHODS, Upload
from tests.emulators.telegram_world import Chat, Json, Message, Refused, World

BOT_ID = 4_200_000
FIRST_PERSON_ID = 700_000_001
FIRST_GROUP_ID = -5_000_001
FIRST_SUPERGROUP_ID = -1_001_700_000_001
# As long as real ones, so that a settings check on shape takes it.
TOKEN = f"{BOT_ID}:AAE{'loopback' * 4}"
# Sending files: a form may carry 50 MB; the rest of the form needs room too.
LARGEST_CALL_BYTES = 60 * 1024 * 1024
CODES = {"server_error": 500, "bad_gateway": 502}
PLAYED: dict[str, Any] = {**telegram_account.METHODS, **telegram_sending.METHODS}
BY_LOWER_CASE = {name.lower(): name for name in METHODS}


@dataclass
class Call:
    """One call of the bot: what it asked, when, and what it was told."""

    method: str
    params: Json
    at: datetime
    code: int = 0
    description: str = ""
    fault: str | None = None
    problems: list[str] = field(default_factory=list)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TelegramEmulator:
    """One bot's Telegram. Everything is kept when the bot goes and comes back.

    Args:
        username: the bot's, without "@".
        clock: aware times, for message dates, limits and lifetimes; waiting is in real seconds.
        strict_limits: answer 429 beyond 30 messages/s, about 1/s a chat, 20/min a group.
        chat_burst: how many messages a chat takes at once before 1/s holds.
        privacy_mode: in groups the bot reads only what is meant for it (BotFather's default);
            an administrator bot reads everything.
        port: 0 takes a free one.
    """

    def __init__(
        self,
        *,
        username: str = "soxanh_bot",
        name: str = "Sổ Xanh",
        clock: Callable[[], datetime] = _utc_now,
        strict_limits: bool = False,
        chat_burst: int = CHAT_BURST,
        privacy_mode: bool = False,
        port: int = 0,
    ) -> None:
        bot = {"id": BOT_ID, "is_bot": True, "first_name": name, "username": username}
        self.clock = clock
        self.token = TOKEN
        self.privacy_mode = privacy_mode
        self.world = World(bot, clock)
        self.delivery = Delivery(self.world.changed, clock)
        self.delivery.execute = self.execute
        self.limits = FloodLimits(clock, strict=strict_limits, burst=chat_burst)
        self.faults = Faults()
        self.calls: list[Call] = []
        self.polls: list[Call] = []
        self.violations: list[str] = []
        self.settings: dict[tuple[str, str, str], Any] = {}
        self.taps: dict[str, Tap] = {}
        # Where a person is when the bot asks for their location with a reply button.
        self.whereabouts = (20.97, 105.77)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self._people = itertools.count(FIRST_PERSON_ID)
        self._groups = {
            "group": itertools.count(FIRST_GROUP_ID, -1),
            "supergroup": itertools.count(FIRST_SUPERGROUP_ID, -1),
        }
        self._tap_ids = random.Random(BOT_ID)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=LARGEST_CALL_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._on_call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._on_download)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.5, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        await self.delivery.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """What python-telegram-bot's `base_url` takes."""
        return f"http://127.0.0.1:{self._port}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot's `base_file_url` takes."""
        return f"http://127.0.0.1:{self._port}/file/bot"

    @property
    def username(self) -> str:
        """The bot's, without "@"."""
        return str(self.world.bot["username"])

    # People and groups

    def person(self, name: str, *, username: str | None = None) -> Person:
        """A new person who has not written to the bot yet."""
        user: Json = {
            "id": next(self._people),
            "is_bot": False,
            "first_name": name,
            "language_code": "vi",
        }
        if username:
            user["username"] = username
        names: Json = {"first_name": name, **({"username": username} if username else {})}
        chat = Chat(user["id"], "private", names, {user["id"]: "member"})
        self.world.users[user["id"]] = user
        self.world.chats[chat.id] = chat
        return Person(self, user, chat)

    def group(
        self,
        title: str,
        members: Iterable[Person],
        *,
        admins: Iterable[Person] = (),
        kind: str = "group",
    ) -> Group:
        """A new group with the bot in it. The first member created it; `admins` may manage it.

        The bot is told as Telegram tells it: my_chat_member, and a service message.
        """
        people = list(members)
        chat = self.add_group(title, kind)
        chat.members = {person.id: "member" for person in people}
        chat.members |= {person.id: "administrator" for person in admins}
        chat.members[people[0].id] = "creator"
        chat.bot_status = "member"
        creator = people[0]
        self.tell_bot_status(chat, creator.user, "left", "member")
        content = {"new_chat_members": [self.world.bot]}
        self.tell_message(self.world.put(chat, creator.user, content))
        return Group(self, chat, creator)

    def add_group(self, title: str, kind: str) -> Chat:
        """An empty group nobody knows of yet."""
        chat = Chat(next(self._groups[kind]), kind, {"title": title})
        self.world.chats[chat.id] = chat
        return chat

    # What the bot gets to know

    def tell_message(self, message: Message, kind: str = "message") -> None:
        """Queue an update about a message, if the bot may read it."""
        if self._bot_reads(message):
            self.delivery.emit(kind, message.data, message.chat.id)

    def _bot_reads(self, message: Message) -> bool:
        chat, data = message.chat, message.data
        if chat.is_private or chat.bot_status == "administrator":
            return True
        if chat.bot_status != "member":
            return False
        service = not (message.text or message.media)
        to_bot = message.reply_to is not None and message.reply_to.from_bot
        return not self.privacy_mode or service or to_bot or self._is_addressed(data)

    def _is_addressed(self, data: Json) -> bool:
        """Privacy mode: commands and mentions reach the bot."""
        entities = [*data.get("entities", []), *data.get("caption_entities", [])]
        text = str(data.get("text") or data.get("caption") or "")
        is_command = any(entity["type"] == "bot_command" for entity in entities)
        return is_command or f"@{self.username}".lower() in text.lower()

    def tell_bot_status(self, chat: Chat, by: Json, old: str, new: str) -> None:
        """Queue my_chat_member."""
        date = int(self.clock().timestamp())
        body = bot_status_json(chat, by, self.world.bot, old, new, date)
        self.delivery.emit("my_chat_member", body, chat.id)

    def new_tap(self, person: Person, message: Message, button: Json) -> Tap:
        """A tap the bot may answer. One on a link has a url and no data."""
        tap = Tap(
            id=str(self._tap_ids.getrandbits(62)),
            person=person,
            message=message,
            data=button.get("callback_data"),
            url=button.get("url"),
        )
        self.taps[tap.id] = tap
        return tap

    def redeliver(self, update_id: int) -> None:
        """Deliver an update a second time."""
        self.delivery.redeliver(update_id)

    @property
    def updates(self) -> list[Json]:
        """Every update made so far, in order."""
        return [update.body for update in self.delivery.sent.values()]

    async def all_taken(self, timeout_s: float = 5.0) -> None:
        """Wait until the bot has acknowledged every update.

        Raises:
            AssertionError: some are still pending after `timeout_s` real seconds.
        """
        if not await self.delivery.all_taken(timeout_s):
            raise AssertionError(f"{len(self.delivery.pending)} updates were not acknowledged")

    def revoke_token(self) -> None:
        """From now on the old token is answered 401, as after BotFather's /revoke."""
        self.token = f"{BOT_ID}:AAR{'revoked0' * 4}"

    # What the bot says

    async def execute(self, method: str, params: Json) -> Call:
        """Carry out one call and keep it, as when it came over HTTP."""
        return (await self._carry_out(method, *read_call(method, params)))[0]

    async def _carry_out(self, method: str, values: Json, problems: list[str]) -> tuple[Call, Json]:
        call = self._noted(Call(method, values, self.clock(), problems=problems))
        try:
            answer: Json = {"ok": True, "result": await self._result(call)}
            call.code = 200
        except Refused as refused:
            call.code, call.description = refused.code, refused.description
            answer = refusal_json(refused)
        return call, answer

    def _noted(self, call: Call) -> Call:
        (self.polls if call.method == "getUpdates" else self.calls).append(call)
        return call

    async def _result(self, call: Call) -> Any:
        if call.problems:
            self.violations += [f"{call.method}: {problem}" for problem in call.problems]
            if call.method not in METHODS:
                raise Refused(404, "Not Found")
            raise Refused(400, call.problems[0].partition(" — ")[0])
        if call.method not in PLAYED:
            self.violations.append(f"{call.method}: the emulator does not play this method")
            raise Refused(501, f"Not Implemented: the emulator does not play {call.method}")
        return await PLAYED[call.method](self, call.method, call.params)

    # HTTP

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown_token(request):
            return refused
        asked = request.match_info["method"]
        method = BY_LOWER_CASE.get(asked.lower(), asked)
        try:
            params = await _params(request)
        except ValueError as error:
            self.violations.append(f"{method}: unreadable body: {error}")
            return _json_response(refusal_json(Refused(400, "can't parse the request")), 400)
        values, problems = read_call(method, params)
        fault = self.faults.next_for(method, values)
        if fault and not fault.accepted:
            call, answer = self._noted(Call(method, values, self.clock())), Json()
        else:
            call, answer = await self._carry_out(method, values, problems)
        if fault is None:
            return _json_response(answer, call.code)
        call.fault = fault.kind
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
            return _json_response(answer, call.code)
        return await self._broken_answer(request, fault)

    async def _broken_answer(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault.kind == "hang":
            await self._closing.wait()
        if fault.kind in ("hang", "reset"):
            if request.transport:
                request.transport.abort()
            return web.Response()
        if fault.kind == "too_many":
            return _json_response(refusal_json(refusal_429(fault.retry_after_s)), 429)
        if fault.kind == "bad_gateway":
            page = "<html><head><title>502 Bad Gateway</title></head></html>"
            return web.Response(status=502, text=page, content_type="text/html")
        return _json_response(refusal_json(Refused(500, "Internal Server Error")), 500)

    async def _on_download(self, request: web.Request) -> web.StreamResponse:
        if refused := self._unknown_token(request):
            return refused
        path = request.match_info["path"]
        fault = self.faults.next_for("download", {"path": path})
        if fault and fault.kind != "slow":
            return await self._broken_answer(request, fault)
        if fault:
            await asyncio.sleep(fault.delay_s)
        file = self.world.files.at(path)
        if file is None:
            return _json_response(refusal_json(Refused(404, "Not Found")), 404)
        return web.Response(body=file.content, content_type="application/octet-stream")

    def _unknown_token(self, request: web.Request) -> web.Response | None:
        token = request.match_info["token"]
        if token == self.token:
            return None
        code, words = (401, "Unauthorized") if ":" in token else (404, "Not Found")
        return _json_response(refusal_json(Refused(code, words)), code)


def refusal_json(refused: Refused) -> Json:
    """Telegram's JSON for a refusal."""
    answer: Json = {"ok": False, "error_code": refused.code, "description": refused.description}
    if refused.parameters:
        answer["parameters"] = refused.parameters
    return answer


def _json_response(answer: Json, code: int) -> web.Response:
    return web.json_response(answer, status=code)


async def _params(request: web.Request) -> Json:
    """Parameters in any of the four ways Telegram takes them."""
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        body = json.loads(await request.text() or "{}")
        if not isinstance(body, dict):
            raise ValueError("a JSON object is expected")
        return params | body
    if request.content_type.startswith("multipart/"):
        reader = await request.multipart()
        while isinstance(part := await reader.next(), BodyPartReader):
            content = bytes(await part.read())
            kind = part.headers.get("Content-Type", "application/octet-stream")
            upload = Upload(part.filename or "", content, kind)
            params[part.name or ""] = upload if part.filename else content.decode()
        return params
    return params | dict(await request.post())
