"""The people in front of the emulated Telegram: what they send, tap, see and hear."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.emulators.media import a_document, a_photo, a_voice
from tests.emulators.telegram_text import found_entities, utf16_length
from tests.emulators.telegram_world import Chat, Json, Message, label_of

if TYPE_CHECKING:
    from tests.emulators.telegram import TelegramEmulator
    from tests.emulators.telegram_groups import Group

# Long texts are cut by the apps before they are sent, at the limit of one message.
MESSAGE_MAX_UNITS = 4096
ALBUM_MAX_ITEMS = 10
PATIENCE_S = 5.0


@dataclass(eq=False)
class Tap:
    """A pressed inline button: what the bot answered, and whether it still may."""

    id: str
    person: "Person"
    message: Message
    data: str | None
    url: str | None = None
    answer: Json | None = None
    expired: bool = False

    @property
    def text(self) -> str | None:
        """The notice shown at the top of the screen, None before the answer."""
        return self.answer.get("text", "") if self.answer else None

    async def answered(self, timeout_s: float = PATIENCE_S) -> str:
        """The notice, "" for a silent answer.

        Raises:
            AssertionError: the clock on the button still turns after `timeout_s` real seconds.
        """
        emulator = self.person.emulator
        if not await emulator.world.changed.until(lambda: self.answer is not None, timeout_s):
            raise AssertionError(f"nobody answered the tap on {self.data!r} in {timeout_s} s")
        return self.text or ""


class Person:
    """Someone with Telegram on their phone. Made by `TelegramEmulator.person`."""

    def __init__(self, emulator: "TelegramEmulator", user: Json, chat: Chat) -> None:
        self.emulator = emulator
        self.user = user
        self.chat = chat
        self.heard = 0

    @property
    def id(self) -> int:
        """User id, which is also the id of the private chat with the bot."""
        return int(self.user["id"])

    @property
    def name(self) -> str:
        """First name."""
        return str(self.user["first_name"])

    async def sends(
        self, text: str, chat: "Group | None" = None, *, reply_to: Message | None = None
    ) -> Message:
        """Type a text; one too long for a message goes as several, the last is returned."""
        parts = _cut(text.strip())
        for part in parts:
            message = self._says({"text": part, **_entities("entities", part)}, chat, reply_to)
        return message

    async def starts(self, payload: str = "") -> Message:
        """Press Start, or open a link with a payload; lifts a block."""
        if self.chat.blocked:
            self.chat.blocked = False
            self._tells_status("kicked", "member")
        return await self.sends(f"/start {payload}".strip())

    async def sends_photo(
        self,
        content: bytes | None = None,
        caption: str | None = None,
        chat: "Group | None" = None,
        *,
        reply_to: Message | None = None,
    ) -> Message:
        """Send a photo, a small made-up one by default; EXIF is lost, as on Telegram."""
        media = self.emulator.world.files.photo(content or a_photo())
        return self._says({**media, **_caption(caption)}, chat, reply_to)

    async def sends_album(
        self,
        contents: Sequence[bytes],
        caption: str | None = None,
        chat: "Group | None" = None,
        *,
        reply_to: Message | None = None,
    ) -> list[Message]:
        """Send 2-10 photos at once: an update each, the caption on the first."""
        if not 2 <= len(contents) <= ALBUM_MAX_ITEMS:
            raise AssertionError(f"an album has 2-10 photos, not {len(contents)}")
        album = self.emulator.world.new_album()
        return [
            self._says(
                {
                    "media_group_id": album,
                    **self.emulator.world.files.photo(content),
                    **_caption(caption if index == 0 else None),
                },
                chat,
                reply_to,
            )
            for index, content in enumerate(contents)
        ]

    async def sends_document(
        self,
        content: bytes | None = None,
        name: str = "bien-ban.pdf",
        caption: str | None = None,
        chat: "Group | None" = None,
    ) -> Message:
        """Send a file as it is; a photo sent this way keeps its EXIF."""
        media = self.emulator.world.files.document(content or a_document(), name)
        return self._says({**media, **_caption(caption)}, chat)

    async def sends_voice(
        self, content: bytes | None = None, chat: "Group | None" = None
    ) -> Message:
        """Send a voice note."""
        files = self.emulator.world.files
        return self._says(files.document(content or a_voice(), "voice.oga", kind="voice"), chat)

    async def sends_video(
        self,
        content: bytes = b"\x00\x00\x00\x18ftypmp42",
        caption: str | None = None,
        chat: "Group | None" = None,
    ) -> Message:
        """Send a video."""
        media = self.emulator.world.files.document(content, "video.mp4", kind="video")
        return self._says({**media, **_caption(caption)}, chat)

    async def sends_location(self, lat: float, lon: float, chat: "Group | None" = None) -> Message:
        """Send a pin; WGS 84 degrees."""
        return self._says({"location": {"latitude": lat, "longitude": lon}}, chat)

    async def sends_contact(
        self,
        phone_number: str = "+840000000000",
        name: str | None = None,
        chat: "Group | None" = None,
    ) -> Message:
        """Share a contact: their own (with user_id) unless `name` says somebody else's."""
        contact: Json = {"phone_number": phone_number, "first_name": name or self.name}
        if name is None:
            contact["user_id"] = self.id
        return self._says({"contact": contact}, chat)

    async def edits(self, message: Message, text: str) -> Message:
        """Change one's own text; the bot gets edited_message."""
        if message.data["from"]["id"] != self.id:
            raise AssertionError(f"{self.name} cannot edit what {message.sender} wrote")
        kept = {k: v for k, v in message.data.items() if k not in ("text", "entities")}
        message.data = {
            **kept,
            "text": text,
            **_entities("entities", text),
            "edit_date": int(self.emulator.clock().timestamp()),
        }
        self.emulator.world.touch(message)
        self.emulator.tell_message(message, "edited_message")
        return message

    async def taps(
        self, label: str, on: Message | None = None, *, inaccessible: bool = False
    ) -> Tap:
        """Press a button by its label: the newest such inline button, else the reply keyboard.

        Args:
            on: press it on this message, however old.
            inaccessible: Telegram no longer shows the bot the message (it is too old).

        Raises:
            AssertionError: no such button is in sight; the message lists those that are.
        """
        message = on or self._newest_with(label)
        if message is None:
            return await self._presses_key(label)
        button = _button(message, label)
        if button is None or message.deleted:
            raise AssertionError(f"{message} has no button [{label}] to tap")
        tap = self.emulator.new_tap(self, message, button)
        if tap.data is not None:
            self._tells_tap(tap, inaccessible=inaccessible)
        return tap

    def _newest_with(self, label: str) -> Message | None:
        newest_first = reversed(self.sees())
        return next((message for message in newest_first if _button(message, label)), None)

    async def _presses_key(self, label: str) -> Tap:
        rows = (self.chat.reply_keyboard or {}).get("keyboard", [])
        keys = {_same(label_of(key)): key for row in rows for key in row}
        key = keys.get(_same(label))
        if key is None:
            raise AssertionError(f"{self.name} sees no button [{label}], only {self.buttons()}")
        asks = key if isinstance(key, dict) else {}
        if asks.get("request_contact"):
            message = await self.sends_contact()
        elif asks.get("request_location"):
            message = await self.sends_location(*self.emulator.whereabouts)
        else:
            message = await self.sends(label_of(key))
        return Tap("", self, message, None, answer={})

    def buttons(self) -> list[str]:
        """Every label in sight, inline ones of the newest message first."""
        inline = [label for message in reversed(self.sees()) for label in message.buttons]
        rows = (self.chat.reply_keyboard or {}).get("keyboard", [])
        return [*dict.fromkeys(inline), *(label_of(key) for row in rows for key in row)]

    def _tells_tap(self, tap: Tap, *, inaccessible: bool) -> None:
        chat = tap.message.chat
        shown = tap.message.data
        if inaccessible:
            shown = {"chat": chat.json, "message_id": tap.message.message_id, "date": 0}
        body = {
            "id": tap.id,
            "from": self.user,
            "message": shown,
            "chat_instance": str(chat.id),
            "data": tap.data,
        }
        self.emulator.delivery.emit("callback_query", body, chat.id)

    async def blocks_bot(self) -> None:
        """Stop and block the bot."""
        self.chat.blocked = True
        self._tells_status("member", "kicked")

    def deactivates(self) -> None:
        """Delete the account; Telegram tells the bot only when it next writes."""
        self.chat.deactivated = True

    def _tells_status(self, old: str, new: str) -> None:
        self.emulator.tell_bot_status(self.chat, self.user, old, new)

    def sees(self, chat: "Group | None" = None) -> list[Message]:
        """Messages on their screen, oldest first: the private chat and their groups, or `chat`."""
        chats = [chat.chat] if chat else self._chats()
        shown = [message for one in chats for message in one.visible()]
        return sorted(shown, key=lambda message: message.order)

    def _chats(self) -> list[Chat]:
        return [
            chat
            for chat in self.emulator.world.chats.values()
            if chat is self.chat or self.id in chat.members
        ]

    async def hears(
        self, timeout_s: float = PATIENCE_S, *, count: int = 1, chat: "Group | None" = None
    ) -> list[Message]:
        """The bot's messages, new or edited, since they last heard; waits for at least `count`.

        Raises:
            AssertionError: too few within `timeout_s` real seconds; says what is on the screen.
        """

        def unheard() -> list[Message]:
            return [m for m in self.sees(chat) if m.from_bot and m.revision > self.heard]

        if not await self.emulator.world.changed.until(lambda: len(unheard()) >= count, timeout_s):
            raise AssertionError(
                f"{self.name} heard {len(unheard())} of {count} in {timeout_s} s; sees "
                f"{[str(message) for message in self.sees(chat)[-6:]]}; "
                f"violations: {self.emulator.violations}"
            )
        new = sorted(unheard(), key=lambda message: message.revision)
        self.heard = max(self.heard, *(message.revision for message in new))
        return new

    async def does(self, line: str, chat: "Group | None" = None) -> Tap | None:
        """Do what a line of a transcript says; a tap is returned.

        `[Label]` taps, `(ảnh NAME)` and `(tệp NAME)` send a file (an existing path, or made up),
        `(vị trí LAT, LON)` a pin, `(album 3)` photos, `(danh thiếp)` their contact; a caption
        may follow a photo or an album. Anything else is typed.
        """
        line = line.strip()
        if tapped := re.fullmatch(r"\[(.+)\]", line):
            return await self.taps(tapped[1])
        if pin := re.fullmatch(r"\(vị trí\s+(-?[\d.]+)\s*,\s*(-?[\d.]+)\)", line):
            await self.sends_location(float(pin[1]), float(pin[2]), chat)
        elif photo := re.fullmatch(r"\(ảnh\s*(.*?)\)\s*(.*)", line):
            await self.sends_photo(_file(photo[1]) or a_photo(photo[1]), photo[2] or None, chat)
        elif album := re.fullmatch(r"\(album\s+(\d+)\)\s*(.*)", line):
            photos = [a_photo(f"IMG_{number}") for number in range(int(album[1]))]
            await self.sends_album(photos, album[2] or None, chat)
        elif file := re.fullmatch(r"\(tệp\s+(.+?)\)", line):
            await self.sends_document(_file(file[1]), Path(file[1]).name, chat=chat)
        elif line == "(danh thiếp)":
            await self.sends_contact(chat=chat)
        else:
            await self.sends(line, chat)
        return None

    def _says(
        self, content: Json, group: "Group | None", reply_to: Message | None = None
    ) -> Message:
        chat = group.chat if group else self.chat
        if chat.blocked:
            raise AssertionError(f"{self.name} has blocked the bot; `starts` lifts that")
        if group and self.id not in chat.members:
            raise AssertionError(f"{self.name} is not in {chat.info['title']}")
        if chat.is_private and chat.bot_status == "left":
            chat.bot_status = "member"
        message = self.emulator.world.put(chat, self.user, content, reply_to=reply_to)
        self.emulator.tell_message(message)
        return message


def _same(label: str) -> str:
    return unicodedata.normalize("NFC", label).strip()


def _button(message: Message, label: str) -> Json | None:
    buttons = (button for row in message.rows for button in row)
    return next((b for b in buttons if _same(b["text"]) == _same(label)), None)


def _entities(name: str, text: str) -> Json:
    entities = found_entities(text)
    return {name: entities} if entities else {}


def _caption(caption: str | None) -> Json:
    return {"caption": caption, **_entities("caption_entities", caption)} if caption else {}


def _file(name: str) -> bytes | None:
    path = Path(name)
    return path.read_bytes() if name and path.is_file() else None


def _cut(text: str) -> list[str]:
    parts: list[Any] = [""]
    for character in text:
        if utf16_length(parts[-1]) + utf16_length(character) > MESSAGE_MAX_UNITS:
            parts.append("")
        parts[-1] += character
    return parts
