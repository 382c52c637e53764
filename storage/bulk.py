"""Many rows, one statement: what makes a turn cheap (performance.md §1.1, §5).

SQLite gets one prepared statement run over tuples, PostgreSQL one statement over arrays
(`unnest`). Texts and column converters are worked out once per table and kept. Values go
through the column types, so times must be aware and figures become `Fixed`.

Rows are sorted by their key, so that two processes that touch the same rows take the locks
in the same order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import (
    ARRAY,
    URL,
    Column,
    Dialect,
    FromClause,
    String,
    Table,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from storage import direct
from storage.columns import UtcDateTime, to_json
from storage.direct import refused, sqlite_of

Row = Mapping[str, Any]
Rows = Sequence[Row | msgspec.Struct]
"""Structs are read without being made into mappings first; each column must be a field of theirs."""
R = TypeVar("R", bound=Row | msgspec.Struct)

_Bind = Callable[[Any], Any] | None
_MISSING: Any = object()


class _Shape(msgspec.Struct, frozen=True):
    """How values of some columns of one table are written on one database."""

    names: tuple[str, ...]
    binds: tuple[_Bind, ...]
    """What turns a value into the driver's, for each name; None where nothing is to be done."""
    bound: tuple[tuple[int, Callable[[Any], Any]], ...]
    """The same without the Nones, by position."""
    defaults: dict[str, Any]
    """For what a row leaves out."""
    made: tuple[tuple[str, Callable[[Any], Any]], ...]
    """Defaults that are made anew for each row."""
    casts: tuple[str, ...]
    """Of PostgreSQL: the element type of each array; "jsonb" where text is turned into it."""


async def insert_many(
    tx: AsyncConnection,
    table: Table,
    rows: Rows,
    *,
    ignore_conflicts: bool = False,
    update: Sequence[str] = (),
    add: Sequence[str] = (),
    key: Sequence[str] = (),
) -> None:
    """Insert `rows` with one statement. Columns a row leaves out get their default, or NULL.

    Args:
        ignore_conflicts: leave rows alone whose key is there already.
        update: on conflict overwrite these columns with the new values.
        add: on conflict add the new values of these columns to the old ones (running totals);
            such rows are mappings.
        key: the columns of the unique constraint meant by `update` and `add`; the primary key
            when left out.

    Of rows with the same key in one call the first counts with `ignore_conflicts`, the last with
    `update`; `add` columns of all of them are summed.

    Raises:
        KeyError: a row names a column the table does not have.
        AttributeError: a struct lacks one that the table has.
        sqlalchemy.exc.IntegrityError: a conflict that was not provided for.
    """
    if not rows:
        return
    shape = _shape(table, tx.dialect.name)
    key = tuple(key) or tuple(column.name for column in table.primary_key)
    if add:
        rows = _summed(cast("Sequence[Row]", rows), key, add)
    elif update:
        rows = _last_of_each(rows, key)
    elif ignore_conflicts:
        rows = _first_of_each(rows, key)
    conflict = (ignore_conflicts, key, tuple(update), tuple(add))
    await _run(tx, _insert_text(table, tx.dialect.name, *conflict), shape, _sorted(rows, key))


async def insert_new(
    tx: AsyncConnection, table: Table, rows: Sequence[R], *, key: Sequence[str] = ()
) -> list[R]:
    """Insert the rows whose key is not there yet; returns those, in the order given.

    On PostgreSQL a row that another open transaction inserted is waited for, so each key is
    new for exactly one caller. `key` as for `insert_many`; of equal keys the first counts.
    """
    if not rows:
        return []
    columns = tuple(key) or tuple(column.name for column in table.primary_key)
    rows = _first_of_each(rows, columns)
    if tx.dialect.name == "postgresql":
        return await _insert_returning(tx, table, rows, columns)
    if _all_inserted(tx, table, rows, columns):
        return list(rows)
    of = _reading(rows, columns)
    there = await existing(tx, table, columns, list(map(of, rows)))
    new = [row for row in rows if of(row) not in there]
    await insert_many(tx, table, new)
    return new


def _all_inserted(
    tx: AsyncConnection, table: Table, rows: Sequence[R], key: tuple[str, ...]
) -> bool:
    """Try what is nearly always so, that every row is new; False with nothing changed when it is not."""
    connection = sqlite_of(tx)
    if connection is None:
        return False
    shape = _shape(table, "sqlite")
    text = _insert_text(table, "sqlite", False, key, (), ())
    connection.execute("SAVEPOINT all_new")
    try:
        connection.executemany(text, _ready(shape, _sorted(rows, key)))
        all_new = True
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO all_new")
        all_new = False
    except sqlite3.Error as error:
        refused(text, error)
    connection.execute("RELEASE all_new")
    return all_new


