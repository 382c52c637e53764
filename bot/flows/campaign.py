"""Báo phong trào: "Ngày Chủ nhật xanh" and every other movement of the plan.

The whole report may come as one post; what it says is read, shown back with the words
it was read from, and only what is missing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from bot.events import Button, Reply
from bot.flows.answers import Named, exact, short
from bot.flows.form import Flow, Form, Gleaned, Receipt
from bot.flows.measures import MEASURES
from bot.flows.naming import meant
from bot.flows.questions import (
    Question,
    choice,
    day,
    decimal,
    money,
    photos,
    text,
    unit_picker,
    whole,
)
from bot.reading.read import read
from bot.reading.reading import Context, Reading, Value


class Movement(msgspec.Struct, frozen=True):
    """One named movement of the plan, and the measures it is counted in."""

    key: str
    name: str
    aliases: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


class CampaignBrief(msgspec.Struct, frozen=True, kw_only=True):
    """What can be reported: the plan's movements, and the units this person may report for."""

    plan_id: int
    commune_id: int
    movements: tuple[Movement, ...]
    units: tuple[tuple[int, str], ...]
    unit_names: tuple[tuple[str, ...], ...] = ()


OTHER = "phong-trao-khac"
"""The movement of a post that belongs to none the plan names: kept, shown, counted under its own name."""

UNCLEAR = "unclear"
"""Numbers of a post that could mean several things, each asked once."""

_USUAL = ("participants", "trees", "bags", "waste_kg")
"""What a bare number may be where the movement says nothing of its measures."""

_MOST_PEOPLE = 100_000


def asks(form: Form[CampaignBrief]) -> Sequence[Question]:
    """Which movement, which unit, when, how many people, what was done, photos."""
    brief = form.brief
    named = [Named(m.key, m.name, m.aliases) for m in brief.movements]
    questions = [
        unit_picker(
            "movement",
            "Anh/chị báo phong trào nào ạ? Gõ tên, ví dụ: chủ nhật xanh.",
            [*named, Named(OTHER, "Phong trào khác", ("khác",))],
            label="Phong trào",
        ),
    ]
    if len(brief.units) > 1:
        units = [Named(unit_id, name) for unit_id, name in brief.units]
        questions.append(unit_picker("unit", "Của đơn vị nào ạ?", units))
    questions += [
        day("on", "Hoạt động làm ngày nào ạ?", label="Ngày"),
        whole(
            "m.participants",
            "Có bao nhiêu người tham gia ạ? Ví dụ: 45",
            label=MEASURES["participants"].label,
            unit="người",
            example="45",
            between=(0, _MOST_PEOPLE),
        ),
        _done(),
    ]
    questions += [_unclear(one, form) for one in form.get(UNCLEAR) or ()]
    questions += [_result(name) for name in MEASURES if name != "participants"]
    questions.append(photos("photos", "Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có)."))
    return questions


def _unclear(one: Mapping[str, Any], form: Form[Any]) -> Question:
    """A bare number of a post ("30" of what?): one short question with buttons, never a guess."""
    key = f"{UNCLEAR}.{one['value']}"
    named = [
        Named(name, MEASURES[name].label)
        for name in one["measures"]
        if name in MEASURES and (not form.has(f"m.{name}") or form.get(key) == name)
    ]
    return choice(
        key,
        f"“{one['quote']}” là gì ạ?",
        [*named, Named("", "Không phải kết quả")],
        label=f"“{one['quote']}” là",
    )


def _done() -> Question:
    """The post in the people's own words: asked for when no result was read, kept whole, shown short."""
    question = text(
        "done",
        "Mọi người làm được những gì ạ? Ví dụ: dọn 2km đường, trồng 30 cây, thu 1,5 tấn rác.",
        label="Việc đã làm",
        only_if=lambda f: not _any_result(f) or f.has("done"),
    )
    return replace(question, shows=quoted)


def _any_result(form: Form[Any]) -> bool:
    return any(form.has(f"m.{name}") for name in MEASURES if name != "participants")


def _result(name: str) -> Question:
    """One measure of what was done: never asked for, shown and open to change once it was read."""
    words = MEASURES[name]
    key = f"m.{name}"
    question = f"{words.label} là bao nhiêu {words.unit} ạ? Ví dụ: {words.example}"

    def is_there(form: Form[Any]) -> bool:
        return form.has(key) or (form.get("~edit") or {}).get("key") == key

    if name == "money_vnd":
        return money(key, question, label=words.label, only_if=is_there, optional=True)
    if words.whole:
        return whole(
            key,
            question,
            label=words.label,
            unit=words.unit,
            example=words.example,
            only_if=is_there,
            optional=True,
        )
    return decimal(
        key,
        question,
        label=words.label,
        unit=words.unit,
        example=words.example,
        only_if=is_there,
        optional=True,
        measure=name,
    )


