"""What can be read out of a file's bytes: its type, and for pictures when, where and how they look.

The copy that is shown is drawn anew: nothing of the original's metadata goes with it.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pillow_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Cameras write local time without a zone; ours are in Vietnam."""

MOST_PIXELS = 80_000_000
"""Larger pictures are refused before they are unpacked: 240 MB of memory, above any phone's camera here."""

SHOWN_PX = 2048
THUMB_PX = 320
_JPEG_QUALITY = 85

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/gif"})

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B "})

# said aloud below; for good, since filters set for a while are shared by all threads
warnings.simplefilter("error", Image.DecompressionBombWarning)
pillow_heif.register_heif_opener()  # type: ignore[no-untyped-call,unused-ignore]  # the package ships no types


class TooManyPixels(ValueError):
    """The picture unpacks to more than `MOST_PIXELS`."""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture's bytes say. `shown` and `thumb` are JPEG bytes without metadata."""

    width_px: int
    height_px: int
    taken_at: datetime | None
    lat: float | None
    lon: float | None
    looks_hash: str
    shown: bytes
    thumb: bytes


def sniff(content: bytes) -> str:
    """The content type by the first bytes; what is not known is application/octet-stream."""
    starts = (
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"#!AMR", "audio/amr"),
        (b"OggS", "audio/ogg"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xf1", "audio/aac"),
        (b"\xff\xf9", "audio/aac"),
    )
    for start, kind in starts:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return _by_brand(content[8:12])
    return _office_kind(content) if content.startswith(b"PK\x03\x04") else UNKNOWN


def _office_kind(content: bytes) -> str:
    """Word and Excel files are archives, known by the folders in them; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            folders = {name.partition("/")[0] for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return UNKNOWN
    return next((kind for folder, kind in _OFFICE_KINDS.items() if folder in folders), UNKNOWN)


UNKNOWN = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OFFICE_KINDS = {
    "word": f"{_OFFICE}.wordprocessingml.document",
    "xl": f"{_OFFICE}.spreadsheetml.sheet",
}


def _by_brand(brand: bytes) -> str:
    if brand in _HEIC_BRANDS:
        return "image/heic"
    return "audio/mp4" if brand in _AUDIO_BRANDS else "video/mp4"


def look_at(content: bytes) -> Picture | None:
    """Read a picture; None when the bytes only begin like one.

    Raises:
        TooManyPixels: it is a decompression bomb, or as good as one.
    """
    try:
        image = Image.open(io.BytesIO(content))
        if image.width * image.height > MOST_PIXELS:
            raise TooManyPixels(f"{image.width} x {image.height} pixels")
        return _read(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooManyPixels(str(bomb)) from None
    except TooManyPixels:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        return None  # broken or half a file: kept, never shown


def _read(image: Image.Image) -> Picture:
    exif = image.getexif()
    taken_at = _taken_at(exif)
    lat, lon = _position(exif)
    # a JPEG can be unpacked at a fraction of its size
    full_width, full_height = image.size
    image.draft("RGB", (SHOWN_PX * 2, SHOWN_PX * 2))
    upright = ImageOps.exif_transpose(image)
    turned = (upright.width > upright.height) != (full_width > full_height)
    flat = _flat(upright)
    shown = _at_most(flat, SHOWN_PX)
    return Picture(
        width_px=full_height if turned else full_width,
        height_px=full_width if turned else full_height,
        taken_at=taken_at,
        lat=lat,
        lon=lon,
        looks_hash=looks_hash(shown),
        shown=_jpeg(shown),
        thumb=_jpeg(_at_most(shown, THUMB_PX)),
    )


def _flat(image: Image.Image) -> Image.Image:
    """The first frame on white, in a new image that carries no metadata along."""
    colours = (
        image.convert("RGBA") if "A" in image.getbands() or "transparency" in image.info else image
    )
    canvas = Image.new("RGB", image.size, "white")
    if colours.mode == "RGBA":
        canvas.paste(colours, mask=colours.getchannel("A"))
    else:
        canvas.paste(colours.convert("RGB"))
    return canvas


def _at_most(image: Image.Image, side_px: int) -> Image.Image:
    copy = image.copy()
    copy.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    return copy


def _jpeg(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return written.getvalue()


def looks_hash(image: Image.Image) -> str:
    """How a picture looks in 64 bits (dHash), as 16 hex digits; near copies differ in few bits."""
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    pixels = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            left, right = pixels[row * 9 + column], pixels[row * 9 + column + 1]
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


def looks_alike(one: str, other: str, *, most_bits: int = 6) -> bool:
    """Whether two `looks_hash`es differ in at most `most_bits` of 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count() <= most_bits


# --- when and where ----------------------------------------------------------------------------


def _taken_at(exif: Image.Exif) -> datetime | None:
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    words = inner.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    zone = _zone(inner.get(ExifTags.Base.OffsetTimeOriginal))
    try:
        at = datetime.strptime(str(words).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 zone below
        return at.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(words: Any) -> timezone | ZoneInfo:
    try:
        offset = datetime.strptime(str(words).strip("\0 "), "%z").utcoffset()
    except ValueError:
        return ZONE
    return timezone(offset or timedelta())


def _position(exif: Image.Exif) -> tuple[float | None, float | None]:
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    lon = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None  # a phone without a fix writes zeros
    return lat, lon


def _degrees(
    gps: Mapping[int, Any], tag: int, ref_tag: int, negative: str, limit: float
) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in gps[tag])
        value = degrees + minutes / 60 + seconds / 3600
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if str(gps.get(ref_tag, "")).strip("\0 ").upper() == negative:
        value = -value
    return round(value, 7) if abs(value) <= limit else None  # false for nan too
