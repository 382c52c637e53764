"""What the emulated Telegram remembers: chats, messages, and who may write to whom."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.emulators.telegram_files import Files

Json = dict[str, Any]

MEDIA_KINDS = ("photo", "document", "video", "voice", "audio", "animation", "location", "contact")
SPOKEN_KINDS = {"photo": "ảnh", "document": "tệp", "location": "vị trí", "contact": "danh thiếp"}


class Refused(Exception):
    """An answer other than success, in Telegram's own words.

    Args:
        description: without the leading "Bad Request: ", which is added for code 400.
    """

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        prefix = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}.get(code, "")
        self.code = code
        self.description = prefix + description
        self.parameters = parameters
        super().__init__(self.description)


class Signal:
    """Wakes everybody who waits for something to change; callable from plain functions."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def fire(self) -> None:
        """Something changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `holds()`; False when it does not within `timeout_s` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while not holds():
                    await self._changed.wait()
        except TimeoutError:
            return holds()
        return True


@dataclass(eq=False)
class Message:
    """One message as the people in its chat see it; `data` is its Bot API JSON.

    `order` is its place among all messages of all chats; `revision` grows when it is edited.
    """

    chat: "Chat"
    data: Json
    from_bot: bool
    order: int
    revision: int
    sent_at: datetime
    markup: Json | None = None
    reply_to: "Message | None" = None
    content: bytes | None = None
    deleted: bool = False
    reaction: list[Json] = field(default_factory=list)

    @property
    def message_id(self) -> int:
        """Telegram's number of the message within its chat."""
        return int(self.data["message_id"])

    @property
    def sender(self) -> str:
        """First name of who wrote it."""
        return str(self.data["from"]["first_name"])

    @property
    def text(self) -> str:
        """Text or caption, "" when there is neither."""
        return str(self.data.get("text") or self.data.get("caption") or "")

    @property
    def rows(self) -> list[list[Json]]:
        """Inline buttons, row by row, as Telegram's JSON."""
        rows: list[list[Json]] = (self.markup or {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> list[str]:
        """Labels of the inline buttons, row by row in one list."""
        return [button["text"] for row in self.rows for button in row]

    @property
    def keyboard(self) -> list[str]:
        """Labels of the reply keyboard this message brought along."""
        rows = (self.markup or {}).get("keyboard", [])
        return [label_of(button) for row in rows for button in row]

    @property
    def media(self) -> str | None:
        """photo, document, video, voice, audio, animation, location or contact."""
        return next((kind for kind in MEDIA_KINDS if kind in self.data), None)

    @property
    def location(self) -> tuple[float, float] | None:
        """WGS 84 degrees: latitude, longitude."""
        place = self.data.get("location")
        return (place["latitude"], place["longitude"]) if place else None

    @property
    def album(self) -> str | None:
        """The media_group_id shared by the photos of one album."""
        return self.data.get("media_group_id")

    def __str__(self) -> str:
        kind = f"({SPOKEN_KINDS.get(self.media, self.media)})" if self.media else ""
        labels = [f"[{label}]" for label in (*self.buttons, *self.keyboard)]
        return " ".join(part for part in (kind, self.text, *labels) if part)


def label_of(button: Json | str) -> str:
    """A reply button may be an object or a bare string."""
    return button if isinstance(button, str) else str(button["text"])


@dataclass(eq=False)
class Chat:
    """A private chat, group or supergroup. `members` maps user ids to their status."""

    id: int
    kind: str
    info: Json
    members: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    reply_keyboard: Json | None = None
    bot_status: str = "left"
    blocked: bool = False
    deactivated: bool = False
    moved_to: int | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_private(self) -> bool:
        """Between the bot and one person."""
        return self.kind == "private"

    @property
    def json(self) -> Json:
        """As Telegram shows the chat inside messages."""
        return {"id": self.id, "type": self.kind, **self.info}

    def visible(self) -> list[Message]:
        """Messages that were not deleted, oldest first."""
        return [message for message in self.messages.values() if not message.deleted]


class World:
    """Everything that would survive on Telegram's side when the bot is restarted."""

    def __init__(self, bot: Json, clock: Callable[[], datetime]) -> None:
        self.bot = bot
        self.clock = clock
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {bot["id"]: bot}
        self.files = Files()
        self.changed = Signal()
        self.revisions = itertools.count(1)
        self._numbers = itertools.count(1)
        self._albums = itertools.count(13_000_000_000_000_001)

    def new_album(self) -> str:
        """A fresh media_group_id."""
        return str(next(self._albums))

    def put(
        self,
        chat: Chat,
        sender: Json,
        content: Json,
        *,
        reply_to: Message | None = None,
        markup: Json | None = None,
    ) -> Message:
        """Write a message into a chat. Private chats and groups share one row of numbers."""
        numbers = chat.numbers if chat.kind == "supergroup" else self._numbers
        at = self.clock()
        data = {
            "message_id": next(numbers),
            "from": sender,
            "chat": chat.json,
            "date": int(at.timestamp()),
            **content,
        }
        if reply_to:
            nested = {k: v for k, v in reply_to.data.items() if k != "reply_to_message"}
            data["reply_to_message"] = nested
        if markup and "inline_keyboard" in markup:
            data["reply_markup"] = markup
        order = next(self.revisions)
        message = Message(
            chat=chat,
            data=data,
            from_bot=sender["id"] == self.bot["id"],
            order=order,
            revision=order,
            sent_at=at,
            markup=markup,
            reply_to=reply_to,
            content=self.files.content_of(content),
        )
        chat.messages[message.message_id] = message
        self._swap_keyboard(chat, markup)
        self.changed.fire()
        return message

    @staticmethod
    def _swap_keyboard(chat: Chat, markup: Json | None) -> None:
        if markup and "keyboard" in markup:
            chat.reply_keyboard = markup
        elif markup and markup.get("remove_keyboard"):
            chat.reply_keyboard = None

    def touch(self, message: Message) -> None:
        """Note that a message looks different now."""
        message.revision = next(self.revisions)
        self.changed.fire()

    def chat_to_write(self, chat_id: int | str) -> Chat:
        """The chat the bot may write to.

        Raises:
            Refused: unknown, blocked, kicked, moved: with the words Telegram uses for each.
        """
        chat = self.chat_to_read(chat_id)
        if chat.moved_to:
            raise Refused(
                400,
                "group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.deactivated:
            raise Refused(403, "user is deactivated")
        if chat.blocked:
            raise Refused(403, "bot was blocked by the user")
        if chat.is_private and chat.bot_status == "left":
            raise Refused(403, "bot can't initiate conversation with a user")
        if chat.bot_status == "kicked":
            raise Refused(403, f"bot was kicked from the {chat.kind} chat")
        if chat.bot_status == "left":
            raise Refused(403, f"bot is not a member of the {chat.kind} chat")
        return chat

    def chat_to_read(self, chat_id: int | str) -> Chat:
        """A chat the bot has met.

        Raises:
            Refused: 400 "chat not found" for any other.
        """
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else self._named(chat_id)
        if chat is None or not self._met(chat):
            raise Refused(400, "chat not found")
        return chat

    def _named(self, name: str) -> Chat | None:
        username = name.removeprefix("@")
        return next((c for c in self.chats.values() if c.info.get("username") == username), None)

    def _met(self, chat: Chat) -> bool:
        if not chat.is_private or chat.bot_status != "left":
            return True
        return any(chat.id in other.members for other in self.chats.values() if other is not chat)

    def message_of(self, chat: Chat, message_id: int, words: str) -> Message:
        """A message still there; `words` is what Telegram says when it is not."""
        message = chat.messages.get(message_id)
        if message is None or message.deleted:
            raise Refused(400, words)
        return message
