"""Every role × field × channel: the table as written down, and what chat, web, exports and feeds really show.

Each field of one case holds a mark that stands nowhere else; the real app is asked through
every channel by everybody, and the answers are searched for the marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from openpyxl import load_workbook
from sqlalchemy import func, select

from office.sheets import write_units_template
from plans.area import area_of
from plans.handling import CaseStep
from plans.loader import shipped_pack
from storage import cases, casework, doors, people, public
from storage.access import Rights, Role
from storage.cases import Case, NewCase
from storage.casework import Taken
from storage.engine import Store
from storage.people import MembershipRow
from storage.tables import memberships, persons
from storage.visible import SEEN, Channel, Field, Viewer, fields_for, sees, viewers
from tests.conftest import Clock
from tests.stages.webchat import WebChatStage
from tests.world import World, build_world

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
OFFICE = OFFICE_FILE | {
    Field.STEP_WORDS, Field.INNER_NOTES, Field.HANDLING_PERSON, Field.PHOTOS, Field.DOUBTS,
}  # fmt: skip
WORKER = OFFICE | {Field.NAMED_REPORTER}
LEADER = WORKER | {Field.SEALED_REPORTER, Field.SEAL_OPENINGS}

# who: (role, where it is held, whether they reported it), then chat, web, export, feeds
EXPECTED: Mapping[str, tuple[frozenset[Field], ...]] = {
    "anybody": (PUBLIC, PUBLIC, PUBLIC, PUBLIC),
    "citizen who reported it": (OWN, PUBLIC, PUBLIC, PUBLIC),
    "village reporter": (PUBLIC, PUBLIC, PUBLIC, PUBLIC),
    "reviewer of the unit": (OFFICE, OFFICE, OFFICE_FILE, PUBLIC),
    "admin of the commune": (OFFICE, OFFICE, OFFICE_FILE, PUBLIC),
    "handler of the unit": (WORKER, WORKER, OFFICE_FILE, PUBLIC),
    "leader of the unit": (WORKER, WORKER, OFFICE_FILE, PUBLIC),
    "leader of the commune": (LEADER, LEADER, OFFICE_FILE, PUBLIC),
    "handler of a unit beside it": (PUBLIC, PUBLIC, PUBLIC, PUBLIC),
    "leader of another commune": (PUBLIC, PUBLIC, PUBLIC, PUBLIC),
}
HELD: Mapping[str, tuple[Role, str] | None] = {
    "anybody": None,
    "citizen who reported it": None,
    "village reporter": (Role.REPORTER, UNIT),
    "reviewer of the unit": (Role.REVIEWER, UNIT),
    "admin of the commune": (Role.ADMIN, COMMUNE),
    "handler of the unit": (Role.HANDLER, UNIT),
    "leader of the unit": (Role.LEADER, UNIT),
    "leader of the commune": (Role.LEADER, COMMUNE),
    "handler of a unit beside it": (Role.HANDLER, BESIDE),
    "leader of another commune": (Role.LEADER, ELSEWHERE),
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


@pytest.mark.parametrize("who", EXPECTED)
@pytest.mark.parametrize("channel", Channel)
def test_the_table_of_who_sees_what(who: str, channel: Channel) -> None:
    """Written down a second time, by role instead of by field."""
    they = viewers(
        _rights(HELD[who]),
        unit_path=UNIT,
        commune_path=COMMUNE,
        reported_it=who == "citizen who reported it",
    )
    assert fields_for(channel, they) == EXPECTED[who][list(Channel).index(channel)]


def test_every_field_is_in_the_table_and_originals_are_for_nobody() -> None:
    assert set(SEEN) == set(Field)
    for channel in Channel:
        assert not sees(Field.ORIGINALS, channel, Viewer)
        assert not sees(Field.SEALED_REPORTER, channel, set(Viewer) - {Viewer.LEADS_COMMUNE})


# --- what is really shown ------------------------------------------------------------------------

MARKS: Mapping[Field, str] = {
    Field.PIN: "20.94123",
    Field.PLACE_WORDS: "sau kho vôi cũ",
    Field.WORDS: "khói đặc quánh từ trưa",
    Field.PUBLIC_WORDS: "đốt rơm đã được nhắc nhở",
    Field.STEP_WORDS: "có ai ở nhà không",
    Field.INNER_NOTES: "đã gọi trưởng xóm Bưởi",
    Field.NAMED_REPORTER: "Vũ Thị Kín Tiếng",
    Field.VILLAGE: "Thôn Thượng",
    Field.HANDLING_UNIT: "Phòng Kinh tế",
    Field.HANDLING_PERSON: "bạn Hiền",
    Field.MOMENT: "09:00",
}
HANDLER_UNIT = "Phòng Kinh tế"
CAST: Mapping[str, tuple[str, str, Role]] = {
    "village reporter": ("Tâm", "Thôn Thượng", Role.REPORTER),
    "reviewer of the unit": ("Duy", HANDLER_UNIT, Role.REVIEWER),
    "admin of the commune": ("An", "", Role.ADMIN),
    "handler of the unit": ("Hiền", HANDLER_UNIT, Role.HANDLER),
    "leader of the unit": ("Lý", HANDLER_UNIT, Role.LEADER),
    "leader of the commune": ("Chung", "", Role.LEADER),
    "handler of a unit beside it": ("Bách", "Văn phòng HĐND và UBND", Role.HANDLER),
}
CITIZEN = "citizen who reported it"


@dataclass
class Scene:
    """One case with its marks, everybody registered, a browser on the server for each."""

    world: World
    stage: WebChatStage
    case: Case
    ids: dict[str, int] = field(default_factory=dict)

    async def in_chat(self, who: str) -> str:
        """Everything the chat shows to somebody who asks for the case, by every way there is."""
        name = CAST[who][0] if who in CAST else who
        told = []
        for words in (self.case.code, f"việc khác {self.case.code}", "phản ánh cần xử lý"):
            await self.stage.says(name, words, "")
            told += [heard.words for heard in await self.stage.settle() if heard.who == name]
        return "\n".join(told)

    async def on_web(self, who: str) -> str:
        """Every page that shows the case to somebody: the public ones, and the desk where they get in."""
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
            root = str(self.stage.server.make_url("/")).rstrip("/")
            pages = ["/xa/ha-dong", f"/xa/ha-dong/phan-anh/{self.case.code}"]
            if who in self.ids:
                await self._enter(browser, root, self.ids[who])
                pages += ["/van-phong/phan-anh", f"/van-phong/phan-anh/{self.case.code}"]
                pages += ["/van-phong/phan-anh?xem=dang", "/van-phong", "/van-phong/diem.geojson"]
            found = [await (await browser.get(root + page)).text() for page in pages]
        # the office's pages name whoever is signed in, and the list of bodies to give a case to
        text = "\n".join(found)
        text = re.sub(r'<span class="who">.*?</span>|<h1>Chào.*?</h1>', "", text)
        return re.sub(r"<option.*?</option>|<button[^>]*data-unit.*?</button>", "", text)

    async def _enter(self, browser: ClientSession, root: str, person_id: int) -> None:
        async with self.world.app.store.begin() as tx:
            token = await doors.make_link(tx, person_id, now=self.world.clock(), ids=self.world.ids)
        answer = await browser.post(
            f"{root}/van-phong/vao",
            data={"token": token},
            headers={"Origin": root},
            allow_redirects=False,
        )
        assert answer.status == 303

    async def in_feeds(self) -> str:
        """What programs of anybody read."""
        root = str(self.stage.server.make_url("/")).rstrip("/")
        of = "?jurisdiction_id=ha-dong"
        paths = ["/xa/ha-dong/cases.geojson"]
        for ending in ("json", "xml"):
            paths += [f"/open311/v2/requests.{ending}{of}"]
            paths += [f"/open311/v2/requests/{self.case.code}.{ending}{of}"]
        async with ClientSession() as browser:
            found = [await (await browser.get(root + path)).text() for path in paths]
        return "\n".join(found)


@pytest.fixture
async def scene(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[Scene]:
    """Hà Đông with a case that the handler took up, asked about and noted."""
    world = build_world(sqlite_store, clock, tmp_path)
    stage = WebChatStage(world.app.server, world)
    await stage.open()
    await world.settles_in("ha-dong")
    assert world.commune is not None
    made = Scene(world, stage, await _play(world, stage))
    for who, (_, unit, role) in CAST.items():
        made.ids[who] = await _holder(world, unit or world.commune.name, role)
    async with sqlite_store.read() as tx:
        made.ids["anybody"] = int(await tx.scalar(select(func.max(persons.c.id))) or 0)
    yield made
    await stage.close()


async def _holder(world: World, unit_name: str, role: Role) -> int:
    unit = await world.unit(unit_name)
    async with world.app.store.read() as tx:
        found = await tx.scalar(
            select(memberships.c.person_id).where(
                memberships.c.unit_id == unit.id, memberships.c.role == role.value
            )
        )
    assert found is not None
    return int(found)


async def _play(world: World, stage: WebChatStage) -> Case:
    assert world.commune is not None
    for name, unit, role in CAST.values():
        await world.registers(stage, name, unit or world.commune.name, role)
    await stage.says(CITIZEN, "giúp", "")
    await stage.settle()
    store = world.app.store
    async with store.read() as tx:
        reporter_id = int(await tx.scalar(select(func.max(persons.c.id))) or 0)
    await stage.says("anybody", "giúp", "")
    await stage.settle()
    # a quiet minute, so that the moment of the report is a mark of its own
    world.clock.at = world.clock.at.replace(hour=2, minute=0, second=0, microsecond=0)
    village, handler = await world.unit(MARKS[Field.VILLAGE]), await world.unit(HANDLER_UNIT)
    lat, lon = float(MARKS[Field.PIN]), 106.33456
    new = NewCase(
        commune_id=world.commune.id, plan_id=world.plan_id, violation_key="dot-rom-ra",
        words=MARKS[Field.WORDS], reporter_id=reporter_id, sealed=False, unit_id=village.id,
        lat=lat, lon=lon, place_words=MARKS[Field.PLACE_WORDS],
        happened_on=date(2026, 6, 8), handler_unit_id=handler.id,
    )  # fmt: skip
    handler_id = await _holder(world, HANDLER_UNIT, Role.HANDLER)
    now, ids = world.clock(), world.ids
    async with store.begin() as tx:
        await people.describe(tx, reporter_id, name=MARKS[Field.NAMED_REPORTER])
        case = await cases.open_case(tx, new, sealing=world.app.receiver.seal, now=now, ids=ids)
        for step, words, shown in (
            (CaseStep.ACCEPT, "", True),
            (CaseStep.ASK, MARKS[Field.STEP_WORDS], True),
            (CaseStep.NOTE, MARKS[Field.INNER_NOTES], False),
        ):
            taken = Taken(step=step, by_person_id=handler_id, words=words, shown_to_reporter=shown)
            await casework.step(tx, case.id, taken, now=now, ids=ids)
        await public.release_words(
            tx, case.id, MARKS[Field.PUBLIC_WORDS], by=handler_id, now=now, ids=ids
        )
        return await cases.case_by_id(tx, case.id)


def _shown(text: str) -> frozenset[Field]:
    return frozenset(one for one, mark in MARKS.items() if mark in text)


MARKED = frozenset(MARKS)


@pytest.mark.parametrize("who", ["anybody", CITIZEN, *CAST])
async def test_what_chat_shows_is_in_the_table(scene: Scene, who: str) -> None:
    """Never more; and officials read the words, the place and the reporter where they may."""
    shown = _shown(await scene.in_chat(who))
    allowed = EXPECTED[who][0]
    assert shown <= allowed, f"{who} is shown {sorted(shown - allowed)}"
    must = {Field.WORDS, Field.PLACE_WORDS, Field.NAMED_REPORTER} & allowed
    assert must <= shown or who == CITIZEN


@pytest.mark.parametrize("who", ["anybody", CITIZEN, *CAST])
async def test_what_the_web_shows_is_the_table(scene: Scene, who: str) -> None:
    """Nothing more and, of what was marked, nothing less."""
    assert _shown(await scene.on_web(who)) == EXPECTED[who][1] & MARKED


async def test_what_feeds_show_is_the_table(scene: Scene) -> None:
    """For every role alike: feeds know nobody. The square is there, the pin is not."""
    text = await scene.in_feeds()
    assert _shown(text) == PUBLIC & MARKED
    lat, lon = area_of(float(MARKS[Field.PIN]), 106.33456)
    assert json.dumps([lon, lat], separators=(",", ":")) in text


def _sheet(folder: Path) -> str:
    path = folder / "sheet.xlsx"
    write_units_template(path, shipped_pack("ha-dong"))
    book = load_workbook(path)
    return "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
    )


EXPORTS: tuple[Callable[[Path], str], ...] = (_sheet,)
"""Every file that leaves the house today."""


@pytest.mark.parametrize("export", EXPORTS)
async def test_what_exports_hold_is_in_the_table(
    scene: Scene, export: Callable[[Path], str], tmp_path: Path
) -> None:
    """No export holds a case so far; whichever one will is bound to the table's column."""
    text = export(tmp_path)
    assert scene.case.code not in text
    assert _shown(text) - {Field.HANDLING_UNIT} <= OFFICE_FILE
    assert not _shown(text) & {Field.NAMED_REPORTER, Field.INNER_NOTES, Field.WORDS}
