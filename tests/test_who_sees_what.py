"""Every role × field × channel: the rule as written down, and what chat, web, exports and feeds really show.

Each field of two cases, one of a named and one of a sealed reporter, holds a mark that stands
nowhere else. The real app is asked through every channel by everybody; all that comes back,
words and bytes of pictures, is searched for the marks.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer
from openpyxl import load_workbook
from sqlalchemy import insert

from bot.channels.base import Abilities, Outgoing
from bot.events import Photo, Place, Tap, Text
from office.sheets import write_units_template
from plans.area import area_of
from plans.loader import shipped_pack
from storage import cases, doors, people, triage
from storage.access import Rights, Role
from storage.engine import Store
from storage.media import kept
from storage.people import MembershipRow
from storage.tables import media
from storage.visible import SEEN, Channel, Field, Viewer, fields_for, sees, viewers
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.handlers.case_house import ACCOUNT, CHANNEL, OFFICE, House
from tests.handlers.post_office import Postman
from tests.world import build_world

# --- what is written down ------------------------------------------------------------------------

COMMUNE, UNIT, BESIDE, ELSEWHERE = "/5/", "/5/8/", "/5/9/", "/6/"

PUBLIC = frozenset(
    {
        Field.CODE, Field.KIND, Field.STATE, Field.DAY, Field.AREA, Field.VILLAGE,
        Field.HANDLING_UNIT, Field.PUBLIC_WORDS, Field.RELEASED_PHOTOS, Field.STEPS,
    }
)  # fmt: skip
TOLD = {Field.MOMENT, Field.PIN, Field.PLACE_WORDS, Field.WORDS, Field.LIMITS, Field.RATING}
OWN = PUBLIC | TOLD | {Field.STEP_WORDS, Field.PHOTOS, Field.SEAL_OPENINGS}
OFFICE_FILE = PUBLIC | TOLD
AT_DESK = OFFICE_FILE | {
    Field.STEP_WORDS, Field.INNER_NOTES, Field.HANDLING_PERSON, Field.PHOTOS, Field.DOUBTS,
}  # fmt: skip
WORKER = AT_DESK | {Field.NAMED_REPORTER}
LEADER = WORKER | {Field.SEALED_REPORTER, Field.SEAL_OPENINGS}

# who: role and where it is held, then what they see in chat, web, export, feeds
RULE: Mapping[str, tuple[tuple[Role, str] | None, tuple[frozenset[Field], ...]]] = {
    "anybody": (None, (PUBLIC, PUBLIC, PUBLIC, PUBLIC)),
    "citizen who reported it": (None, (OWN, PUBLIC, PUBLIC, PUBLIC)),
    "village reporter": ((Role.REPORTER, UNIT), (PUBLIC, PUBLIC, PUBLIC, PUBLIC)),
    "reviewer of the unit": ((Role.REVIEWER, UNIT), (AT_DESK, AT_DESK, OFFICE_FILE, PUBLIC)),
    "admin of the commune": ((Role.ADMIN, COMMUNE), (AT_DESK, AT_DESK, OFFICE_FILE, PUBLIC)),
    "handler of the unit": ((Role.HANDLER, UNIT), (WORKER, WORKER, OFFICE_FILE, PUBLIC)),
    "leader of the unit": ((Role.LEADER, UNIT), (WORKER, WORKER, OFFICE_FILE, PUBLIC)),
    "leader of the commune": ((Role.LEADER, COMMUNE), (LEADER, LEADER, OFFICE_FILE, PUBLIC)),
    "handler of a unit beside it": ((Role.HANDLER, BESIDE), (PUBLIC, PUBLIC, PUBLIC, PUBLIC)),
    "leader of another commune": ((Role.LEADER, ELSEWHERE), (PUBLIC, PUBLIC, PUBLIC, PUBLIC)),
}


def _rights(held: tuple[Role, str] | None) -> Rights:
    if held is None:
        return Rights(())
    role, path = held
    row = MembershipRow(
        unit_id=1, unit_name="", unit_path=path, pack_key=None, kind="", commune_id=5,
        role=role, rank=1,
    )  # fmt: skip
    return Rights((row,))


@pytest.mark.parametrize("who", RULE)
def test_the_rule_by_role(who: str) -> None:
    """Written down a second time, by role instead of by field."""
    held, expected = RULE[who]
    they = viewers(
        _rights(held),
        unit_path=UNIT,
        commune_path=COMMUNE,
        reported_it=who == "citizen who reported it",
    )
    assert tuple(fields_for(channel, they) for channel in Channel) == expected


def test_every_field_is_in_the_rule_and_some_are_for_nobody() -> None:
    """Originals, and where a reporter can be reached; a sealed name is for the commune's leaders alone."""
    assert set(SEEN) == set(Field)
    for channel in Channel:
        assert not sees(Field.ORIGINALS, channel, Viewer)
        assert not sees(Field.CONTACT, channel, Viewer)
        assert not sees(Field.SEALED_REPORTER, channel, set(Viewer) - {Viewer.LEADS_COMMUNE})


