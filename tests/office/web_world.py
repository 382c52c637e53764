"""Two invented communes with an office on the web: officials of every role, citizens, cases, pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from cryptography.fernet import Fernet
from PIL import Image, ImageDraw
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers.office_calls import OfficeCalls
from bot.handlers.office_reviews import OfficeReviews
from office.web import Happened, Office, Options
from plans.calendar import Calendar
from storage import case_limits, cases, doors, people, plans, units
from storage.access import Role
from storage.cases import Case, NewCase
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore, kept
from storage.secrets import Seal
from storage.tables import media
from storage.units import Unit
from tests.conftest import Clock
from tests.storage.an_xuan import add_person, mini_pack, settle

SEAL = Seal(Fernet.generate_key().decode())

PIN = (20.93127, 106.31814)
WORDS = "Khói rơm mù mịt cạnh nhà bác Tư Râu"
PLACE = "ngõ sau kho lúa nhà bác Tư Râu"
REPORTER = "Trần Thị Người Báo"
SECRETS = {
    "words": WORDS,
    "place_words": PLACE,
    "named_reporter": REPORTER,
    "pin": "20.93127",
    "pin_lon": "106.31814",
}
"""What must stand on no public page."""


def a_photo(colour: str = "seagreen", size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture with a "face" in its upper left, taken by a device that wrote its name into it."""
    image = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(image)
    for x in range(0, size[0], 32):
        draw.line((x, 0, size[0] - x, size[1]), fill="white", width=3)
    for n in range(12):
        draw.rectangle((40 + n * 8, 40, 44 + n * 8, 120), fill="black")
    exif = Image.Exif()
    exif[0x0110] = "CameraOfTuRau"
    written = io.BytesIO()
    image.save(written, "JPEG", exif=exif)
    return written.getvalue()


