"""The Excel sheet of a commune's units and people: the empty one written, the filled one read.

Reading finds every mistake at once and names its cell, so that an office mends a sheet in
one go. What is read is whole and in order; `storage/sheet.py` takes it in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz, process

from office.sheet_cells import Problems, Row, SheetProblem, SheetProblems, open_book, rows_of
from office.sheet_template import write_units_template
from office.sheet_words import (
    ALIASES,
    HOUSEHOLDS,
    KIND,
    NAME,
    PARENT,
    PEOPLE_COLUMNS,
    PEOPLE_SHEET,
    PERSON,
    PHONE,
    RANK,
    ROLE,
    ROLES,
    UNIT,
    UNIT_COLUMNS,
    UNITS_SHEET,
    Class,
    classes_of,
)
from plans.names import plain, slug
from plans.pack import Pack
from plans.phone_numbers import phone_of
from storage.sheet import SheetPerson, SheetUnit, UnitsSheet

__all__ = ["SheetProblem", "SheetProblems", "UnitsSheet", "read_units", "write_units_template"]

MOST_HOUSEHOLDS = 100_000
NEAR_ENOUGH = 75
"""From this likeness (0-100, rapidfuzz) on a known name is offered for an unknown one."""

CHOOSE = " Anh/chị chọn trong danh sách giúp em."
"""Said of a word the sheet's own lists do not hold."""


@dataclass(frozen=True, slots=True)
class _Body:
    """A unit that a name may mean: its code, its names, and whether the plan already has it."""

    code: str
    names: tuple[str, ...]
    of_plan: bool


def read_units(path: Path, pack: Pack) -> UnitsSheet:
    """Read a filled sheet against a plan.

    Raises:
        SheetProblems: anything is wrong; all of it at once, by sheet and cell, in Vietnamese.
    """
    books = open_book(path)
    problems = Problems()
    unit_rows = rows_of(books, UNITS_SHEET, UNIT_COLUMNS, problems)
    person_rows = rows_of(books, PEOPLE_SHEET, PEOPLE_COLUMNS, problems)
    if not unit_rows and not person_rows and not problems.found:
        problems.of_file("Tệp chưa có dòng nào. Anh/chị điền trang “Đơn vị” và “Người” giúp em.")
    bodies = _bodies_of(pack)
    units = _units(unit_rows, bodies, classes_of(pack), problems)
    people = _people(person_rows, bodies, problems)
    problems.raise_any((UNITS_SHEET, PEOPLE_SHEET))
    return UnitsSheet(_parents_first(units), people)


def _bodies_of(pack: Pack) -> dict[str, _Body]:
    """What the plan's own names mean, by plain name; the sheet's rows are added as they are read."""
    commune = pack.document.commune
    bodies = [_Body(commune.key, (commune.name,), True)]
    bodies += [
        _Body(unit.key, (unit.name, *unit.aliases), True) for unit in pack.units if not unit.many
    ]
    found: dict[str, _Body] = {}
    for body in bodies:
        for name in body.names:
            found.setdefault(plain(name), body)
    return found


# --- units -----------------------------------------------------------------------------------


def _units(
    rows: Sequence[Row],
    bodies: dict[str, _Body],
    classes: Sequence[Class],
    problems: Problems,
) -> list[SheetUnit]:
    by_label = {plain(each.label): each for each in classes}
    first: dict[str, int] = {}
    named = [row for row in rows if _name_is_new(row, bodies, first, problems)]
    read = [_unit(row, bodies, by_label, problems) for row in rows]
    units = [unit for row, unit in zip(rows, read, strict=True) if unit and row in named]
    _refuse_circles(named, bodies, problems)
    return units


def _name_is_new(
    row: Row, bodies: dict[str, _Body], first: dict[str, int], problems: Problems
) -> bool:
    name = row.text(NAME)
    code = slug(name)
    known = bodies.get(plain(name))
    if not code:
        problems.at(row, NAME, "Thiếu tên đơn vị.")
        return False
    if code in first:
        problems.at(row, NAME, f"“{name}” trùng với dòng {first[code]} (không tính dấu).")
        return False
    if known is not None and known.of_plan:
        problems.at(row, NAME, f"“{name}” đã có trong kế hoạch, không cần ghi lại.")
        return False
    first[code] = row.number
    body = _Body(code, (name, *_aliases(row)), False)
    for each in body.names:
        bodies.setdefault(plain(each), body)
    bodies[plain(name)] = body  # a name outdoes somebody else's alias
    return True


def _aliases(row: Row) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[,;\n]", row.text(ALIASES)))
    return tuple(dict.fromkeys(part for part in parts if part))


def _unit(
    row: Row, bodies: Mapping[str, _Body], by_label: Mapping[str, Class], problems: Problems
) -> SheetUnit | None:
    of_class = _class(row, by_label, problems)
    parent = _meant(row, PARENT, bodies, problems)
    households = _households(row, problems)
    if of_class is None:
        return None
    return SheetUnit(
        code=slug(row.text(NAME)),
        name=row.text(NAME),
        kind=of_class.kind,
        pack_key=of_class.pack_key,
        parent=parent or _usual_parent(of_class, bodies),
        aliases=_aliases(row),
        households=households,
    )


def _class(row: Row, by_label: Mapping[str, Class], problems: Problems) -> Class | None:
    typed = row.text(KIND)
    if not typed:
        problems.at(row, KIND, f"Thiếu loại.{CHOOSE}")
        return None
    found = by_label.get(plain(typed))
    if found is None:
        labels = [each.label for each in by_label.values()]
        problems.at(row, KIND, f"Không có loại “{typed}”.{_perhaps(typed, labels) or CHOOSE}")
    return found


