"""Photos and files for people in tests to send: small, real, made on the spot."""

import hashlib
import io
import mimetypes
from datetime import datetime

from PIL import Image

JPEG_QUALITY = 87
# EXIF tag numbers, from the Exif 2.32 standard.
EXIF_DATETIME = 0x0132
EXIF_SUB_IFD = 0x8769
EXIF_DATETIME_ORIGINAL = 0x9003
EXIF_GPS_IFD = 0x8825


def a_photo(
    name: str = "IMG_1",
    *,
    width_px: int = 320,
    height_px: int = 240,
    taken_at: datetime | None = None,
    position: tuple[float, float] | None = None,
    kind: str = "JPEG",
) -> bytes:
    """A real image whose colours depend on `name`: two names give two different files.

    Args:
        taken_at: written to EXIF as local wall time, as cameras do.
        position: WGS 84 degrees (latitude, longitude), written to EXIF.
        kind: a format Pillow can write: JPEG, PNG, WEBP.
    """
    red, green, blue = hashlib.sha256(name.encode()).digest()[:3]
    image = Image.new("RGB", (width_px, height_px), (red, green, blue))
    image.paste((blue, red, green), (width_px // 4, height_px // 4, width_px // 2, height_px // 2))
    out = io.BytesIO()
    image.save(out, kind, quality=JPEG_QUALITY, exif=_exif(taken_at, position))
    return out.getvalue()


def _exif(taken_at: datetime | None, position: tuple[float, float] | None) -> Image.Exif:
    exif = Image.Exif()
    if taken_at:
        written = taken_at.strftime("%Y:%m:%d %H:%M:%S")
        exif[EXIF_DATETIME] = written
        exif.get_ifd(EXIF_SUB_IFD)[EXIF_DATETIME_ORIGINAL] = written
    if position:
        latitude, longitude = position
        exif.get_ifd(EXIF_GPS_IFD).update(
            {
                1: "N" if latitude >= 0 else "S",
                2: _degrees_minutes_seconds(latitude),
                3: "E" if longitude >= 0 else "W",
                4: _degrees_minutes_seconds(longitude),
            }
        )
    return exif


def _degrees_minutes_seconds(degrees: float) -> tuple[float, float, float]:
    whole = int(abs(degrees))
    minutes = (abs(degrees) - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)


def a_document(text: str = "Biên bản họp thôn") -> bytes:
    """A small PDF-like file: the right first bytes, and `text` to tell it from others."""
    return b"%PDF-1.4\n% " + text.encode() + b"\n%%EOF\n"


def a_voice() -> bytes:
    """The first bytes of an Ogg file; nothing in it can be heard."""
    return b"OggS\x00\x02" + bytes(22) + b"OpusHead"


def size_px(content: bytes) -> tuple[int, int] | None:
    """Width and height of an image, `None` when the bytes are no image."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.size
    except OSError:
        return None


def mime_type(name: str) -> str:
    """The type a platform would give a file of this name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
