"""The simulated year keeps its promises; and says so with its exit status when one is broken."""

from __future__ import annotations

import json

import pytest

from bot.cli import status
from bot.simulate_counts import MUST_BE_ZERO


def test_two_weeks_of_five_communes_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """Over the new year: nobody at night, nobody twice, nobody after filing, nothing forgotten."""
    assert status(["simulate", "--year", "2026", "--days", "14", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["broken"] == []
    assert [figures[name] for name in MUST_BE_ZERO] == [0] * len(MUST_BE_ZERO)
    assert figures["communes"] == 5
    assert figures["units"] >= 80
    assert figures["messages"] > 10
    assert figures["wakes"] > 0, "somebody is on Zalo only and silent for a week"
    assert figures["without_a_day"] > 0


def test_a_broken_promise_is_an_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    """Held against quiet hours that no office told the reminder of: its mornings are at eight."""
    assert status(["simulate", "--days", "6", "--quiet", "07:00-09:00"]) == 1
    said = capsys.readouterr().out
    assert "in_quiet_hours_or_holidays" in said