async def _insert_returning(
    tx: AsyncConnection, table: Table, rows: Sequence[R], key: tuple[str, ...]
) -> list[R]:
    shape = _shape(table, "postgresql")
    text = _insert_text(table, "postgresql", True, key, (), ())
    text += " RETURNING " + ", ".join(_quoted(name) for name in key)
    result = await tx.exec_driver_sql(text, _arrays(shape, _sorted(rows, key)))
    inserted = {tuple(row) for row in result}
    binds = [shape.binds[shape.names.index(name)] for name in key]
    of = _reading(rows, key)
    return [row for row in rows if _bound(of(row), binds) in inserted]


async def update_many(
    tx: AsyncConnection,
    table: Table,
    rows: Rows,
    *,
    by: Sequence[str] = (),
    columns: Sequence[str] = (),
) -> int:
    """Change the rows found by the columns `by` (the primary key when left out); returns how many.

    Every mapping of one call names the same columns; of structs only those of `columns` are
    written. Of rows with the same key the last counts. On PostgreSQL callers that may meet on
    the same rows lock them first, in order.
    """
    if not rows:
        return 0
    key = tuple(by) or tuple(column.name for column in table.primary_key)
    names = tuple(columns) or _named(cast("Sequence[Row]", rows), key)
    shape = _shape(table, tx.dialect.name, names + key)
    text = _update_text(table, tx.dialect.name, names, key)
    return await _run(tx, text, shape, _sorted(_last_of_each(rows, key), key))


