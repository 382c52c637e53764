"""A plan as tables on a screen: what is to be reached, who reports, when, and what the plan leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from plans.calendar import WEEKDAYS
from plans.loader import shipped_catalogue
from plans.owed import DueSettingError, period_kinds
from plans.pack import Comparator, Duty, Indicator, Measure, Pack, Rhythm, Target, UnitKind
from plans.periods import PeriodKind
from plans.problems import CHOICES

NO_DUE = "chưa có hạn"
PROPOSED = "đề xuất"

_MEASURES = {
    Measure.RATIO: "tỷ lệ",
    Measure.SUM: "cộng dồn",
    Measure.LATEST: "số mới nhất",
    Measure.COUNT: "đếm",
    Measure.YES_NO: "đã làm hay chưa",
    Measure.CASES: "số vụ",
}

_PERIODS = {
    PeriodKind.WEEK: "hằng tuần",
    PeriodKind.MONTH: "hằng tháng",
    PeriodKind.QUARTER: "hằng quý",
    PeriodKind.HALF_YEAR: "6 tháng",
    PeriodKind.YEAR: "hằng năm",
    PeriodKind.DAY: "hằng ngày",
    PeriodKind.ONCE: "một lần",
}


def heading(pack: Pack) -> str:
    """The plan's title, its years and its commune."""
    return (
        f"[bold]{escape(pack.document.title)}[/bold]\n"
        f"{escape(pack.document.commune.name)}, giai đoạn {years(pack)}"
    )


def years(pack: Pack) -> str:
    """The plan's years, "2026–2030"; "đến 2025" where the plan names only its end."""
    first, last = pack.document.first_year, pack.document.last_year
    if first is None:
        return "chưa nêu" if last is None else f"đến {last}"
    return f"{first}–{last}" if last else f"từ {first}"


def unit_names(pack: Pack, keys: tuple[str, ...]) -> str:
    """Units of the plan by name."""
    names = {unit.key: unit.name for unit in pack.units}
    return ", ".join(names.get(key, key) for key in keys)


# --- targets -------------------------------------------------------------------------------------


def targets(pack: Pack, settings: Mapping[str, Any]) -> Table:
    """What is to be reached: how it is measured, the goal, who reports, when."""
    table = Table(title="Chỉ tiêu", show_lines=True)
    for name in ("Chỉ tiêu", "Cách đo", "Đích", "Ai báo", "Khi nào"):
        table.add_column(name, overflow="fold")
    catalogue = shipped_catalogue().joined(pack.indicators)
    duties_by_key = {duty.key: duty for duty in pack.duties}
    for target in pack.targets:
        duty = duties_by_key.get(target.reported_in.duty or "")
        table.add_row(
            escape(target.name),
            escape(_measured(target, catalogue.get(target.indicator))),
            escape(_goal(target)),
            escape(_reporters(pack, target)),
            escape(_when(duty, target, settings)),
        )
    return table


def _measured(target: Target, indicator: Indicator | None) -> str:
    if indicator is None:
        return ""
    words = _MEASURES[indicator.measure]
    if indicator.measure is Measure.RATIO and indicator.numerator and indicator.denominator:
        words = f"{words}: {indicator.numerator} / {indicator.denominator}"
    return f"{words}, cộng cả vụ việc đã xác nhận" if target.cases_of else words


def _goal(target: Target) -> str:
    by = f", năm {target.year}" if target.year else ""
    if target.value is None:
        return f"hoàn thành{by}"
    signs = {
        Comparator.AT_LEAST: "từ",
        Comparator.AT_MOST: "không quá",
        Comparator.EQUAL: "bằng",
        Comparator.KEEP: "giữ",
        Comparator.DONE: "",
    }
    about = "khoảng " if target.approximate else ""
    value = f"{target.value:.12g}".replace(".", ",")
    return f"{signs[target.comparator]} {about}{value} {target.unit}{by}".strip()


