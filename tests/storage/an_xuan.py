"""Xã An Xuân: an invented commune with a small plan, for tests of what storage does with plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.pack import Pack
from storage import plans, units
from storage.ids import NewId
from storage.tables import accounts, memberships, persons
from storage.units import NewUnit, Unit

AT = {"source": {"line": 1}}

MINI: dict[str, Any] = {
    "document": {
        "key": "an-xuan",
        "kind": "Kế hoạch",
        "number": None,
        "date": None,
        "issuer": "UBND xã An Xuân",
        "title": "Kế hoạch chuyển đổi xanh",
        "commune": {"key": "an-xuan", "name": "Xã An Xuân", "level": "xã", "province": None},
        "parents": [],
        "first_year": 2026,
        "last_year": 2030,
        **AT,
    },
    "units": [
        {"key": "ubnd", "name": "UBND xã", "kind": "committee", **AT},
        {"key": "van-phong", "name": "Văn phòng", "kind": "office", "parent": "ubnd", **AT},
        {
            "key": "phong-kinh-te",
            "name": "Phòng Kinh tế",
            "kind": "department",
            "parent": "ubnd",
            **AT,
        },
        {
            "key": "hoi-phu-nu",
            "name": "Hội Phụ nữ",
            "kind": "association",
            "aliases": ["LHPN"],
            **AT,
        },
        {"key": "thon", "name": "Các thôn", "kind": "village", "many": True, **AT},
        {"key": "truong", "name": "Trường học", "kind": "school", "many": True, **AT},
    ],
    "targets": [
        {
            "key": "phan-loai",
            "name": "Hộ phân loại rác",
            "indicator": "ho-phan-loai",
            "comparator": ">=",
            "value": 80,
            "unit": "%",
            "year": 2026,
            "reported_by": {"units": ["thon"], "stated": True},
            "reported_in": {"duty": "dinh-ky", "stated": True},
            "asks": [
                {
                    "key": "so-ho",
                    "part": "numerator",
                    "words": "Bao nhiêu hộ phân loại?",
                    "kind": "whole",
                    "unit": "hộ",
                    "example": "120",
                }
            ],
            **AT,
        },
        {
            "key": "dot-rom",
            "name": "Không đốt rơm",
            "indicator": "vu-dot-rom",
            "comparator": "=",
            "value": 0,
            "unit": "vụ",
            "year": 2026,
            "reported_by": {"units": ["thon"], "stated": True},
            "reported_in": {"duty": "dinh-ky", "stated": True},
            "asks": [
                {
                    "key": "so-vu",
                    "part": "numerator",
                    "words": "Mấy vụ đốt rơm?",
                    "kind": "whole",
                    "unit": "vụ",
                    "example": "0",
                }
            ],
            "cases_of": ["dot-rom"],
            **AT,
        },
    ],
    "campaigns": [],
    "tasks": [],
    "duties": [
        {
            "key": "dinh-ky",
            "name": "Báo cáo 6 tháng, hằng năm",
            "owed_by": ["thon", "hoi-phu-nu"],
            "to": "ubnd",
            "rhythms": [{"every": "half_year"}, {"every": "year", "before": "12-20"}],
            "period_stated": True,
            **AT,
        },
        {
            "key": "dot-xuat",
            "name": "Báo cáo đột xuất",
            "owed_by": ["thon"],
            "to": "ubnd",
            "rhythms": [],
            "on_request": True,
            "period_stated": False,
            **AT,
        },
    ],
    "milestones": [],
    "violations": [
        {
            "key": "dot-rom",
            "name": "Đốt rơm",
            "category": "burning",
            "handled_by": ["phong-kinh-te"],
            **AT,
        },
        {"key": "tieng-on", "name": "Tiếng ồn", "category": "noise", "handled_by": [], **AT},
    ],
    "outlets": [],
    "routing": {"complaints": None, "difficulties": None},
    "notes": [],
}


def mini_pack(**document: Any) -> Pack:
    """The small plan; keyword arguments change its document."""
    return Pack.model_validate(MINI | {"document": MINI["document"] | document})


@dataclass(frozen=True)
class Place:
    """An Xuân as rows: its plan, its root, and villages by name."""

    plan_id: int
    commune: Unit
    villages: dict[str, Unit]
    person_id: int


VILLAGES = ("Thôn Đông", "Thôn Tây", "Thôn Nam", "Thôn Bắc")


async def settle(
    tx: AsyncConnection, *, now: datetime, ids: NewId, villages: tuple[str, ...] = VILLAGES
) -> Place:
    """Import the plan, add villages, and one person who files for everybody."""
    imported = await plans.import_pack(tx, mini_pack(), now=now, ids=ids)
    made = await units.add(
        tx,
        [
            NewUnit(
                code=f"thon-{at}",
                name=name,
                kind="village",
                parent_id=imported.commune_id,
                pack_key="thon",
                households=200,
            )
            for at, name in enumerate(villages)
        ],
        ids=ids,
    )
    person_id = await add_person(tx, "Lan", now=now, ids=ids)
    return Place(
        imported.plan_id,
        await units.by_id(tx, imported.commune_id),
        {unit.name: unit for unit in made},
        person_id,
    )


async def add_person(tx: AsyncConnection, name: str, *, now: datetime, ids: NewId) -> int:
    """A person without chat or unit."""
    person_id = ids()
    await tx.execute(insert(persons).values(id=person_id, name=name, created_at=now))
    return person_id


async def add_reporter(
    tx: AsyncConnection,
    unit: Unit,
    name: str,
    *,
    now: datetime,
    ids: NewId,
    rank: int = 1,
    reachable: bool = True,
    person_id: int | None = None,
) -> int:
    """A person who reports for `unit`, with a chat unless told otherwise; returns the person id."""
    known = person_id is not None
    person = person_id if person_id is not None else await add_person(tx, name, now=now, ids=ids)
    await tx.execute(
        insert(memberships).values(
            id=ids(), person_id=person, unit_id=unit.id, role="reporter", rank=rank, since=now
        )
    )
    if reachable and not known:
        await tx.execute(
            insert(accounts).values(
                id=ids(), channel="telegram", account="1", address=f"chat-{person}",
                person_id=person, name=name, created_at=now,
            )
        )  # fmt: skip
    return person
