"""Sửa báo cáo: one of my last reports is opened again at its confirm page; the old version stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.events import Reply
from bot.flows.answers import Named
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import Question, choice


class CorrectBrief(msgspec.Struct, frozen=True):
    """My last reports: (code, how it is spoken of)."""

    reports: tuple[tuple[str, str], ...]


def asks(form: Form[CorrectBrief]) -> Sequence[Question]:
    """Which report."""
    named = [Named(code, f"{code}: {title}", (code,)) for code, title in form.brief.reports]
    return (choice("code", "Anh/chị muốn sửa báo cáo nào ạ?", named, label="Báo cáo"),)


def _says_nothing(form: Form[CorrectBrief], receipt: Receipt) -> Sequence[Reply]:
    return ()


correct: Flow[Any] = Flow(
    name="correct",
    title="Sửa báo cáo",
    brief=CorrectBrief,
    asks=asks,
    says=_says_nothing,
    opened_by=("/sua", "sửa báo cáo", "sửa", "đính chính", "báo nhầm", "sửa số liệu"),
    confirms=False,
)
