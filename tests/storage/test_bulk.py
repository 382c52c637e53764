"""Many rows in one statement: the same rows come back, whatever their types and order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, StatementError

from storage.bulk import delete_many, existing, insert_many, insert_new, update_many
from storage.engine import Store
from storage.tables import audits, cursors, lanes, outbox, persons, ticks, totals

AT = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)


async def _all(store: Store, table: Any) -> list[dict[str, Any]]:
    async with store.read() as tx:
        rows = await tx.execute(select(table).order_by(*table.primary_key))
        return [dict(row._mapping) for row in rows]


async def _insert(store: Store, table: Any, rows: list[dict[str, Any]], **how: Any) -> None:
    async with store.begin() as tx:
        await insert_many(tx, table, rows, **how)


def _total(unit_id: int, numerator: str, **more: Any) -> dict[str, Any]:
    row = {"plan_id": 1, "unit_id": unit_id, "period_key": "2026", "indicator": "trees"}
    return row | {"numerator": Decimal(numerator), "denominator": Decimal(0), "figures": 1} | more


async def test_defaults_fill_what_a_row_leaves_out(store: Store) -> None:
    row = {"id": 1, "channel": "t", "account": "a", "chat": "c", "body": "{}", "purpose": "reply"}
    row |= {"priority": 1, "state": "waiting", "not_before": AT, "made_at": AT}
    await _insert(store, outbox, [row])
    (stored,) = await _all(store, outbox)
    found = [stored[name] for name in ("slot", "group", "sent_at", "not_before")]
    assert found == ["", False, None, AT]


async def test_json_decimals_and_times_come_back_as_they_went(store: Store) -> None:
    details = {"chữ": ["ố", None, 1.5], "n": {"a": True}}
    row = {"id": 2**62, "at": AT, "action": "x", "subject": "s", "details": details}
    await _insert(store, audits, [row, {**row, "id": 5, "details": {}}])
    assert [each["details"] for each in await _all(store, audits)] == [{}, details]
    await _insert(store, totals, [_total(1, "0.0001"), _total(2, "-12345678901.2345")])
    assert [each["numerator"] for each in await _all(store, totals)] == [
        Decimal("0.0001"),
        Decimal("-12345678901.2345"),
    ]


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    row = {"name": "n", "at": datetime(2026, 1, 1), "done_at": AT}  # noqa: DTZ001 the very thing tested
    with pytest.raises((ValueError, StatementError), match="zone"):
        await _insert(store, ticks, [row])


async def test_an_unknown_column_is_named(store: Store) -> None:
    with pytest.raises(KeyError, match="colour"):
        await _insert(store, persons, [{"id": 1, "created_at": AT, "colour": "green"}])


async def test_a_conflict_nobody_provided_for_is_an_error(store: Store) -> None:
    row = {"id": 1, "created_at": AT}
    await _insert(store, persons, [row])
    with pytest.raises(IntegrityError):
        await _insert(store, persons, [row])


async def test_conflicts_can_be_ignored_overwritten_or_added_up(store: Store) -> None:
    await _insert(store, totals, [_total(1, "10"), _total(2, "20")])
    await _insert(store, totals, [_total(1, "99"), _total(3, "30")], ignore_conflicts=True)
    await _insert(store, totals, [_total(2, "1"), _total(2, "22")], update=("numerator",))
    more = [_total(1, "0.5"), _total(4, "1"), _total(1, "0.25"), _total(4, "2")]
    await _insert(store, totals, more, add=("numerator", "figures"))
    stored = {
        each["unit_id"]: (each["numerator"], each["figures"]) for each in await _all(store, totals)
    }
    assert stored == {
        1: (Decimal("10.75"), 3),
        2: (Decimal("22"), 1),
        3: (Decimal("30"), 1),
        4: (Decimal("3"), 2),
    }


async def test_insert_new_tells_which_rows_were_new(store: Store) -> None:
    rows = [{"name": "t", "at": AT.replace(minute=n), "done_at": AT} for n in (3, 1, 2)]
    async with store.begin() as tx:
        assert await insert_new(tx, ticks, rows[:1]) == rows[:1]
        assert await insert_new(tx, ticks, [*rows, rows[1]]) == rows[1:]
        assert await insert_new(tx, ticks, rows) == []
        assert await insert_new(tx, ticks, []) == []


async def test_of_two_processes_that_insert_the_same_key_one_is_told_it_is_new(
    store: Store, open_another: Callable[[], Store]
) -> None:
    other = open_another()
    row = {"name": "t", "at": AT, "done_at": AT}

    async def fire(door: Store) -> int:
        async with door.begin() as tx:
            return len(await insert_new(tx, ticks, [row]))

    fired = await asyncio.gather(*(fire(door) for door in (store, other) * 5))
    await other.close()
    assert sum(fired) == 1


async def test_update_changes_only_the_rows_and_columns_named(store: Store) -> None:
    people = [{"id": n, "name": f"p{n}", "phone": "0", "created_at": AT} for n in range(1, 5)]
    await _insert(store, persons, people)
    async with store.begin() as tx:
        changes = [{"id": 3, "name": "x"}, {"id": 1, "name": "y"}, {"id": 9, "name": "nobody"}]
        assert await update_many(tx, persons, changes) == 2
        assert await update_many(tx, persons, [{"phone": None, "name": "x"}], by=("name",)) == 1
        assert await update_many(tx, persons, []) == 0
    stored = [(row["name"], row["phone"]) for row in await _all(store, persons)]
    assert stored == [("y", "0"), ("p2", "0"), ("x", None), ("p4", "0")]


async def test_rows_of_one_update_must_name_the_same_columns(store: Store) -> None:
    async with store.begin() as tx:
        with pytest.raises(KeyError):
            await update_many(tx, persons, [{"id": 1, "name": "x"}, {"id": 2, "phone": "0"}])


async def test_delete_and_existing_go_by_any_columns(store: Store) -> None:
    rows = [
        {"channel": c, "account": "a", "chat": str(n), "next_at": AT}
        for c in "tz"
        for n in range(3)
    ]
    await _insert(store, lanes, rows)
    keys = [("t", "0"), ("z", "2"), ("z", "7")]
    async with store.begin() as tx:
        assert await existing(tx, lanes, ("channel", "chat"), keys) == {("t", "0"), ("z", "2")}
        assert await existing(tx, lanes, ("chat", "next_at"), [("1", AT)]) == {("1", AT)}
        await delete_many(tx, lanes, ("channel", "chat"), keys)
        await delete_many(tx, lanes, ("channel",), [])
    assert [(row["channel"], row["chat"]) for row in await _all(store, lanes)] == [
        ("t", "1"),
        ("t", "2"),
        ("z", "0"),
        ("z", "1"),
    ]


_words = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), _words, _words), max_size=6), max_size=4
    )
)
async def test_upserts_agree_with_a_dictionary(
    store: Store, batches: list[list[tuple[str, str, str]]]
) -> None:
    expected: dict[tuple[str, str], str] = {}
    async with store.begin() as tx:
        await tx.execute(delete(cursors))
        for batch in batches:
            rows = [{"channel": c, "account": a, "value": v} for c, a, v in batch]
            await insert_many(tx, cursors, rows, update=("value",))
            expected |= {(c, a): v for c, a, v in batch}
        found = (await tx.execute(select(cursors))).all()
        assert {(row.channel, row.account): row.value for row in found} == expected
        assert await existing(tx, cursors, ("channel", "account"), list(expected)) == set(expected)


async def test_dates_may_be_keys(store: Store) -> None:
    from storage.tables import nudges

    async with store.read() as tx:
        day = date(2026, 6, 8)
        assert await existing(tx, nudges, ("person_id", "day"), [(1, day)]) == set()
