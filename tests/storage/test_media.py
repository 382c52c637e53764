"""Files are kept whole under their hash; what is shown carries no trace of where it was taken."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageDraw

from storage import media
from storage.engine import Store
from storage.media import MediaRefused, MediaStore, Wanted
from storage.pictures import looks_alike, looks_hash, sniff


def _picture(width: int = 640, height: int = 480) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 3, height // 2), fill="darkgreen")
    draw.ellipse((width // 2, height // 3, width - 5, height - 5), fill="orange")
    return image


def _exif(*, orientation: int = 1, offset: str | None = None, gps: bool = True) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "PhoneMaker"
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    inner[ExifTags.Base.DateTimeOriginal] = "2026:06:08 09:15:30"
    if offset:
        inner[ExifTags.Base.OffsetTimeOriginal] = offset
    if gps:
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef] = "N"
        place[ExifTags.GPS.GPSLatitude] = (20.0, 50.0, 42.0)
        place[ExifTags.GPS.GPSLongitudeRef] = "E"
        place[ExifTags.GPS.GPSLongitude] = (106.0, 30.0, 36.0)
    return exif


def _bytes(image: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **how)
    return written.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> MediaStore:
    """An empty folder of files."""
    return MediaStore(tmp_path / "media")


async def _shown(files: MediaStore, sha256: str | None) -> Image.Image:
    assert sha256 is not None
    return Image.open(io.BytesIO(await files.read(sha256)))


async def test_the_original_stays_and_the_shown_copy_tells_nothing(files: MediaStore) -> None:
    content = _bytes(_picture(), exif=_exif(), comment=b"my home", dpi=(72, 72))
    facts = await files.keep(content)
    assert await files.read(facts.sha256) == content
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert (facts.lat, facts.lon) == (20.845, 106.51)
    assert facts.taken_at == datetime(2026, 6, 8, 2, 15, 30, tzinfo=UTC)
    assert (facts.content_type, facts.size_bytes) == ("image/jpeg", len(content))
    for digest in (facts.shown_sha256, facts.thumb_sha256):
        copy = await _shown(files, digest)
        assert dict(copy.getexif()) == {}
        assert dict(copy.getexif().get_ifd(ExifTags.IFD.GPSInfo)) == {}
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(copy.info)
        assert digest is not None
        assert b"PhoneMaker" not in await files.read(digest)
        assert b"my home" not in await files.read(digest)


async def test_a_time_with_a_zone_is_taken_at_its_word(files: MediaStore) -> None:
    facts = await files.keep(_bytes(_picture(), exif=_exif(offset="+09:00", gps=False)))
    assert facts.taken_at == datetime(2026, 6, 8, 0, 15, 30, tzinfo=UTC)
    assert (facts.lat, facts.lon) == (None, None)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), ((95.0, 0.0, 0.0), (10.0, 0.0, 0.0)), ((20.0,), (106.0,))],
)
async def test_a_position_that_cannot_be_is_no_position(
    files: MediaStore, latitude: tuple[float, ...], longitude: tuple[float, ...]
) -> None:
    exif = _exif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude] = latitude
    place[ExifTags.GPS.GPSLongitude] = longitude
    facts = await files.keep(_bytes(_picture(), exif=exif))
    assert (facts.lat, facts.lon) == (None, None)
    assert facts.shown_sha256 is not None


async def test_south_and_west_are_negative(files: MediaStore) -> None:
    exif = _exif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "S", "W"
    facts = await files.keep(_bytes(_picture(), exif=exif))
    assert (facts.lat, facts.lon) == (-20.845, -106.51)


async def test_a_picture_taken_sideways_is_shown_upright(files: MediaStore) -> None:
    facts = await files.keep(_bytes(_picture(640, 480), exif=_exif(orientation=6)))
    assert (facts.width_px, facts.height_px) == (480, 640)
    assert (await _shown(files, facts.shown_sha256)).size == (480, 640)


async def test_large_pictures_are_shown_smaller(files: MediaStore) -> None:
    facts = await files.keep(_bytes(_picture(6000, 3000)))
    assert (facts.width_px, facts.height_px) == (6000, 3000)
    assert (await _shown(files, facts.shown_sha256)).size == (2048, 1024)
    assert (await _shown(files, facts.thumb_sha256)).size == (320, 160)


async def test_phones_other_formats_are_shown_as_jpeg(files: MediaStore) -> None:
    see_through = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    heic = io.BytesIO()
    pillow_heif.from_pillow(_picture()).save(heic)
    for content, kind in (
        (_bytes(see_through, "PNG"), "image/png"),
        (_bytes(_picture(), "WEBP"), "image/webp"),
        (_bytes(_picture().convert("P"), "GIF"), "image/gif"),
        (heic.getvalue(), "image/heic"),
    ):
        facts = await files.keep(content)
        assert facts.content_type == kind
        assert (await _shown(files, facts.shown_sha256)).format == "JPEG"
    glass = await files.keep(_bytes(see_through, "PNG"))
    assert (await _shown(files, glass.shown_sha256)).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\0\0\0\x18ftypmp42\0\0", "video/mp4"),
        (b"\0\0\0\x18ftypM4A \0\0", "audio/mp4"),
        (b"#!AMR\n", "audio/amr"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"OggS\0\x02", "audio/ogg"),
        (b"<html><script>", "application/octet-stream"),
        (b"MZ\x90", "application/octet-stream"),
        (b"RIFF1234AVI ", "application/octet-stream"),
    ],
)
async def test_what_is_no_picture_is_kept_by_its_content_and_never_shown(
    files: MediaStore, start: bytes, kind: str
) -> None:
    content = start + b"\0" * 50
    assert sniff(content) == kind
    facts = await files.keep(content)
    assert (facts.content_type, facts.shown_sha256, facts.thumb_sha256) == (kind, None, None)
    assert await files.read(facts.sha256) == content


async def test_half_a_picture_is_kept_and_never_shown(files: MediaStore) -> None:
    whole = _bytes(_picture())
    for broken in (whole[: len(whole) // 2], b"\xff\xd8\xff" + b"junk" * 9):
        facts = await files.keep(broken)
        assert facts.content_type == "application/octet-stream"
        assert facts.shown_sha256 is None


async def test_a_decompression_bomb_is_refused_before_it_is_unpacked(files: MediaStore) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)

    for width, height in ((9_000, 9_000), (10_000, 10_000), (60_000, 60_000)):
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b"")
        with pytest.raises(MediaRefused, match="pixels"):
            await files.keep(bomb)


async def test_empty_and_too_large_files_are_refused(tmp_path: Path) -> None:
    small = MediaStore(tmp_path, limit_bytes=100)
    assert (await small.keep(b"x" * 100)).size_bytes == 100
    for content in (b"", b"x" * 101):
        with pytest.raises(MediaRefused):
            await small.keep(content)


async def test_the_same_bytes_are_kept_once_and_nothing_half_written(
    files: MediaStore, tmp_path: Path
) -> None:
    content = _bytes(_picture())
    assert await files.keep(content) == await files.keep(content)
    names = [path.name for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert len(names) == 3
    assert all(len(name) == 64 for name in names)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "G" * 64, "a" * 63])
def test_only_hashes_lead_to_files(files: MediaStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        files.path(name)


def test_near_copies_look_alike_and_others_do_not() -> None:
    one = _picture()
    smaller = Image.open(io.BytesIO(_bytes(one.resize((200, 150)), quality=40)))
    other = one.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert looks_alike(looks_hash(one), looks_hash(smaller))
    assert not looks_alike(looks_hash(one), looks_hash(other))
    assert len(looks_hash(one)) == 16


# --- rows --------------------------------------------------------------------------------------


async def test_a_wanted_file_is_due_until_it_is_kept(
    store: Store, files: MediaStore, now: datetime
) -> None:
    one = Wanted(1, "telegram", "bot", "ref1", 7, now)
    two = Wanted(2, "telegram", "bot", "ref2", None, now + timedelta(seconds=5))
    async with store.begin() as tx:
        await media.want(tx, [two, one])
        assert await media.due(tx, now=now) == [one]
        assert await media.due(tx, now=now + timedelta(seconds=5), limit=9) == [one, two]
        facts = await files.keep(_bytes(_picture(), exif=_exif()))
        await media.kept(tx, 1, facts)
        assert await media.due(tx, now=now) == []
    async with store.read() as tx:
        row = await media.get(tx, 1)
        assert row is not None
        assert (row.state, row.ref, row.lat, row.taken_at) == (
            "kept",
            "ref1",
            facts.lat,
            facts.taken_at,
        )
        assert [each.id for each in await media.same_bytes(tx, facts.sha256)] == [1]
        assert set(await media.get_many(tx, [1, 2, 3])) == {1, 2}
        assert await media.get(tx, 3) is None


async def test_a_download_that_fails_is_tried_again_or_given_up(
    store: Store, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    async with store.begin() as tx:
        await media.want(tx, [Wanted(1, "telegram", "bot", "ref", 7, now)])
        await media.failed(tx, 1, error="502", given_up=False, not_before=later)
        assert await media.due(tx, now=now) == []
        (again,) = await media.due(tx, now=later)
        assert again.attempts == 1
        await media.failed(tx, 1, error="gone", given_up=True, not_before=later)
        assert await media.due(tx, now=later) == []
        row = await media.get(tx, 1)
    assert row is not None
    assert (row.state, row.error, row.attempts) == ("failed", "gone", 2)