def gleans(form: Form[CampaignBrief], words: str) -> Mapping[str, Gleaned]:
    """What one post says: movement, unit, day, people, and every result with its measure."""
    brief = form.brief
    reading = _read(form, words)
    found: dict[str, Gleaned] = {}
    movement = _movement(brief, reading.campaign, words)
    if movement is not None and not (reading.campaign_guessed and form.has("movement")):
        found["movement"] = movement
    unit = _unit(brief, reading.unit_text)
    if unit is not None:
        found["unit"] = unit
    if reading.date is not None and reading.date.day <= form.moment.today:
        found["on"] = Gleaned(reading.date.day.isoformat(), reading.date.quote)
    corrects = bool(reading.corrections) or reading.kind == "correction"
    found.update(_results(reading.values, corrects))
    unclear = [
        {"value": exact(one.value), "quote": one.quote, "measures": list(one.measures)}
        for one in reading.ambiguities
    ]
    if unclear and not form.has(UNCLEAR):
        found[UNCLEAR] = Gleaned(unclear, "")
    if _says_more(found) and not reading.corrections:
        told = form.get("done")
        found["done"] = Gleaned(f"{told}; {words}" if told else words, words)
    return found


def _read(form: Form[CampaignBrief], words: str) -> Reading:
    """The words read once; a bare number is read again knowing what its movement still asks for."""
    reading = read(words, form.moment.today, context_of(form.brief))
    if not reading.ambiguities:
        return reading
    movement = _movement(form.brief, reading.campaign, words)
    key = form.get("movement") or (movement.value if movement else None)
    counted = next(
        (m.measures for m in form.brief.movements if m.key == key and m.measures), _USUAL
    )
    still_open = tuple(name for name in counted if name in MEASURES and not form.has(f"m.{name}"))
    context = replace(context_of(form.brief), open_measures=still_open)
    return read(words, form.moment.today, context)


def context_of(brief: CampaignBrief) -> Context:
    """The plan's own movements, for the reader."""
    return Context(movements={m.name: (m.name, *m.aliases) for m in brief.movements})


def _movement(brief: CampaignBrief, campaign: str | None, words: str) -> Gleaned | None:
    if campaign is None:
        return None
    best, _ = meant(campaign, {m.key: (m.name, *m.aliases) for m in brief.movements})
    return Gleaned(best or OTHER, campaign)


def _unit(brief: CampaignBrief, unit_text: str | None) -> Gleaned | None:
    if unit_text is None or len(brief.units) < 2:
        return None
    more = brief.unit_names or ((),) * len(brief.units)
    names: dict[int, tuple[str, ...]] = {
        unit_id: (name, *aliases)
        for (unit_id, name), aliases in zip(brief.units, more, strict=True)
    }
    mine = meant(unit_text, names)[0]
    return None if mine is None else Gleaned(mine, unit_text)


def _results(values: Sequence[Value], corrects: bool) -> dict[str, Gleaned]:
    """Values of one measure are added up: a post lists its activities one by one."""
    sums: dict[str, tuple[Decimal, list[str]]] = {}
    for value in values:
        if value.measure in MEASURES:
            total, quotes = sums.get(value.measure, (Decimal(0), []))
            sums[value.measure] = (total + value.value, [*quotes, value.quote])
    return {
        f"m.{name}": Gleaned(
            int(total) if MEASURES[name].whole else exact(total), " + ".join(quotes), corrects
        )
        for name, (total, quotes) in sums.items()
    }


def _says_more(found: Mapping[str, Gleaned]) -> bool:
    return any(key.startswith("m.") for key in found)


def heads(form: Form[CampaignBrief]) -> str:
    """The head of the confirm page."""
    return "Em ghi như sau, anh/chị xem lại giúp em:"


def says(form: Form[CampaignBrief], receipt: Receipt) -> Sequence[Reply]:
    """Thanks, with the code to come back by."""
    name = receipt.facts.get("movement", "phong trào")
    words = f"Em đã ghi kết quả {name} của {receipt.facts.get('unit', 'đơn vị')}, mã {receipt.code}. Cảm ơn anh/chị và mọi người!"
    return (
        Reply(
            words=words,
            buttons=(Button(label="Sửa", token=f"go.correct.{receipt.code}", says="sửa báo cáo"),),
        ),
    )


def results_of(form: Form[CampaignBrief]) -> dict[str, Decimal]:
    """The measures of a finished form, in their own units, with the numbers that had to be asked about."""
    results = {
        name: Decimal(str(form.get(f"m.{name}")))
        for name in MEASURES
        if form.get(f"m.{name}") is not None
    }
    for one in form.get(UNCLEAR) or ():
        measure = form.get(f"{UNCLEAR}.{one['value']}")
        if measure:
            results[measure] = results.get(measure, Decimal(0)) + Decimal(one["value"])
    return results


def title_of(form: Form[CampaignBrief]) -> str:
    """The movement's name as people know it."""
    key = form.get("movement")
    return next((m.name for m in form.brief.movements if m.key == key), "phong trào khác")


def quoted(words: str) -> str:
    """The post itself, short, for the confirm page and for lists."""
    return short(words, 60)


campaign: Flow[Any] = Flow(
    name="campaign",
    title="Kết quả phong trào",
    brief=CampaignBrief,
    asks=asks,
    says=says,
    heads=heads,
    gleans=gleans,
    opened_by=(
        "/phongtrao",
        "phong trào",
        "báo phong trào",
        "báo kết quả phong trào",
        "chủ nhật xanh",
        "cn xanh",
        "ra quân",
    ),
)
