"""What the schema alone cannot see: whether the entries of a pack fit each other.

Each rule yields flaws: where in the pack, and what to mend in words for its keeper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from plans.marked_yaml import Path
from plans.pack import (
    READING_MEASURES,
    Catalogue,
    Comparator,
    Duty,
    Indicator,
    Measure,
    Pack,
    QuestionKind,
    Source,
    Target,
)
from plans.problems import near

KEYED_SECTIONS = (
    "units",
    "targets",
    "campaigns",
    "tasks",
    "duties",
    "milestones",
    "violations",
    "outlets",
)
"""Sections whose entries have a key, unique within the section."""

UNIT_FIELDS = {
    "campaigns": ("lead",),
    "tasks": ("lead", "support"),
    "duties": ("owed_by", "also_to"),
    "milestones": ("lead",),
    "violations": ("handled_by", "watched_by"),
    "outlets": ("run_by",),
}
"""Fields that list units, by section."""


@dataclass(frozen=True)
class Flaw:
    """One thing that does not fit: the way to it in the pack, and what to mend."""

    path: Path
    words: str


def flaws_of_pack(pack: Pack, catalogue: Catalogue) -> tuple[Flaw, ...]:
    """Everything in a pack that does not fit together; empty when all is well.

    Args:
        pack: as the schema let it through.
        catalogue: the shared indicators; the pack's own are added here.
    """
    indicators = catalogue.joined(pack.indicators)
    rules: tuple[Callable[[], Iterable[Flaw]], ...] = (
        lambda: _duplicate_keys(pack),
        lambda: _unknown_units(pack),
        lambda: _unit_cycles(pack),
        lambda: _targets(pack, indicators),
        lambda: _unknown_measures(pack),
        lambda: _duties(pack),
        lambda: _sources(pack),
        lambda: _years(pack),
        lambda: _indicators(indicators, first=len(catalogue.indicators)),
    )
    return tuple(flaw for rule in rules for flaw in rule())


def flaws_of_catalogue(catalogue: Catalogue) -> tuple[Flaw, ...]:
    """Everything in a catalogue that does not fit together; empty when all is well."""
    return tuple(_indicators(catalogue, first=0))


def _duplicate_keys(pack: Pack) -> Iterator[Flaw]:
    for section in KEYED_SECTIONS:
        seen: set[str] = set()
        for index, entry in enumerate(getattr(pack, section)):
            if entry.key in seen:
                yield Flaw((section, index, "key"), f'mã "{entry.key}" dùng hai lần. Đổi một mã')
            seen.add(entry.key)
    if any(unit.key == pack.document.commune.key for unit in pack.units):
        index = [unit.key for unit in pack.units].index(pack.document.commune.key)
        yield Flaw(("units", index, "key"), "mã đơn vị trùng với mã của xã. Đổi mã đơn vị")


def _unknown_units(pack: Pack) -> Iterator[Flaw]:
    known = {unit.key for unit in pack.units} | {pack.document.commune.key}
    for path, key in _named_units(pack):
        if key not in known:
            words = f'chưa có đơn vị nào mang mã "{key}".{near(key, known)}'
            yield Flaw(path, f"{words} Thêm vào phần units hoặc sửa mã")


def _named_units(pack: Pack) -> Iterator[tuple[Path, str]]:
    for section, fields in UNIT_FIELDS.items():
        for index, entry in enumerate(getattr(pack, section)):
            for field in fields:
                for at, key in enumerate(getattr(entry, field)):
                    yield (section, index, field, at), key
    for index, target in enumerate(pack.targets):
        for at, key in enumerate(target.reported_by.units):
            yield ("targets", index, "reported_by", "units", at), key
    for index, unit in enumerate(pack.units):
        if unit.parent is not None:
            yield ("units", index, "parent"), unit.parent
    for index, duty in enumerate(pack.duties):
        yield from ((("duties", index, name), key) for name, key in _recipients(duty))
    yield from _routed(pack)


def _recipients(duty: Duty) -> Iterator[tuple[str, str]]:
    if duty.to is not None:
        yield "to", duty.to
    if duty.via is not None:
        yield "via", duty.via


def _routed(pack: Pack) -> Iterator[tuple[Path, str]]:
    for name in ("complaints", "difficulties"):
        route = getattr(pack.routing, name)
        if route is None:
            continue
        for at, key in enumerate(route.to):
            yield ("routing", name, "to", at), key
        if route.via is not None:
            yield ("routing", name, "via"), route.via


def _unit_cycles(pack: Pack) -> Iterator[Flaw]:
    parents = {unit.key: unit.parent for unit in pack.units}
    for index, unit in enumerate(pack.units):
        above, seen = unit.parent, {unit.key}
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == unit.key:
            words = "đơn vị nằm dưới chính nó. Sửa đơn vị cấp trên"
            yield Flaw(("units", index, "parent"), words)


def _targets(pack: Pack, indicators: Catalogue) -> Iterator[Flaw]:
    duties = {duty.key for duty in pack.duties}
    violations = {violation.key for violation in pack.violations}
    for index, target in enumerate(pack.targets):
        path: Path = ("targets", index)
        indicator = indicators.get(target.indicator)
        if indicator is None:
            codes = [each.code for each in indicators.indicators]
            words = f'danh mục chưa có chỉ số "{target.indicator}".{near(target.indicator, codes)}'
            yield Flaw((*path, "indicator"), f"{words} Thêm vào phần indicators hoặc sửa mã")
        else:
            yield from _fit(target, indicator, path)
        duty = target.reported_in.duty
        if duty is not None and duty not in duties:
            words = f'chưa có nghĩa vụ báo cáo nào mang mã "{duty}".{near(duty, duties)}'
            yield Flaw((*path, "reported_in"), f"{words} Thêm vào phần duties hoặc sửa mã")
        for key in target.cases_of:
            if key not in violations:
                words = f'chưa có loại vi phạm nào mang mã "{key}".{near(key, violations)}'
                yield Flaw((*path, "cases_of"), f"{words} Thêm vào phần violations hoặc sửa mã")
        yield from _value_of(target, path)
        yield from _asks(target, path)


def _fit(target: Target, indicator: Indicator, path: Path) -> Iterator[Flaw]:
    parts = {ask.part for ask in target.asks}
    kinds = {ask.kind for ask in target.asks if ask.part == "numerator"}
    if indicator.measure is Measure.RATIO and "denominator" not in parts:
        words = "chỉ tiêu tính theo tỷ lệ mà chưa hỏi mẫu số. Thêm câu hỏi có part: denominator"
        yield Flaw((*path, "asks"), words)
    if indicator.measure is not Measure.RATIO and "denominator" in parts:
        words = "chỉ tiêu không tính theo tỷ lệ nên không hỏi mẫu số. Bỏ câu có part: denominator"
        yield Flaw((*path, "asks"), words)
    yes_no = QuestionKind.YES_NO in kinds
    if yes_no != (indicator.measure is Measure.YES_NO):
        words = "câu hỏi có/không chỉ đi với chỉ số đo bằng yes_no. Sửa kind của câu hỏi"
        yield Flaw((*path, "asks"), words)
    if target.comparator is Comparator.DONE and indicator.measure is Measure.RATIO:
        words = 'chỉ tiêu tính theo tỷ lệ phải có con số. Ghi ví dụ: comparator: ">="'
        yield Flaw((*path, "comparator"), words)
    if target.cases_of and indicator.measure is not Measure.CASES:
        yield Flaw((*path, "cases_of"), "chỉ chỉ số đo bằng cases mới đếm cùng vụ việc")


def _value_of(target: Target, path: Path) -> Iterator[Flaw]:
    if target.comparator is Comparator.DONE and target.value is not None:
        yield Flaw(
            (*path, "value"), "chỉ tiêu hoàn thành hay chưa (done) thì không có con số. Ghi null"
        )
    if target.comparator is not Comparator.DONE and target.value is None:
        yield Flaw((*path, "value"), "thiếu con số phải đạt. Ghi ví dụ: value: 100")
    if target.unit == "%" and target.value is not None and not 0 <= target.value <= 100:
        yield Flaw((*path, "value"), "tỷ lệ phần trăm phải từ 0 đến 100")


def _asks(target: Target, path: Path) -> Iterator[Flaw]:
    if not any(ask.part == "numerator" for ask in target.asks):
        yield Flaw((*path, "asks"), "chưa có câu hỏi lấy con số. Thêm câu hỏi có part: numerator")
    seen: set[str] = set()
    for at, ask in enumerate(target.asks):
        where = (*path, "asks", at)
        if ask.key in seen:
            yield Flaw((*where, "key"), f'mã câu hỏi "{ask.key}" dùng hai lần. Đổi một mã')
        seen.add(ask.key)
        if ask.reading is not None and ask.reading not in READING_MEASURES:
            yield Flaw((*where, "reading"), _unknown_measure(ask.reading))


def _unknown_measures(pack: Pack) -> Iterator[Flaw]:
    for index, campaign in enumerate(pack.campaigns):
        for at, name in enumerate(campaign.measures):
            if name not in READING_MEASURES:
                yield Flaw(("campaigns", index, "measures", at), _unknown_measure(name))


def _unknown_measure(name: str) -> str:
    return f'không có đại lượng "{name}". Chọn trong: {", ".join(sorted(READING_MEASURES))}'


def _duties(pack: Pack) -> Iterator[Flaw]:
    for index, duty in enumerate(pack.duties):
        if duty.period_stated and not duty.rhythms and not duty.on_request:
            words = (
                "chưa ghi kỳ báo cáo. Ghi rhythms, hoặc on_request: true, hoặc period_stated: false"
            )
            yield Flaw(("duties", index, "rhythms"), words)


def _sources(pack: Pack) -> Iterator[Flaw]:
    for path, source in sources_of(pack):
        for line in source.lines:
            if line < 1 or (pack.document.line_count and line > pack.document.line_count):
                words = f"văn bản gốc chỉ có {pack.document.line_count} dòng, không có dòng {line}"
                yield Flaw((*path, "source"), words)


def sources_of(pack: Pack) -> Iterator[tuple[Path, Source]]:
    """Every place of the seed text that a pack cites, with the way to the entry that cites it."""
    yield ("document",), pack.document.source
    for index, parent in enumerate(pack.document.parents):
        yield ("document", "parents", index), parent.source
    for section in (*KEYED_SECTIONS, "notes"):
        for index, entry in enumerate(getattr(pack, section)):
            yield (section, index), entry.source
    for name in ("complaints", "difficulties"):
        route = getattr(pack.routing, name)
        if route is not None:
            yield ("routing", name), route.source


def _years(pack: Pack) -> Iterator[Flaw]:
    first, last = pack.document.first_year, pack.document.last_year
    if first is not None and last is not None and first > last:
        yield Flaw(("document", "last_year"), "năm kết thúc trước năm bắt đầu. Xem lại hai năm")


def _indicators(catalogue: Catalogue, first: int) -> Iterator[Flaw]:
    """Flaws of the indicators from position `first` on, which stand in the file at hand."""
    codes = [indicator.code for indicator in catalogue.indicators]
    for position, indicator in enumerate(catalogue.indicators[first:], start=first):
        path: Path = ("indicators", position - first)
        if indicator.code in codes[:position]:
            yield Flaw((*path, "code"), f'mã chỉ số "{indicator.code}" dùng hai lần. Đổi một mã')
        if indicator.differs_from is not None and indicator.differs_from not in codes:
            yield Flaw((*path, "differs_from"), f'chưa có chỉ số "{indicator.differs_from}"')
        if (indicator.differs_from is None) != (indicator.differs_how is None):
            yield Flaw(path, "differs_from và differs_how phải đi cùng nhau")
        if indicator.measure is Measure.RATIO and not (
            indicator.numerator and indicator.denominator
        ):
            words = "chỉ số tỷ lệ phải nói rõ tử số (numerator) và mẫu số (denominator) là gì"
            yield Flaw(path, words)
