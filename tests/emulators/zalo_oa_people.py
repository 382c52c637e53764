"""People on Zalo as an Official Account meets them: what they do becomes an event (B11)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal, Protocol

from tests.emulators.zalo_common import JsonObject, MediaShelf, epoch_ms
from tests.emulators.zalo_lines import same
from tests.emulators.zalo_phone import Button, Phone
from tests.emulators.zalo_webhook import Delivery

FollowSource = Literal["oa_profile", "message_invite", "social_plugin"]


class OfficialAccount(Protocol):
    """What a person's phone needs of the emulator."""

    app_id: str
    oa_id: str
    media: MediaShelf

    @property
    def base_url(self) -> str: ...

    def now(self) -> datetime: ...

    def new_message_id(self) -> str: ...

    async def raise_event(self, event: JsonObject) -> Delivery: ...

    def log_line(self, person: OaPerson, message: JsonObject, *, by_user: bool) -> None: ...


class OaPerson(Phone):
    """One person in front of the OA, with the facts that decide whether they may be written to.

    Attributes:
        last_interaction_at: what the 48 h and 7 day windows count from (B4); None for never.
        blocked, offline_45_days, restricts: the person cannot be reached (-213, -227, -244).
        phone_number: "84...", the key of ZNS; None when they have no Zalo under a known number.
    """

    def __init__(self, oa: OfficialAccount, name: str, number: int) -> None:
        super().__init__(name)
        # Ids are strings of numbers above 2^53 (B1), so that a bot reading numbers loses digits.
        self.user_id = str(4_600_000_000_000_000_000 + number * 7919)
        self.user_id_by_app = str(8_100_000_000_000_000_000 + number * 104_729)
        self.phone_number: str | None = None
        self.is_follower = False
        self.is_sensitive = False
        self.blocked = False
        self.offline_45_days = False
        self.restricts = False
        self.has_chatted = False
        self.last_interaction_at: datetime | None = None
        self.alias = ""
        self.shared_info: JsonObject = {}
        self._oa = oa

    async def follows(self, source: FollowSource = "oa_profile") -> Delivery:
        """Press "Quan tâm"; opens the window."""
        self.is_follower, self.blocked = True, False
        self.interacts()
        return await self._follow_event("follow", source)

    async def unfollows(self, source: FollowSource = "oa_profile") -> Delivery:
        """Stop following; does not reopen the window."""
        self.is_follower = False
        return await self._follow_event("unfollow", source)

    async def sends(self, text: str, *, quotes: str | None = None) -> Delivery:
        """Type a text, perhaps in answer to message `quotes`."""
        message: JsonObject = {"text": text}
        if quotes is not None:
            message["quote_msg_id"] = quotes
        return await self._says("user_send_text", message)

    async def taps(self, label: str) -> Delivery | None:
        """Tap the newest button with this label, however old: buttons live for ever (B5).

        A query button comes back as an ordinary text; the others open something on the phone
        and the OA hears nothing (None).

        Raises:
            AssertionError: no such button was ever sent to this person.
        """
        button = self._button(label)
        if button.type in {"oa.query.show", "oa.query.hide"}:
            return await self._says("user_send_text", {"text": str(button.payload)})
        self.interacts()
        return None

    async def sends_photo(self, content: bytes, *, caption: str = "") -> Delivery:
        """One photo."""
        url = self._upload(content, ".jpg", "image/jpeg")
        return await self.sends_photo_at(url, caption=caption)

    async def sends_photo_at(self, url: str, *, caption: str = "") -> Delivery:
        """An image event whose URL the test chooses (foreign host, redirect, expired)."""
        return await self._attaches("image", {"thumbnail": url, "url": url}, caption)

    async def sends_photos(self, contents: list[bytes]) -> list[Delivery]:
        """An album: one event each, nothing ties them together (B11)."""
        return [await self.sends_photo(content) for content in contents]

    async def sends_gif(self, content: bytes) -> Delivery:
        """A moving picture."""
        url = self._upload(content, ".gif", "image/gif")
        return await self._attaches("gif", {"thumbnail": url, "url": url})

    async def sends_location(self, lat: float, lon: float, *, place: str = "") -> Delivery:
        """A pin; coordinates travel as strings, `text` may hold a place name (B11)."""
        coordinates = {"latitude": str(lat), "longitude": str(lon)}
        return await self._attaches("location", {"coordinates": coordinates}, place)

    async def sends_voice(self, content: bytes) -> Delivery:
        """A voice message: `.amr` by the docs."""
        return await self._attaches("audio", {"url": self._upload(content, ".amr", "audio/amr")})

    async def sends_video(self, content: bytes, *, description: str = "") -> Delivery:
        """A video."""
        url = self._upload(content, ".mp4", "video/mp4")
        payload = {"url": url, "thumbnail": url, "description": description}
        return await self._attaches("video", payload)

    async def sends_file(self, content: bytes, name: str) -> Delivery:
        """A document."""
        suffix = name[name.rfind(".") :]
        payload = {
            "url": self._upload(content, suffix, "application/octet-stream"),
            "name": name,
            "size": str(len(content)),
            "checksum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
            "type": suffix.lstrip("."),
        }
        return await self._attaches("file", payload)

    async def sends_sticker(self, sticker_id: str = "46020") -> Delivery:
        """A sticker."""
        url = f"{self._oa.base_url}/media/sticker/{sticker_id}.png"
        return await self._attaches("sticker", {"url": url, "id": sticker_id})

    async def sends_link(self, url: str, *, description: str = "") -> Delivery:
        """A link with its preview, or a business card (JSON in the description)."""
        payload = {"thumbnail": "", "description": description, "url": url}
        return await self._attaches("link", payload)

    async def sends_unsupported(self) -> Delivery:
        """An event kind the reference does not list; its body has the common fields only."""
        return await self._says("user_send_something_new", {})

    async def clicks_chatnow(self) -> Delivery:
        """Open the chat for the first time (only for somebody who never chatted)."""
        self.interacts()
        return await self._oa.raise_event(
            {
                "app_id": self._oa.app_id,
                "event_name": "user_click_chatnow",
                "oa_id": self._oa.oa_id,
                "user_id": self.user_id,
                "user_id_by_app": self.user_id_by_app,
            }
        )

    async def submits_info(self, name: str, phone: str, *, old_form: bool = False) -> Delivery:
        """Answer `request_user_info`. `phone` is "84..."; `old_form` sends the older field names.

        Whether this reopens the window is unknown, so here it does not.
        """
        self.shared_info = {"name": name, "phone": phone, "address": "", "city": "", "district": ""}
        self.phone_number = phone
        info: JsonObject = {"name": name, "phone": phone}
        if old_form:
            info |= {"address": "", "city": "", "district": "", "ward": ""}
        else:
            place = {"user_city": "", "user_ward": "", "user_address": ""}
            info |= {"user_dob": "", "gender": "", "full_address": place}
        return await self._oa.raise_event(self._from_user("user_submit_info") | {"info": info})

    async def reads(self) -> Delivery:
        """Look at the screen: `user_seen_message` for everything on it."""
        seen = [message.message_id for message in self.sees()]
        return await self._oa.raise_event(
            self.to_user("user_seen_message") | {"message": {"msg_ids": seen}}
        )

    async def reacts(self, message_id: str, icon: str = "/-heart") -> Delivery:
        """A reaction to a message; unknown whether it reopens the window, so it does not."""
        message = {"msg_id": message_id, "react_icon": icon}
        return await self._oa.raise_event(
            self._from_user("user_reacted_message") | {"message": message}
        )

    async def withdraws(self) -> Delivery:
        """Withdraw consent: the OA must delete what it keeps of this person."""
        return await self._oa.raise_event(
            {
                "app_id": self._oa.app_id,
                "event_name": "user_withdraw",
                "user_id": self.user_id,
                "user_id_by_app": self.user_id_by_app,
            }
        )

    def interacts(self) -> None:
        """Restart the clock of the windows."""
        self.last_interaction_at = self._oa.now()

    def to_user(self, event_name: str) -> JsonObject:
        """The common body of an event in which this person is the recipient."""
        return self._common(event_name) | {
            "sender": {"id": self._oa.oa_id},
            "recipient": {"id": self.user_id},
        }

    def _from_user(self, event_name: str) -> JsonObject:
        return self._common(event_name) | {
            "sender": {"id": self.user_id},
            "recipient": {"id": self._oa.oa_id},
        }

    def _common(self, event_name: str) -> JsonObject:
        return {
            "app_id": self._oa.app_id,
            "user_id_by_app": self.user_id_by_app,
            "event_name": event_name,
        }

    async def _says(self, event_name: str, message: JsonObject) -> Delivery:
        self.has_chatted = True
        self.interacts()
        message = {"msg_id": self._oa.new_message_id()} | message
        self._oa.log_line(self, message, by_user=True)
        return await self._oa.raise_event(self._from_user(event_name) | {"message": message})

    async def _attaches(self, kind: str, payload: JsonObject, text: str = "") -> Delivery:
        message: JsonObject = {"attachments": [{"type": kind, "payload": payload}]}
        if text:
            message["text"] = text
        return await self._says(f"user_send_{kind}", message)

    async def _follow_event(self, event_name: str, source: FollowSource) -> Delivery:
        return await self._oa.raise_event(
            {
                "app_id": self._oa.app_id,
                "event_name": event_name,
                "oa_id": self._oa.oa_id,
                "follower": {"id": self.user_id},
                "user_id_by_app": self.user_id_by_app,
                "source": source,
            }
        )

    def _button(self, label: str) -> Button:
        offered = [button for seen in self.sees() for button in seen.keys]
        for button in reversed(offered):
            if same(button.label) == same(label):
                return button
        raise AssertionError(f"no button {label!r}; offered {[one.label for one in offered]}")

    def _upload(self, content: bytes, suffix: str, content_type: str) -> str:
        return self._oa.base_url + self._oa.media.put(content, suffix, content_type)


def log_entry(
    person: OaPerson, oa_id: str, oa_name: str, message: JsonObject, *, by_user: bool, at: datetime
) -> JsonObject:
    """One line of `listrecentchat`/`conversation`.

    B8 gives no shape for these two calls; the field names are those commonly seen of v2
    (`src` 1 from the user and 0 from the OA), and a bot must read them leniently.
    """
    ends = [(person.user_id, person.name), (oa_id, oa_name)]
    (from_id, from_name), (to_id, to_name) = ends if by_user else ends[::-1]
    attachments = message.get("attachments") or [{"type": "text", "payload": {}}]
    first = attachments[0]
    return {
        "src": 1 if by_user else 0,
        "time": epoch_ms(at),
        "type": first["type"],
        "message": message.get("text", ""),
        "message_id": message["msg_id"],
        "from_id": from_id,
        "from_display_name": from_name,
        "to_id": to_id,
        "to_display_name": to_name,
        **{key: value for key, value in first["payload"].items() if key in {"url", "thumbnail"}},
    }