@dataclass
class Town:
    """The world of these tests. `heard` is what would have been told to people."""

    store: Store
    files: MediaStore
    clock: Clock
    ids: NumberedIds
    options: Options = field(default_factory=Options)
    heard: list[Happened] = field(default_factory=list)
    commune: Unit = field(init=False)
    other: Unit = field(init=False)
    plan_id: int = 0
    who: dict[str, int] = field(default_factory=dict)
    _server: TestServer | None = None
    _sessions: list[ClientSession] = field(default_factory=list)

    async def settles(self) -> None:
        """An Xuân with everybody in office, and Bình An next to it with a leader of its own."""
        now, ids = self.clock(), self.ids
        async with self.store.begin() as tx:
            place = await settle(tx, now=now, ids=ids)
            self.commune, self.plan_id = place.commune, place.plan_id
            there = {"key": "binh-an", "name": "Xã Bình An", "level": "xã", "province": None}
            pack = mini_pack(key="binh-an", commune=there)
            imported = await plans.import_pack(tx, pack, now=now, ids=ids)
            self.other = await units.by_id(tx, imported.commune_id)
            await self._cast(tx)

    async def _cast(self, tx: AsyncConnection) -> None:
        known = {u.code: u for u in await units.of_commune(tx, self.commune.id)}
        offices = {
            "Chủ tịch Hoa": (self.commune, Role.LEADER),
            "Quản trị Sơn": (self.commune, Role.ADMIN),
            "Duyệt Mai": (self.commune, Role.REVIEWER),
            "Xử lý Bình": (known["phong-kinh-te"], Role.HANDLER),
            "Phụ nữ Thu": (known["hoi-phu-nu"], Role.HANDLER),
            "Trưởng thôn Lâm": (known["thon-0"], Role.REPORTER),
            "Chủ tịch xã bên": (self.other, Role.LEADER),
        }
        for name, (unit, role) in offices.items():
            person_id = await add_person(tx, name, now=self.clock(), ids=self.ids)
            await people.give_role(
                tx, person_id, unit.id, role.value, now=self.clock(), ids=self.ids
            )
            self.who[name] = person_id
        self.who[REPORTER] = await add_person(tx, REPORTER, now=self.clock(), ids=self.ids)

    # --- what is there ---------------------------------------------------------------------------

    async def picture(self, tx: AsyncConnection, content: bytes | None = None) -> int:
        """A picture that was sent and fetched; its media id."""
        facts = await self.files.keep(content or a_photo())
        media_id = self.ids()
        await tx.execute(
            insert(media).values(
                id=media_id, channel="webchat", account="w", ref=str(media_id), state="wanted",
                not_before=self.clock(), added_at=self.clock(),
            )
        )  # fmt: skip
        await kept(tx, media_id, facts)
        return media_id

    async def reports(
        self, *, photos: tuple[bytes, ...] = (), limits: bool = True, **more: Any
    ) -> Case:
        """A citizen reports straw burning to the body that the plan names."""
        async with self.store.begin() as tx:
            known = {u.code: u for u in await units.of_commune(tx, self.commune.id)}
            shown = tuple([(await self.picture(tx, one), "photo") for one in photos])
            values: dict[str, Any] = {
                "commune_id": self.commune.id,
                "plan_id": self.plan_id,
                "unit_id": known["thon-0"].id,
                "violation_key": "dot-rom",
                "words": WORDS,
                "reporter_id": self.who[REPORTER],
                "sealed": False,
                "lat": PIN[0],
                "lon": PIN[1],
                "place_words": PLACE,
                "happened_on": date(2026, 6, 7),
                "handler_unit_id": known["phong-kinh-te"].id,
                "media": shown,
            }
            case = await cases.open_case(
                tx, NewCase(**(values | more)), sealing=SEAL, now=self.clock(), ids=self.ids
            )
            if not limits:
                return case
            return await case_limits.reckon(
                tx, case, category="burning", calendar=Calendar(), start=self.clock()
            )

    async def case(self, code: str) -> Case:
        """A case as it stands now."""
        async with self.store.read() as tx:
            return await cases.case_by_code(tx, code)

    # --- the server and its visitors -------------------------------------------------------------

    async def opens(self) -> str:
        """Start the server; its address, without a slash at the end."""
        app = web.Application()
        app.add_routes(self.office().routes())
        self._server = TestServer(app)
        await self._server.start_server()
        return str(self._server.make_url("/")).rstrip("/")

    def office(self) -> Office:
        """The web side as `bot/app.py` would make it."""
        return Office(
            self.store,
            SEAL,
            self.files,
            self.clock,
            self.ids,
            self.options,
            tells=self._tells,
            sounds_urgent=lambda words: "cháy" in words,
            calls=OfficeCalls(ids=self.ids, seal=SEAL),
            reviews=OfficeReviews(ids=self.ids, seal=SEAL),
        )

    async def _tells(self, tx: AsyncConnection, happened: Happened, *, now: datetime) -> None:
        self.heard.append(happened)

    @property
    def address(self) -> str:
        """Where the server answers."""
        assert self._server is not None
        return str(self._server.make_url("/")).rstrip("/")

    def visitor(self) -> Visitor:
        """A browser without a session."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self._sessions.append(session)
        return Visitor(session, self.address)

    async def link(self, name: str) -> str:
        """A one-time link's token for one of the cast."""
        async with self.store.begin() as tx:
            return await doors.make_link(tx, self.who[name], now=self.clock(), ids=self.ids)

    async def comes_in(self, name: str) -> Visitor:
        """One of the cast, signed in."""
        browser = self.visitor()
        answer = await browser.posts("/van-phong/vao", token=await self.link(name))
        assert answer.status == 303, await answer.text()
        return browser

    async def closes(self) -> None:
        """End every session and the server."""
        for session in self._sessions:
            await session.close()
        if self._server is not None:
            await self._server.close()

    def later(self, **by: float) -> None:
        """Move the clock."""
        self.clock.at += timedelta(**by)


@dataclass
class Visitor:
    """A browser: keeps its cookies, reads pages, sends forms as pages of ours do."""

    session: ClientSession
    address: str

    async def gets(self, path: str, **headers: str) -> ClientResponse:
        """A page, without following where it leads."""
        return await self.session.get(self.address + path, headers=headers, allow_redirects=False)

    async def reads(self, path: str) -> str:
        """The text of a page that is there."""
        answer = await self.gets(path)
        assert answer.status == 200, (path, answer.status, await answer.text())
        return await answer.text()

    async def posts(
        self, path: str, *, headers: Mapping[str, str] | None = None, **form: str
    ) -> ClientResponse:
        """A form, from our own page unless the headers say otherwise."""
        return await self.session.post(
            self.address + path,
            data=form,
            headers={"Origin": self.address} | dict(headers or {}),
            allow_redirects=False,
        )

    async def csrf(self) -> str:
        """The token in this session's forms."""
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', await self.reads("/van-phong"))
        assert found is not None
        return found.group(1)

    async def does(self, code: str, deed: str, seen: str, **said: str) -> ClientResponse:
        """A deed as the triage screen sends it."""
        return await self.posts(
            f"/van-phong/phan-anh/{code}/{deed}",
            headers={"Accept": "application/json"},
            csrf=await self.csrf(),
            seen=seen,
            **said,
        )
