"""Files on their way out: what Zalo does not carry goes as a link that ends, or with a word where to get it."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import msgspec
import pytest
from openpyxl import Workbook
from sqlalchemy import insert

from bot.channels.render import render
from bot.channels.zalo_files import FILE_BYTES
from bot.events import Button, Reply
from storage import outbox
from storage.engine import Store
from storage.outbox import OutboxRow
from storage.pictures import sniff
from storage.tables import media
from tests.channels.zalo_houses import rows_of
from tests.conftest import Clock
from tests.emulators.media import a_document, a_photo
from tests.emulators.zalo_common import Fault
from tests.stages.zalo_bot import bot_world
from tests.stages.zalo_oa import oa_world
from tests.world import World

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ADDRESS = re.compile(r"https?://\S+")


def a_sheet() -> bytes:
    """An Excel file."""
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


async def sends_file(world: World, channel: str, account: str, chat: str, content: bytes) -> str:
    """Put a message with a kept file into the outbox; returns the name by which the file goes."""
    facts = await world.app.files.keep(content)
    now, media_id, row_id = world.clock(), world.ids(), world.ids()
    kept = {"id": media_id, "channel": channel, "account": account, "ref": str(media_id)}
    kept |= {"state": "kept", "not_before": now, "added_at": now, "sha256": facts.sha256}
    kept |= {"content_type": facts.content_type, "shown_sha256": facts.shown_sha256}
    reply = Reply(words="Bảng tổng hợp đây ạ.", files=(media_id,))
    row = OutboxRow(
        id=row_id,
        channel=channel,
        account=account,
        chat=chat,
        person_id=None,
        body=msgspec.json.encode(reply).decode(),
        purpose="broadcast",
        priority=outbox.PRIORITY["broadcast"],
        not_before=now,
        made_at=now,
    )
    async with world.app.store.begin() as tx:
        await tx.execute(insert(media).values(kept))
        await outbox.put(tx, [row])
    await world.settle()
    return f"(tep-{media_id}"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (a_sheet(), SHEET),
        (a_document() + bytes(FILE_BYTES), "application/pdf"),
    ],
    ids=["a sheet", "a PDF over 5 MB"],
)
async def test_what_the_official_account_does_not_carry_goes_as_a_link_that_ends(
    sqlite_store: Store, clock: Clock, tmp_path: Path, content: bytes, kind: str
) -> None:
    """The file comes as it was, to be saved; the message is sent once though its first answer is lost."""
    async with oa_world(sqlite_store, clock, tmp_path, public_url="https://so.example.vn") as made:
        oa, world = made
        lan = oa.person("Lan")
        await lan.sends("giúp")
        await world.settle()
        await lan.hears()
        oa.faults.order(Fault.drop(accepts=True), on="/message/cs")
        name = await sends_file(world, "zalo_oa", oa.oa_id, lan.user_id, content)
        for _ in range(3):
            clock.forward(seconds=60)
            await world.settle()
        link, words = [one.text for one in await lan.hears()]
        assert words == "Bảng tổng hợp đây ạ."
        assert name in link
        assert await rows_of(world, "unknown", "failed", "waiting") == []
        url = ADDRESS.findall(link)[0]
        assert re.fullmatch(r"https://so\.example\.vn/m/[A-Za-z0-9_-]{32}", url)
        assert oa.courier.url is not None
        here = oa.courier.url.partition("/zalo/")[0] + "/m/" + url.rpartition("/")[2]
        async with oa.client.get(here) as answer:
            assert await answer.read() == content
            assert answer.content_type == kind
            assert answer.headers["Content-Disposition"].startswith("attachment")
        clock.forward(hours=72, seconds=1)
        async with oa.client.get(here) as answer:
            assert answer.status == 404


@pytest.mark.parametrize("content", [a_sheet(), a_photo("x", position=(20.9, 106.3))])
async def test_without_an_address_or_for_a_picture_as_it_was_taken_it_is_said_where_to_get_it(
    sqlite_store: Store, clock: Clock, tmp_path: Path, content: bytes
) -> None:
    """An original picture may hold a position: it is never published."""
    url = "https://so.example.vn" if sniff(content) == "image/jpeg" else None
    async with oa_world(sqlite_store, clock, tmp_path, public_url=url) as (oa, world):
        lan = oa.person("Lan")
        await lan.sends("giúp")
        await world.settle()
        await lan.hears()
        await sends_file(world, "zalo_oa", oa.oa_id, lan.user_id, content)
        told = [one.text for one in await lan.hears()]
        assert "trang văn phòng của xã, hoặc hỏi cán bộ xã" in told[0]
        assert not ADDRESS.search(told[0])


async def test_the_zalo_bot_sends_every_file_as_a_link(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with bot_world(sqlite_store, clock, tmp_path) as (bot, world):
        lan = bot.person("Lan")
        await lan.sends("giúp")
        await world.settle()
        await lan.hears()
        assert world.app.zalo.bot is not None
        account = world.app.zalo.bot.account
        await sends_file(world, "zalo_bot", account, lan.chat_id, a_document())
        link, words = [one.text for one in await lan.hears()]
        assert words == "Bảng tổng hợp đây ạ."
        async with bot.client.get(ADDRESS.findall(link)[0]) as answer:
            assert await answer.read() == a_document()


async def test_words_and_buttons_never_stand_with_a_file_where_only_the_file_is_carried(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with oa_world(sqlite_store, clock, tmp_path) as (_, world):
        assert world.app.zalo.oa is not None
        reply = Reply(words="Đây ạ", files=(3,), buttons=(Button("Giúp", "look.help", "giúp"),))
        file, words = render(reply, world.app.zalo.oa.oa.can)
        assert (file.files, file.words, file.buttons) == ((3,), "", ())
        assert words.buttons


def test_office_files_are_known_by_the_folders_in_them() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert sniff(out.getvalue()).endswith("wordprocessingml.document")
    assert sniff(a_sheet()) == SHEET
    for broken in (out.getvalue()[:30], b"PK\x03\x04"):
        assert sniff(broken) == "application/octet-stream"