def _reporters(pack: Pack, target: Target) -> str:
    names = unit_names(pack, target.reported_by.units)
    return names if target.reported_by.stated else f"{names} ({PROPOSED})"


def _when(duty: Duty | None, target: Target, settings: Mapping[str, Any]) -> str:
    if duty is None:
        return f"chưa rõ kỳ, {NO_DUE}"
    words = when_due(duty, settings)
    return words if target.reported_in.stated else f"{words} ({PROPOSED})"


# --- duties --------------------------------------------------------------------------------------


def duties(pack: Pack, settings: Mapping[str, Any]) -> Table:
    """Who owes which report to whom, how often and by when."""
    table = Table(title="Nghĩa vụ báo cáo", show_lines=True)
    for name in ("Mã", "Báo cáo", "Ai nộp", "Gửi ai", "Khi nào"):
        table.add_column(name, overflow="fold")
    for duty in pack.duties:
        to = unit_names(pack, tuple(key for key in (duty.to, *duty.also_to) if key))
        via = f", qua {unit_names(pack, (duty.via,))}" if duty.via else ""
        table.add_row(
            escape(duty.key),
            escape(duty.name),
            escape(unit_names(pack, duty.owed_by)),
            escape(f"{to or 'kế hoạch không nêu'}{via}"),
            escape(when_due(duty, settings)),
        )
    return table


def when_due(duty: Duty, settings: Mapping[str, Any]) -> str:
    """The periods of a duty and the last day of each; what the office set is marked "(xã đặt)"."""
    try:
        kinds = period_kinds(duty, settings)
    except DueSettingError:
        return "kỳ báo cáo xã đặt chưa đúng"
    if not kinds:
        unsettled = "" if duty.on_request and duty.period_stated else f"chưa rõ kỳ, {NO_DUE}"
        return "; ".join(each for each in (unsettled, _on_request(duty)) if each)
    by_kind = {PeriodKind(rhythm.every): rhythm for rhythm in duty.rhythms}
    chosen = settings.get(f"duty.{duty.key}.due")
    return "; ".join(f"{_PERIODS[kind]}: {_due(kind, by_kind.get(kind), chosen)}" for kind in kinds)


def _on_request(duty: Duty) -> str:
    return "khi có yêu cầu" if duty.on_request else ""


def _due(kind: PeriodKind, rhythm: Rhythm | None, chosen: Any) -> str:
    rule = chosen.get(kind.value, chosen.get("any")) if isinstance(chosen, Mapping) else None
    if isinstance(rule, Mapping):
        return f"{rule_words(rule)} (xã đặt)"
    if rhythm is not None and rhythm.on:
        return f"ngày {_day(rhythm.on)}"
    if rhythm is not None and rhythm.before:
        return f"trước {_day(rhythm.before)}"
    if rhythm is not None and kind is PeriodKind.WEEK and rhythm.weekday:
        return ", ".join(WEEKDAYS[day - 1] for day in rhythm.weekday)
    return NO_DUE


def rule_words(rule: Mapping[str, Any]) -> str:
    """A due rule of the office as people say it: "ngày 20/6, 17:00", "3 ngày làm việc sau khi chốt số liệu"."""
    at = f", {rule['at']}" if rule.get("at") else ""
    if "on" in rule:
        return f"ngày {_day(str(rule['on']))}{at}"
    return f"{rule.get('working_days_after_close')} ngày làm việc sau khi chốt số liệu{at}"


def _day(month_and_day: str) -> str:
    month, day = month_and_day.split("-")
    return f"{int(day)}/{int(month)}"


# --- the rest ------------------------------------------------------------------------------------


