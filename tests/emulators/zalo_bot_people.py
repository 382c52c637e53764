"""People and groups on the Zalo Bot Platform, and the updates they cause (A5, A6)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal, Protocol

from tests.emulators.zalo_common import JsonObject, MediaShelf, epoch_ms
from tests.emulators.zalo_phone import Phone
from tests.emulators.zalo_webhook import Delivery

ChatType = Literal["PRIVATE", "GROUP"]


class Group(Phone):
    """A group chat: the bot hears only what mentions it (A6), everybody reads its answers."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.chat_id = "g" + hashlib.sha256(f"group {name}".encode()).hexdigest()[:19]
        self.chat_type: ChatType = "GROUP"


class BotPlatform(Protocol):
    """What a person's phone needs of the emulator."""

    media: MediaShelf
    bot_name: str
    photo_field: Literal["photo_url", "photo"]

    @property
    def base_url(self) -> str: ...

    def now(self) -> datetime: ...

    def new_message_id(self) -> str: ...

    async def raise_update(self, event_name: str, message: JsonObject) -> Delivery | None: ...


class BotPerson(Phone):
    """One person in front of the bot: known by id and display name only (A5).

    Every `sends...` returns the webhook's delivery, or None when the update waits for polling or
    never reaches the bot (a group message that does not mention it).
    """

    def __init__(self, platform: BotPlatform, name: str) -> None:
        super().__init__(name)
        # Twenty hex characters; in a private chat it is the chat id, too (A5).
        self.chat_id = hashlib.sha256(f"person {name}".encode()).hexdigest()[:20]
        self.chat_type: ChatType = "PRIVATE"
        self.has_written = False
        self._platform = platform

    async def sends(
        self, text: str, *, group: Group | None = None, mention: bool = False
    ) -> Delivery | None:
        """Type a text; in a group the mention stays in it (A6)."""
        said = f"@{self._platform.bot_name} {text}" if mention else text
        return await self._says(
            "message.text.received", {"text": said}, group=group, mention=mention
        )

    async def sends_photo(
        self,
        content: bytes,
        *,
        caption: str = "",
        group: Group | None = None,
        mention: bool = False,
    ) -> Delivery | None:
        """One photo; a group photo must carry the mention in its own caption (A6)."""
        url = self._platform.base_url + self._platform.media.put(content, ".jpg", "image/jpeg")
        said = f"@{self._platform.bot_name} {caption}".strip() if mention else caption
        return await self.sends_photo_at(url, caption=said, group=group, mention=mention)

    async def sends_photo_at(
        self, url: str, *, caption: str = "", group: Group | None = None, mention: bool = False
    ) -> Delivery | None:
        """An image update whose URL the test chooses."""
        fields = {self._platform.photo_field: url, "message_type": "CHAT_PHOTO"}
        if caption:
            fields["caption"] = caption
        return await self._says("message.image.received", fields, group=group, mention=mention)

    async def sends_photos(self, contents: list[bytes]) -> list[Delivery | None]:
        """An album: separate updates, nothing ties them together (A5)."""
        return [await self.sends_photo(content) for content in contents]

    async def sends_sticker(self, sticker_id: str = "bfe458bf64fa8da4d4eb") -> Delivery | None:
        """A sticker; its shape is known from the docs only (A5)."""
        url = f"{self._platform.base_url}/media/sticker/{sticker_id}.png"
        return await self._says("message.sticker.received", {"sticker": sticker_id, "url": url})

    async def sends_voice(self, content: bytes) -> Delivery | None:
        """A voice message: raw ADTS AAC (A5)."""
        url = self._platform.base_url + self._platform.media.put(content, ".aac", "audio/aac")
        fields = {"voice_url": url, "message_type": "CHAT_VOICE"}
        return await self._says("message.voice.received", fields)

    async def sends_unsupported(self) -> Delivery | None:
        """A location, file, video or link, or anything from a protected sender: no content."""
        return await self._says("message.unsupported.received", {})

    async def _says(
        self,
        event_name: str,
        fields: JsonObject,
        *,
        group: Group | None = None,
        mention: bool = False,
    ) -> Delivery | None:
        if group is not None and not mention:
            return None
        chat = group or self
        if group is None:
            self.has_written = True
        message: JsonObject = {
            "date": epoch_ms(self._platform.now()),
            "chat": {"chat_type": chat.chat_type, "id": chat.chat_id},
            "message_id": self._platform.new_message_id(),
            "from": {"id": self.chat_id, "is_bot": False, "display_name": self.name},
        }
        return await self._platform.raise_update(event_name, message | fields)
