"""The group desk: an admin ties a group chat to a unit, so that posts there are the unit's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At
from bot.desks.roles import rights_of
from bot.events import Reply
from bot.flows.naming import meant
from storage import groups, units
from storage.units import Unit


async def look(at: At, args: Mapping[str, str]) -> Sequence[Reply]:
    """`/nhom tên đơn vị` in a group, by an official or by the unit's own reporter."""
    if not at.who.room:
        return (Reply(words="Lệnh này dùng trong nhóm của thôn, hội ạ."),)
    allowed = await _units_of(at)
    if not allowed:
        return (Reply(words="Việc này cần người phụ trách của xã hoặc của đơn vị làm ạ."),)
    typed = args.get("rest", "").strip()
    if not typed and len(allowed) > 1:
        return (
            Reply(words="Anh/chị gõ /nhom kèm tên đơn vị giúp em, ví dụ: /nhom Thôn Đông Lĩnh"),
        )
    unit = allowed[0] if not typed else _named(typed, allowed)
    if unit is None:
        return (Reply(words=f"Em chưa thấy đơn vị “{typed}” ạ. Anh/chị gõ lại tên giúp em nhé."),)
    await groups.register_group(
        at.tx,
        at.who.channel,
        at.who.account,
        at.who.chat,
        unit_id=unit.id,
        name=at.who.group_name,
        by=at.who.person_id,
        now=at.moment.at,
    )
    words = f"Xong rồi ạ! Nhóm này là của {unit.name}. Anh/chị gọi tên em kèm kết quả hoạt động, em ghi giúp."
    return (Reply(words=words),)


async def _units_of(at: At) -> list[Unit]:
    """Units this person may tie a group to: admins and leaders any of theirs, reporters their own."""
    rights = rights_of(at.who)
    found: dict[int, Unit] = {}
    for role in at.who.roles:
        found |= {unit.id: unit for unit in await units.subtree(at.tx, role.unit_id)}
    return [unit for unit in found.values() if rights.may_register_group(unit.path)]


def _named(typed: str, among: Sequence[Unit]) -> Unit | None:
    best, _ = meant(typed, {unit.id: (unit.name, *unit.aliases) for unit in among})
    return next((unit for unit in among if unit.id == best), None)