# --- what is really shown ------------------------------------------------------------------------

PIN = (20.94123, 106.33456)
NAME, PHONE, ADDRESS = "Vũ Thị Kín Tiếng", "0912345678", "uid-7741-kin"
HANDLER = "Hiền Thị Xử Lý"
MARKS: Mapping[str, str] = {
    "reporter name": NAME,
    "phone": PHONE,
    "chat address": ADDRESS,
    "exact position": str(PIN[0]),
    "blurred position": str(area_of(*PIN)[0]),
    "words": "khói đặc quánh từ trưa",
    "handler name": HANDLER,
    "timeline internals": "đã gọi trưởng xóm Bưởi",
}
PICTURES = ("photo original", "EXIF", "shown photo")
FIELDS = (*list(MARKS)[:5], *PICTURES, *list(MARKS)[5:], "sealed identity")

# C chat, W web, E export, F feeds; "sealed identity" is what asking for it with a reason yields
TABLE = """
                      name phone addr exact blur orig EXIF shown words handler inner sealed
citizen-reporter      -    -     -    C     W    -    -    C     C     -       -     -
other citizen         -    -     -    -     W    -    -    -     -     -       -     -
handler               CW   -     -    CW    W    -    -    CW    CW    CW      CW    -
other unit's handler  -    -     -    -     W    -    -    -     -     -       -     -
village head          -    -     -    -     W    -    -    -     -     -       -     -
official of the unit  -    -     -    CW    W    -    -    CW    CW    CW      CW    -
admin of the commune  -    -     -    CW    W    -    -    CW    CW    CW      CW    -
leader of the unit    CW   -     -    CW    W    -    -    CW    CW    CW      CW    -
may open seals        CW   -     -    CW    W    -    -    CW    CW    CW      CW    CW
stranger on the web   -    -     -    -     W    -    -    -     -     -       -     -
Open311 client        -    -     -    -     F    -    -    -     -     -       -     -
"""
CAST: Mapping[str, tuple[str, Role]] = {
    "handler": (OFFICE, Role.HANDLER),
    "other unit's handler": ("Phòng Kinh tế", Role.HANDLER),
    "village head": ("Thôn Thượng", Role.LEADER),
    "official of the unit": (OFFICE, Role.REVIEWER),
    "admin of the commune": ("Xã Hà Đông", Role.ADMIN),
    "leader of the unit": (OFFICE, Role.LEADER),
    "may open seals": ("Xã Hà Đông", Role.LEADER),
}
CITIZENS = ("citizen-reporter", "other citizen")


def _table(channel: str) -> dict[str, set[str]]:
    """Who sees which fields through this channel, by the table above."""
    found = {}
    for line in TABLE.strip().splitlines()[1:]:
        who, *cells = re.split(r"\s{2,}", line)
        row = (who, *" ".join(cells).split())
        found[row[0]] = {
            name for name, cell in zip(FIELDS, row[1:], strict=True) if channel in cell
        }
    return found


@dataclass
class Haul:
    """All that somebody was shown: words, and the bytes of every picture."""

    words: str
    pictures: list[bytes]
    unsealed: str = ""

    def fields(self, original: bytes) -> set[str]:
        """Which marks are in it."""
        found = {name for name, mark in MARKS.items() if mark in self.words}
        if any(picture == original for picture in self.pictures):
            found.add("photo original")
        if any(b"Exif" in picture for picture in self.pictures):
            found.add("EXIF")
        if self.pictures:
            found.add("shown photo")
        if NAME in self.unsealed:
            found.add("sealed identity")
        return found


PAPER = Abilities(
    text_limit=4000, caption_limit=1000, buttons=20, location_in=True, edits=False, photos_out=10,
    files_out=True, groups=False, per_second=1_000_000.0, chat_gap_s=0.0, group_gap_s=0.0,
)  # fmt: skip