def campaigns(pack: Pack) -> Table:
    """The named movements and models, their leads and rhythms."""
    table = Table(title="Phong trào, mô hình", show_lines=True)
    for name in ("Tên", "Chủ trì", "Nhịp"):
        table.add_column(name, overflow="fold")
    for one in pack.campaigns:
        named = ", ".join(WEEKDAYS[day - 1] for day in one.on_weekdays)
        rhythm = "kế hoạch không nêu" + (f" (theo tên gọi: {named})" if named else "")
        if one.rhythm:
            rhythm = _rhythm(one.rhythm)
        lead = unit_names(pack, one.lead) or "kế hoạch không nêu"
        table.add_row(escape(one.name), escape(lead), escape(rhythm))
    return table


def _rhythm(rhythm: Rhythm) -> str:
    parts = [_PERIODS[PeriodKind(rhythm.every)], *(WEEKDAYS[day - 1] for day in rhythm.weekday)]
    if rhythm.part_of_day:
        parts.append(CHOICES[rhythm.part_of_day])
    if rhythm.on:
        parts.append(f"ngày {_day(rhythm.on)}")
    return ", ".join(parts)


def violations(pack: Pack, settings: Mapping[str, Any]) -> Table:
    """Which body handles which kind of breach, as the plan says or the office chose."""
    table = Table(title="Vi phạm và nơi xử lý", show_lines=True)
    for name in ("Mã", "Vi phạm", "Ai xử lý", "Ai giám sát"):
        table.add_column(name, overflow="fold")
    for one in pack.violations:
        table.add_row(
            escape(one.key),
            escape(one.name),
            escape(_handler(pack, one.key, one.handled_by, settings)),
            escape(unit_names(pack, one.watched_by) or "–"),
        )
    return table


def _handler(pack: Pack, key: str, handled_by: tuple[str, ...], settings: Mapping[str, Any]) -> str:
    chosen = settings.get(f"route.{key}")
    if chosen:
        return f"{unit_names(pack, (str(chosen),))} (xã đặt)"
    return unit_names(pack, handled_by) or "cần bổ sung (tạm chuyển Văn phòng)"


def gaps(pack: Pack, settings: Mapping[str, Any]) -> str:
    """What the plan leaves open and the office should settle, each with the command that settles it."""
    lines = [
        f"• {escape(duty.name)}: {NO_DUE}. Đặt: [bold]soxanh office set {_example(duty)}[/bold]"
        for duty in without_due(pack, settings)
    ]
    lines += [
        f"• {escape(one.name)}: chưa rõ ai xử lý. Đặt nơi xử lý: "
        f"[bold]soxanh office set route.{one.key} {_some_unit(pack)}[/bold]"
        for one in pack.violations
        if not one.handled_by and not settings.get(f"route.{one.key}")
    ]
    if not lines:
        return "[green]✔[/green] Không có gì cần bổ sung."
    return "\n".join(["[yellow]Cần bổ sung:[/yellow]", *lines])


def notes(pack: Pack) -> str:
    """What was noticed while the plan was read: slips, gaps, contradictions."""
    return "\n".join(
        ["[bold]Lưu ý về văn bản:[/bold]", *(f"• {escape(note.text)}" for note in pack.notes)]
    )


def without_due(pack: Pack, settings: Mapping[str, Any]) -> list[Duty]:
    """Periodic duties with at least one period that has no last day."""
    return [duty for duty in pack.duties if duty.owed_by and NO_DUE in when_due(duty, settings)]


def _example(duty: Duty) -> str:
    """A command that would settle it; first the period, where the plan names none."""
    if not duty.rhythms:
        return f"duty.{duty.key}.periods quarter"
    days = {"half_year": "20/6", "year": "20/12"}
    kinds = dict.fromkeys(rhythm.every for rhythm in duty.rhythms)
    return f"duty.{duty.key}.due " + " ".join(f"{kind}={days.get(kind, '+3')}" for kind in kinds)


def _some_unit(pack: Pack) -> str:
    """A unit to name in an example: the police if the plan has any, else the committee or the office."""
    for kind in (UnitKind.POLICE, UnitKind.COMMITTEE, UnitKind.OFFICE):
        for unit in pack.units:
            if unit.kind is kind and not unit.many:
                return unit.key
    return "van-phong"