def _named(rows: Sequence[Row], key: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that each of these changes names beside its key."""
    for row in rows:
        if row.keys() != rows[0].keys():
            raise KeyError(f"rows of one update name different columns: {sorted(row)}")
    return tuple(name for name in rows[0] if name not in key)


async def delete_many(
    tx: AsyncConnection, table: Table, columns: Sequence[str], keys: Iterable[tuple[Any, ...]]
) -> None:
    """Delete the rows whose `columns` have the values of one of `keys`."""
    rows = [dict(zip(columns, key, strict=True)) for key in sorted(set(keys))]
    if rows:
        shape = _shape(table, tx.dialect.name, tuple(columns))
        await _run(tx, _delete_text(table, tx.dialect.name, tuple(columns)), shape, rows)


async def existing(
    tx: AsyncConnection, table: Table, columns: Sequence[str], keys: Sequence[tuple[Any, ...]]
) -> set[tuple[Any, ...]]:
    """Those of `keys` (values of `columns`) that `table` holds."""
    if not keys:
        return set()
    statement = _existing_statement(table, tuple(columns), tx.dialect.name)
    found = await direct.rows(
        tx, statement, key_params(tx, [table.c[name] for name in columns], keys)
    )
    return {tuple(row) for row in found}


# --- joining with a list of keys ---------------------------------------------------------------


def key_table(dialect_name: str, columns: Sequence[Column[Any]]) -> FromClause:
    """A table to join with, whose rows come from `key_params`; its columns are named as `columns`.

    The statement's text does not depend on how many keys there are, so it is compiled once.
    """
    if dialect_name == "postgresql":
        arrays = [
            bindparam(f"keys_{n}", type_=ARRAY(_plain(column.type)))
            for n, column in enumerate(columns)
        ]
        names = [column.name for column in columns]
        return func.unnest(*arrays).table_valued(*names, name="keys").render_derived(name="keys")
    each = func.json_each(bindparam("keys_0", type_=String())).table_valued("value", name="each")
    if len(columns) == 1:
        # a plain list: nothing within its values has to be parsed once more
        value = type_coerce(each.c.value, _plain(columns[0].type)).label(columns[0].name)
        return select(value).subquery("keys")
    values = [
        func.json_extract(each.c.value, f"$[{n}]", type_=_plain(column.type)).label(column.name)
        for n, column in enumerate(columns)
    ]
    return select(*values).subquery("keys")


def key_params(
    tx: AsyncConnection, columns: Sequence[Column[Any]], keys: Sequence[tuple[Any, ...]]
) -> dict[str, Any]:
    """The parameters that make `keys` the rows of `key_table`."""
    if tx.dialect.name == "postgresql":
        return {f"keys_{n}": [key[n] for key in keys] for n in range(len(columns))}
    binds = _binds_of(tuple(columns), tx.dialect.name)
    ready: Sequence[Any] = [_bound(key, binds) for key in keys] if any(binds) else keys
    if len(columns) == 1:
        ready = [value for (value,) in ready]
    return {"keys_0": msgspec.json.encode(ready).decode()}


@lru_cache(maxsize=100)
def _existing_statement(table: Table, columns: tuple[str, ...], dialect_name: str) -> Any:
    wanted = [table.c[name] for name in columns]
    keys = key_table(dialect_name, wanted)
    matches = [keys.c[column.name] == column for column in wanted]
    return select(*wanted).select_from(keys.join(table, *_and(matches)))


def _and(conditions: list[Any]) -> list[Any]:
    first, *rest = conditions
    for condition in rest:
        first = first & condition
    return [first]


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    # a collation or variant belongs to the table, not to the list beside it
    return String() if isinstance(kind, String) else kind


# --- rows to tuples ----------------------------------------------------------------------------


def _reading(rows: Rows, names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of these columns of one of `rows`."""
    structs = isinstance(rows[0], msgspec.Struct)
    get: Callable[[Any], Any] = attrgetter(*names) if structs else itemgetter(*names)
    return get if len(names) > 1 else lambda row: (get(row),)


def _sorted(rows: Sequence[R], key: tuple[str, ...]) -> Sequence[R]:
    return sorted(rows, key=_reading(rows, key)) if len(rows) > 1 else rows


def _first_of_each(rows: Sequence[R], key: tuple[str, ...]) -> Sequence[R]:
    found: dict[Any, R] = {}
    of = _reading(rows, key)
    for row in rows:
        found.setdefault(of(row), row)
    return list(found.values())


def _last_of_each(rows: Sequence[R], key: tuple[str, ...]) -> list[R]:
    # PostgreSQL refuses to touch a row twice in one ON CONFLICT DO UPDATE
    of = _reading(rows, key)
    return list({of(row): row for row in rows}.values())


def _summed(rows: Sequence[Row], key: tuple[str, ...], add: Sequence[str]) -> list[Row]:
    """The last of each key, with the sum of all of them in the columns `add`."""
    of = _reading(rows, key)
    found: dict[Any, Row] = {}
    for row in rows:
        before = found.get(of(row))
        summed = {name: before[name] + row[name] for name in add} if before else {}
        found[of(row)] = {**row, **summed} if summed else row
    return list(found.values())


def _bound(values: tuple[Any, ...], binds: Sequence[_Bind]) -> tuple[Any, ...]:
    return tuple(
        value if bind is None or value is None else bind(value)
        for value, bind in zip(values, binds, strict=True)
    )


def _ready(shape: _Shape, rows: Rows) -> list[list[Any]]:
    """The values of each row in the order of the shape, ready for the driver. This is the hot path."""
    made = _values(shape, rows)
    for n, bind in shape.bound:
        for values in made:
            value = values[n]
            if value is not None:
                values[n] = bind(value)
    return made


def _values(shape: _Shape, rows: Rows) -> list[list[Any]]:
    if isinstance(rows[0], msgspec.Struct):
        return list(map(list, map(_reading(rows, shape.names), rows)))
    width = len(shape.names)
    made = []
    for row in cast("Sequence[Row]", rows):
        whole = row if len(row) == width else _filled(shape, row)
        try:
            made.append([whole[name] for name in shape.names])
        except KeyError:
            raise KeyError(f"no such column: {sorted(set(row) - set(shape.names))}") from None
    return made


def _filled(shape: _Shape, row: Row) -> Row:
    whole = {**shape.defaults, **row}
    for name, make in shape.made:
        if name not in row:
            whole[name] = make(None)
    if len(whole) != len(shape.names):
        raise KeyError(f"no such column: {sorted(set(row) - set(shape.names))}")
    return whole


def _arrays(shape: _Shape, rows: Rows) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*_ready(shape, rows), strict=True))


async def _run(tx: AsyncConnection, text: str, shape: _Shape, rows: Rows) -> int:
    connection = sqlite_of(tx)
    if connection is not None:
        try:
            return connection.executemany(text, _ready(shape, rows)).rowcount
        except sqlite3.Error as error:
            refused(text, error)
    if tx.dialect.name == "postgresql":
        result = await tx.exec_driver_sql(text, _arrays(shape, rows))
    else:
        result = await tx.exec_driver_sql(text, list(map(tuple, _ready(shape, rows))))
    return result.rowcount


# --- shapes and texts, made once ---------------------------------------------------------------


@lru_cache(maxsize=2)
def _dialect(name: str) -> Dialect:
    driver = "postgresql+asyncpg" if name == "postgresql" else "sqlite+aiosqlite"
    # as `engine` does, so that both ways of writing give the same bytes
    make: Any = URL.create(driver).get_dialect()
    made: Dialect = make(json_serializer=to_json)
    return made