@dataclass
class Scene:
    """Two cases with their marks, everybody in their role, and a browser on the server for each."""

    house: House
    post: Postman
    server: TestServer
    original: bytes
    codes: list[str] = field(default_factory=list)

    @property
    def named(self) -> str:
        return self.codes[0]

    @property
    def sealed(self) -> str:
        return self.codes[1]

    async def in_chat(self, who: str) -> Haul:
        """Everything the chat ever told somebody, after they asked for the cases by every way there is."""
        address = ADDRESS if who == "citizen-reporter" else who
        for code in self.codes:
            await self.house.types(
                address, code, f"việc khác {code}", f"nhận {code}", f"xem phản ánh {code}"
            )
            await self.house.hears(address, Tap(f"look.case_seal.{code}"))
        await self.house.types(address, "phản ánh cần xử lý", "phản ánh của tôi")
        asked = await self._carried(address)
        pictures = [content for one in asked for _, _, content in (*one.photos, *one.files)]
        words = "\n".join(one.words for one in asked)
        await self.house.types(address, f"mở niêm phong {self.sealed}", "có người bị đe dọa")
        opened = (await self._carried(address))[len(asked) :]
        return Haul(words, pictures, "\n".join(one.words for one in opened))

    async def _carried(self, address: str) -> list[Outgoing]:
        await self.house.world.settle()
        return [one for one in self.post.carried if one.chat == address]

    async def on_web(self, who: str) -> Haul:
        """Every page and picture that there is, asked for whether or not a link leads there."""
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
            pages = ["/xa/xa-ha-dong", "/xa/xa-ha-dong/cases.geojson", "/van-phong"]
            pages += ["/van-phong/phan-anh?xem=xong", "/van-phong/diem.geojson"]
            for code in self.codes:
                pages += [f"/xa/xa-ha-dong/phan-anh/{code}", f"/van-phong/phan-anh/{code}"]
            if who in CAST:
                await self._enter(browser, self.house.persons[who])
            texts = [await self._text(browser, page) for page in pages]
            links = [f"/{where}/anh/{n}" for n in await self._evidence() for where in
                     ("van-phong", "xa/xa-ha-dong")]  # fmt: skip
            links += [f"{link}?co=nho" for link in links] + [f"{link}?co=goc" for link in links]
            pictures = [await self._picture(browser, link) for link in links]
            unsealed = await self._unseal(browser, who, texts)
        # the office's pages name whoever is signed in, in the head and at the door
        words = re.sub(r'<span class="who">.*?</span>|<h1>Chào.*?</h1>', "", "\n".join(texts))
        return Haul(words, [one for one in pictures if one], unsealed)

    async def _evidence(self) -> list[int]:
        async with self.house.store.read() as tx:
            ids = [(await cases.case_by_code(tx, code)).id for code in self.codes]
            shots = await triage.shots_of(tx, ids)
        return [shot.evidence_id for one in shots.values() for shot in one]

    def _at(self, path: str) -> str:
        return str(self.server.make_url("/")).rstrip("/") + path

    async def _text(self, browser: ClientSession, page: str) -> str:
        return await (await browser.get(self._at(page))).text()

    async def _picture(self, browser: ClientSession, link: str) -> bytes:
        answer = await browser.get(self._at(link))
        return await answer.read() if answer.content_type.startswith("image/") else b""

    async def _enter(self, browser: ClientSession, person_id: int) -> None:
        world = self.house.world
        async with self.house.store.begin() as tx:
            token = await doors.make_link(tx, person_id, now=world.clock(), ids=world.ids)
        await self._posts(browser, "/van-phong/vao", token=token)

    async def _posts(self, browser: ClientSession, path: str, **form: str) -> str:
        answer = await browser.post(
            self._at(path), data=form, headers={"Origin": self._at("")}, allow_redirects=False
        )
        return await answer.text()

    async def _unseal(self, browser: ClientSession, who: str, texts: list[str]) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', "".join(texts))
        path = f"/van-phong/phan-anh/{self.sealed}/niem-phong"
        csrf = found.group(1) if found else ""
        return await self._posts(browser, path, csrf=csrf, words="có người bị đe dọa")

    async def in_feeds(self) -> Haul:
        """What programs of anybody read."""
        of = "jurisdiction_id=xa-ha-dong"
        paths = ["/xa/xa-ha-dong/cases.geojson"]
        for end in ("json", "xml"):
            paths += [f"/open311/v2/requests.{end}?{of}", f"/open311/v2/services.{end}?{of}"]
            paths += [f"/open311/v2/requests/{code}.{end}?{of}" for code in self.codes]
        async with ClientSession() as browser:
            texts = [await self._text(browser, path) for path in paths]
        assert all(code in "".join(texts) for code in self.codes)
        return Haul("\n".join(texts), [])


