"""A desk for the web chat's own tests: it keeps lines in memory, knows pictures by Pillow, and answers by echo.

It stands where `bot/app.py` puts the store and the conversation, and keeps the promises of
`WebChatDesk`: a known message changes nothing, a photo is shown only in the chat it belongs to.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.channels.base import Outgoing
from bot.channels.webchat_wire import Heard, Line, NotAPicture, Shown, Told
from bot.events import AnySaid, Button, Incoming, Photo, Place, Reply, Tap, Text

GREETING = Reply(
    words=(
        "Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã.\n\n"
        "Anh/chị muốn làm gì ạ? Bấm nút, hoặc cứ kể bằng lời, ví dụ: đốt rơm ở đồng sau đình."
    ),
    buttons=(
        Button("Phản ánh ô nhiễm", "open:violation"),
        Button("Xem phản ánh của tôi", "open:cases"),
        Button("Em làm được gì?", "help"),
    ),
)


class EchoDesk:
    """In-memory `WebChatDesk`. `deliver` is called for each reply, as the outbox would."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.lines: dict[str, list[Line]] = {}
        self.taken: list[Incoming] = []
        self.pictures: dict[int, tuple[str, bytes]] = {}
        self.broken = False
        self.deliver: Callable[[Outgoing], Awaitable[object]] | None = None
        self._refs: dict[str, int] = {}
        self._next_id = 2**60  # as large as the store's ids: larger than JavaScript's whole numbers

    async def take(self, incomings: Sequence[Incoming]) -> None:
        if self.broken:
            raise ConnectionError("the store is away")
        known = {one.key for one in self.taken}
        for incoming in incomings:
            if incoming.key in known:
                continue
            self.taken.append(incoming)
            heard = Heard(message_id=incoming.message_id, said=incoming.said, at=self.now())
            self.lines.setdefault(incoming.chat, []).append(heard)
            await self.tell(incoming.chat, answer_to(incoming.said))

    async def tell(self, chat: str, reply: Reply) -> None:
        self._next_id += 1
        told = Told(id=self._next_id, reply=reply, at=self.now())
        self.lines.setdefault(chat, []).append(told)
        if self.deliver is not None:
            await self.deliver(Outgoing(key=str(told.id), chat=chat, words=reply.words))

    async def keep_photo(self, data: bytes, *, address: str, ref: str) -> int:
        try:
            with Image.open(io.BytesIO(data)) as picture:
                picture.verify()
        except (UnidentifiedImageError, OSError, SyntaxError) as wrong:
            raise NotAPicture from wrong
        media = self._refs.setdefault(ref, 2**60 + len(self._refs))
        self.pictures[media] = (address, data)
        return media

    async def photo(self, media: int, *, address: str, thumbnail: bool) -> Shown | None:
        owner, data = self.pictures.get(media, ("", b""))
        if owner != address:
            return None
        with Image.open(io.BytesIO(data)) as picture:
            shown = ImageOps.exif_transpose(picture).convert("RGB")
            if thumbnail:
                shown.thumbnail((320, 320))
            out = io.BytesIO()
            shown.save(out, "JPEG")
        return Shown(content_type="image/jpeg", data=out.getvalue())

    async def history(self, address: str, *, since: datetime | None, limit: int) -> Sequence[Line]:
        lines = self.lines.get(address, [])
        return [line for line in lines if since is None or line.at >= since][-limit:]


def answer_to(said: AnySaid) -> Reply:
    """What the echo answers: the kinds of reply that the page must be able to show."""
    match said:
        case Text(words=words) if words.startswith("/start"):
            return GREETING
        case Text(words="giúp"):
            return Reply(words="Em nghe đây ạ. Xem thêm ở https://example.org/huong-dan nhé.")
        case Text(words=words):
            return Reply(words=f"Em nhận được: {words}")
        case Tap(token="open:violation"):
            return Reply(
                words="Chuyện xảy ra ở đâu ạ? Anh/chị gửi vị trí, hoặc gõ tên thôn, tên đường.",
                asks_place=True,
                buttons=(Button("Bỏ qua", "skip"), Button("Quay lại", "back")),
            )
        case Tap(token=token):
            return Reply(words=f"Anh/chị vừa bấm {token}.")
        case Place(lat=lat, lon=lon):
            return Reply(words=f"Em ghi vị trí {lat:.5f}, {lon:.5f} rồi ạ.")
        case Photo():
            return Reply(words="Em nhận được ảnh rồi ạ.", buttons=(Button("Xong", "done"),))
        case _:
            return Reply(words="Em đã nhận ạ.")