def _bind_of(column: Column[Any], dialect_name: str) -> _Bind:
    dialect = _dialect(dialect_name)
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    # a batch writes the same few moments again and again
    return lru_cache(maxsize=256)(bind) if bind and isinstance(column.type, UtcDateTime) else bind


@lru_cache(maxsize=500)
def _binds_of(columns: tuple[Column[Any], ...], dialect_name: str) -> tuple[_Bind, ...]:
    return tuple(_bind_of(column, dialect_name) for column in columns)


@lru_cache(maxsize=500)
def _shape(table: Table, dialect_name: str, names: tuple[str, ...] = ()) -> _Shape:
    columns = [table.c[name] for name in names] if names else list(table.columns)
    binds = _binds_of(tuple(columns), dialect_name)
    # an update names every column it means
    given = {} if names else {column.name: _default(column) for column in columns}
    return _Shape(
        names=tuple(column.name for column in columns),
        binds=binds,
        bound=tuple((n, bind) for n, bind in enumerate(binds) if bind is not None),
        defaults={name: value for name, value in given.items() if not callable(value)},
        made=tuple((name, value) for name, value in given.items() if callable(value)),
        casts=tuple(_cast(column) for column in columns),
    )


def _default(column: Column[Any]) -> Any:
    return None if column.default is None else getattr(column.default, "arg", None)


def _cast(column: Column[Any]) -> str:
    name = _plain(column.type).compile(_dialect("postgresql"))
    return name.lower()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(shape: _Shape) -> tuple[str, str]:
    """The select list and the `unnest` that PostgreSQL makes rows from."""
    arrays = ", ".join(
        f"${n}::{'text' if kind == 'jsonb' else kind}[]"
        for n, kind in enumerate(shape.casts, start=1)
    )
    names = ", ".join(_quoted(name) for name in shape.names)
    values = ", ".join(
        f"u.{_quoted(name)}" + ("::jsonb" if kind == "jsonb" else "")
        for name, kind in zip(shape.names, shape.casts, strict=True)
    )
    return values, f"unnest({arrays}) AS u({names})"


@lru_cache(maxsize=500)
def _insert_text(
    table: Table,
    dialect_name: str,
    ignore_conflicts: bool,
    key: tuple[str, ...],
    update: tuple[str, ...],
    add: tuple[str, ...],
) -> str:
    shape = _shape(table, dialect_name)
    into = f"INSERT INTO {_quoted(table.name)} ({', '.join(map(_quoted, shape.names))})"
    if dialect_name == "postgresql":
        values, source = _listed(shape)
        text = f"{into} SELECT {values} FROM {source}"
    else:
        text = f"{into} VALUES ({', '.join('?' * len(shape.names))})"
    if update or add:
        changes = [f"{_quoted(name)} = excluded.{_quoted(name)}" for name in update]
        changes += [
            f"{_quoted(n)} = {_quoted(table.name)}.{_quoted(n)} + excluded.{_quoted(n)}"
            for n in add
        ]
        target = ", ".join(map(_quoted, key))
        return f"{text} ON CONFLICT ({target}) DO UPDATE SET {', '.join(changes)}"
    return f"{text} ON CONFLICT DO NOTHING" if ignore_conflicts else text


@lru_cache(maxsize=500)
def _update_text(
    table: Table, dialect_name: str, names: tuple[str, ...], key: tuple[str, ...]
) -> str:
    target = _quoted(table.name)
    if dialect_name != "postgresql":
        changes = ", ".join(f"{_quoted(name)} = ?" for name in names)
        found = " AND ".join(f"{_quoted(name)} = ?" for name in key)
        return f"UPDATE {target} SET {changes} WHERE {found}"
    shape = _shape(table, dialect_name, names + key)
    source = _listed(shape)[1]
    changes = ", ".join(
        f"{_quoted(name)} = u.{_quoted(name)}" + ("::jsonb" if kind == "jsonb" else "")
        for name, kind in zip(names, shape.casts, strict=False)
    )
    found = " AND ".join(f"{target}.{_quoted(name)} = u.{_quoted(name)}" for name in key)
    return f"UPDATE {target} SET {changes} FROM {source} WHERE {found}"


@lru_cache(maxsize=100)
def _delete_text(table: Table, dialect_name: str, key: tuple[str, ...]) -> str:
    target = _quoted(table.name)
    if dialect_name != "postgresql":
        found = " AND ".join(f"{_quoted(name)} = ?" for name in key)
        return f"DELETE FROM {target} WHERE {found}"
    source = _listed(_shape(table, dialect_name, key))[1]
    found = " AND ".join(f"{target}.{_quoted(name)} = u.{_quoted(name)}" for name in key)
    return f"DELETE FROM {target} USING {source} WHERE {found}"