def _usual_parent(of_class: Class, bodies: Mapping[str, _Body]) -> str | None:
    """Where the plan hangs the class, when that is a single unit."""
    codes = {body.code for body in bodies.values()}
    return of_class.parent if of_class.parent in codes else None


def _meant(row: Row, column: str, bodies: Mapping[str, _Body], problems: Problems) -> str | None:
    """The code of the unit that a cell names; None when it is empty or names none."""
    typed = row.text(column)
    if not typed:
        return None
    found = bodies.get(plain(typed))
    if found is None:
        names = [name for body in bodies.values() for name in body.names]
        hint = _perhaps(typed, names) or " Anh/chị ghi thêm ở trang “Đơn vị” hoặc sửa tên giúp em."
        problems.at(row, column, f"Không thấy đơn vị “{typed}”.{hint}")
        return None
    return found.code


def _perhaps(typed: str, names: Iterable[str]) -> str:
    near = process.extractOne(typed, list(names), scorer=fuzz.ratio, processor=plain)
    return f" Có phải “{near[0]}” không?" if near and near[1] >= NEAR_ENOUGH else ""


def _households(row: Row, problems: Problems) -> int | None:
    typed = row.text(HOUSEHOLDS)
    if not typed:
        return None
    if (
        not re.fullmatch(r"\d{1,3}(\.\d{3})+|\d+", typed)
        or int(typed.replace(".", "")) > MOST_HOUSEHOLDS
    ):
        problems.at(row, HOUSEHOLDS, f"“{typed}” không phải số hộ. Ví dụ: 215")
        return None
    return int(typed.replace(".", ""))


def _refuse_circles(rows: Sequence[Row], bodies: Mapping[str, _Body], problems: Problems) -> None:
    """Of all named rows, those with other mistakes too: everything is told at once."""
    parents: dict[str, str] = {}
    for row in rows:
        above = bodies.get(plain(row.text(PARENT)))
        if above is not None:
            parents[slug(row.text(NAME))] = above.code
    for row in rows:
        code = slug(row.text(NAME))
        seen, at = {code}, parents.get(code)
        while at in parents and at not in seen:
            seen.add(at)
            at = parents[at]
        if at == code:
            problems.at(row, PARENT, f"“{row.text(NAME)}” không thể thuộc chính nó.")


def _parents_first(units: Sequence[SheetUnit]) -> tuple[SheetUnit, ...]:
    waiting = {unit.code: unit for unit in units}
    ordered: dict[str, SheetUnit] = {}

    def place(unit: SheetUnit) -> None:
        if unit.parent in waiting and unit.parent not in ordered:
            place(waiting[unit.parent])
        ordered.setdefault(unit.code, unit)

    for unit in units:
        place(unit)
    return tuple(ordered.values())


# --- people ----------------------------------------------------------------------------------


def _people(
    rows: Sequence[Row], bodies: Mapping[str, _Body], problems: Problems
) -> tuple[SheetPerson, ...]:
    by_role = {plain(label): role for label, role in ROLES.items()}
    owners: dict[str, Row] = {}
    first: dict[tuple[str, str | None, str | None, str | None], int] = {}
    people: list[SheetPerson] = []
    for row in rows:
        name = row.text(PERSON)
        if not plain(name):
            problems.at(row, PERSON, "Thiếu họ tên.")
        if not row.text(UNIT):
            problems.at(row, UNIT, "Thiếu đơn vị.")
        unit = _meant(row, UNIT, bodies, problems)
        role = _role(row, by_role, problems)
        rank = _rank(row, problems)
        phone = _phone(row, owners, problems)
        key = (plain(name), unit, role, phone)
        if None not in key[1:3] and key in first:
            problems.at(row, PERSON, f"“{name}” trùng với dòng {first[key]}.")
        first.setdefault(key, row.number)
        if unit and role:
            people.append(SheetPerson(name, unit, role, rank, phone))
    return tuple(people)


def _role(row: Row, by_role: Mapping[str, str], problems: Problems) -> str | None:
    typed = row.text(ROLE)
    if not typed:
        problems.at(row, ROLE, f"Thiếu vai trò.{CHOOSE}")
        return None
    role = by_role.get(plain(typed))
    if role is None:
        problems.at(row, ROLE, f"Không có vai trò “{typed}”.{_perhaps(typed, ROLES) or CHOOSE}")
    return role


def _rank(row: Row, problems: Problems) -> int:
    typed = row.text(RANK)
    if not typed:
        return 1
    if not re.fullmatch(r"[1-9]", typed):
        problems.at(
            row,
            RANK,
            f"“{typed}” không phải thứ tự. Ghi 1 cho người được nhắc trước, 2 cho người dự phòng.",
        )
        return 1
    return int(typed)


def _phone(row: Row, owners: dict[str, Row], problems: Problems) -> str | None:
    typed = row.text(PHONE)
    if not typed:
        return None
    phone = phone_of(typed)
    if phone is None:
        problems.at(row, PHONE, f"“{typed}” không phải số điện thoại. Ví dụ: 0900 000 001")
        return None
    owner = owners.setdefault(phone, row)
    if plain(owner.text(PERSON)) != plain(row.text(PERSON)):
        problems.at(row, PHONE, f"Số này đã ghi cho “{owner.text(PERSON)}” ở dòng {owner.number}.")
    return phone
