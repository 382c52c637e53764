"""Ids grow; codes can be read out over the phone."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from storage.ids import CODE_LETTERS, EPOCH_MS, Ids, NumberedIds, short_code


@given(st.lists(st.integers(EPOCH_MS, EPOCH_MS + 2**41 - 10_000), min_size=1))
def test_ids_grow_whatever_the_clock_does(times: list[int]) -> None:
    clock = iter(times)
    ids = Ids(3, now_ms=lambda: next(clock))
    given_out = [ids() for _ in times]
    assert given_out == sorted(set(given_out))
    assert all(0 <= each < 2**63 for each in given_out)


def test_ten_thousand_in_one_millisecond_are_all_different_and_growing() -> None:
    ids = Ids(0, now_ms=lambda: EPOCH_MS + 5)
    given_out = [ids() for _ in range(10_000)]
    assert given_out == sorted(set(given_out))


def test_two_workers_never_give_the_same_id() -> None:
    at = EPOCH_MS + 77
    one, two = Ids(1, now_ms=lambda: at), Ids(2, now_ms=lambda: at)
    assert not {one() for _ in range(5000)} & {two() for _ in range(5000)}


def test_numbered_ids_count() -> None:
    ids = NumberedIds()
    assert [ids(), ids(), ids()] == [1, 2, 3]


@given(st.integers(), st.integers(1, 12))
def test_a_code_has_no_letters_that_look_alike(seed: int, length: int) -> None:
    code = short_code(random.Random(seed), length)
    assert len(code) == length
    assert not set(code) & set("0O1IL")
    assert code == short_code(random.Random(seed), length)


def test_codes_are_drawn_freshly_by_default() -> None:
    codes = {short_code(length=8) for _ in range(200)}
    assert len(codes) == 200
    assert set("".join(codes)) == set(CODE_LETTERS)
