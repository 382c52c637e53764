"""Files on Telegram's side: ids, sizes of photos, download paths.

Limits: https://core.telegram.org/bots/api#getfile and #sending-files
"""

import hashlib
import io
import itertools
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.emulators.media import JPEG_QUALITY, mime_type, size_px

Json = dict[str, Any]

DOWNLOAD_MAX_BYTES = 20 * 1024 * 1024
# Longest sides Telegram keeps of a photo: thumbnail, middle sizes, and the largest.
PHOTO_SIDES_PX = (90, 320, 800, 1280)
FOLDERS = {"photo": "photos", "document": "documents", "video": "videos", "voice": "voice"}


@dataclass(frozen=True)
class StoredFile:
    """One downloadable file; `media` is the message content it came with, to be sent again."""

    kind: str
    path: str
    content: bytes
    described: Json
    media: Json


class Files:
    """All files, by file_id and by download path."""

    def __init__(self) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self._numbers = itertools.count(0)

    def photo(self, content: bytes) -> Json:
        """Keep a photo as Telegram does: re-encoded, without EXIF, in several sizes."""
        media: Json = {"photo": []}
        for side_px, kept in _photo_sizes(content):
            width_px, height_px = size_px(kept) or (side_px, side_px)
            described = {"width": width_px, "height": height_px}
            media["photo"].append(self._keep("photo", kept, f"{side_px}.jpg", described, media))
        return media

    def document(self, content: bytes, name: str, *, kind: str = "document") -> Json:
        """Keep any other file untouched. `kind`: document, video, voice, audio, animation."""
        described: Json = {"mime_type": mime_type(name)}
        if kind == "voice":
            described = {"mime_type": "audio/ogg", "duration": 3}
        else:
            described["file_name"] = name
        if kind in ("video", "animation"):
            described |= {"width": 640, "height": 360, "duration": 3}
        if kind == "audio":
            described["duration"] = 3
        media: Json = {}
        media[kind] = self._keep(kind, content, name, described, media)
        return media

    def _keep(self, kind: str, content: bytes, name: str, described: Json, media: Json) -> Json:
        number = next(self._numbers)
        unique = hashlib.sha256(content + kind.encode()).hexdigest()[:16]
        full = {
            "file_id": f"AgAC{kind}-{number}-{unique}",
            "file_unique_id": f"AQAD{unique}",
            "file_size": len(content),
            **described,
        }
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        path = f"{FOLDERS.get(kind, kind)}/file_{number}.{suffix}"
        self.by_id[full["file_id"]] = StoredFile(kind, path, content, full, media)
        return full

    def at(self, path: str) -> StoredFile | None:
        """The file behind a download path."""
        return next((file for file in self.by_id.values() if file.path == path), None)

    def content_of(self, message_content: Json) -> bytes | None:
        """The bytes of the (largest) file of a message."""
        for described in message_content.values():
            best = described[-1] if isinstance(described, list) and described else described
            if isinstance(best, dict) and best.get("file_id") in self.by_id:
                return self.by_id[best["file_id"]].content
        return None


def _photo_sizes(content: bytes) -> list[tuple[int, bytes]]:
    if size_px(content) is None:
        return [(PHOTO_SIDES_PX[-1], content)]
    with Image.open(io.BytesIO(content)) as opened:
        image = opened.convert("RGB")
    longest_px = max(image.size)
    sides = [side for side in PHOTO_SIDES_PX if side < longest_px][: len(PHOTO_SIDES_PX) - 1]
    sides.append(min(longest_px, PHOTO_SIDES_PX[-1]))
    return [(side, _shrunk(image, side)) for side in sides]


def _shrunk(image: Image.Image, side_px: int) -> bytes:
    copy = image.copy()
    copy.thumbnail((side_px, side_px))
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