@pytest.fixture
async def scene(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[Scene]:
    """Hà Đông; a citizen reports twice, the second time unnamed; both are handled and resolved."""
    post = Postman(name=CHANNEL, account=ACCOUNT, can=PAPER)
    house = House(build_world(sqlite_store, clock, tmp_path, channels=[post]))
    await house.world.settles_in("ha-dong")
    for who, (unit, role) in CAST.items():
        await house.enters(who, unit, role)
    server = TestServer(house.world.app.server)
    await server.start_server()
    original = a_photo("nhà Kín Tiếng", position=PIN, taken_at=clock())
    made = Scene(house, post, server, original)
    await _people(house)
    await _play(made)
    yield made
    await server.close()


async def _people(house: House) -> None:
    await house.enters("other citizen")
    reporter = await house.enters(ADDRESS)
    async with house.store.begin() as tx:
        await people.describe(tx, reporter, name=NAME, phone=PHONE)
        await people.describe(tx, house.persons["handler"], name=HANDLER)


async def _photo(scene: Scene) -> int:
    """The citizen's picture as it came, with position and time in it, kept by the app."""
    house, now = scene.house, scene.house.world.clock()
    facts = await house.world.app.files.keep(scene.original)
    media_id = house.world.ids()
    async with house.store.begin() as tx:
        await tx.execute(
            insert(media).values(
                id=media_id, channel=CHANNEL, account=ACCOUNT, ref=str(media_id), state="wanted",
                not_before=now, added_at=now,
            )
        )  # fmt: skip
        await kept(tx, media_id, facts)
    return media_id


async def _play(scene: Scene) -> None:
    house = scene.house
    for named in ("Để tên", "Giấu tên"):
        await house.types(ADDRESS, "phản ánh", "đốt rơm rạ trên đồng", MARKS["words"])
        await house.hears(ADDRESS, Place(lat=PIN[0], lon=PIN[1]))
        await house.hears(ADDRESS, Photo(ref="p", media=await _photo(scene)))
        await house.types(ADDRESS, "xong", "tối qua", named, "gửi")
        told = await house.told(ADDRESS)
        if "Có phải việc này" in told[-1].words:
            told = [*told, *await house.hears(ADDRESS, Text("Việc khác"))]
        found = re.search(r"có mã (PA-\w+)", told[-1].words)
        assert found is not None, told[-1].words
        code = found.group(1)
        scene.codes.append(code)
        await house.types("handler", f"nhận {code}", f"chuyển {code}", "cơ quan ngoài xã", "Sở")
        await house.types("handler", MARKS["timeline internals"])
        await house.types("handler", f"xử lý xong {code}")
        await house.hears("handler", Photo(ref="p", media=await _photo(scene)))
        await house.types("handler", "xong", "đã dập")


async def test_what_is_shown_is_the_table(scene: Scene) -> None:
    """To nobody more, and to those who work on a case nothing less. Citizens and villages read on the
    web what strangers read; feeds know nobody."""
    everybody = (*CITIZENS, *CAST, "stranger on the web")
    shown = {
        "F": {"Open311 client": await scene.in_feeds()},
        "W": {who: await scene.on_web(who) for who in everybody},
        "C": {who: await scene.in_chat(who) for who in (*CITIZENS, *CAST)},
    }
    for channel, hauls in shown.items():
        expected = _table(channel)
        for who, haul in hauls.items():
            assert haul.fields(scene.original) == expected[who], f"{who}, channel {channel}"


def test_what_exports_hold_is_the_table(tmp_path: Path) -> None:
    """No file that leaves the house holds a case so far; whichever will is bound to the column."""
    path = tmp_path / "sheet.xlsx"
    write_units_template(path, shipped_pack("ha-dong"))
    cells = [
        str(cell.value)
        for sheet in load_workbook(path)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value
    ]
    held = Haul("\n".join(cells), []).fields(b"")
    assert held == set.union(*_table("E").values())
    assert not re.search(r"\bPA-\w{4}", "\n".join(cells))
