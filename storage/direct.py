"""Statements of the hot path without SQLAlchemy's way around them, where the transaction allows it.

SQLAlchemy needs some 240,000 instructions around a statement that SQLite does in 10,000, and
a batch of messages needs a dozen of them. Statements are written and compiled by
SQLAlchemy all the same, once, with the same column types; only running them is short. In a
transaction that is not `quick`, and on PostgreSQL, everything goes the usual way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn, cast

import msgspec
from sqlalchemy import URL, BindParameter, ColumnElement, Dialect, Select, literal_column
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from storage.columns import UtcDateTime, to_json

QUICK = "soxanh.quick"
"""Where a quick transaction keeps SQLite's own connection (`storage/engine.py`)."""

_Convert = Callable[[Any], Any]


class _Bind(NamedTuple):
    """One place in a statement: a parameter of this name, or without a name always this value."""

    name: str | None
    convert: _Convert | None
    value: Any = None


class _Compiled(NamedTuple):
    text: str
    binds: tuple[_Bind, ...]
    results: tuple[tuple[int, _Convert], ...]


def sqlite_of(tx: AsyncConnection) -> sqlite3.Connection | None:
    """SQLite's connection beneath a quick transaction, None in every other."""
    return cast("sqlite3.Connection | None", tx.info.get(QUICK))


def spelled(words: Iterable[str]) -> list[ColumnElement[str]]:
    """Constant words for an IN, written into the statement's text: their number never changes.

    An index over open rows serves only where its states are spelled out.
    """
    return [literal_column(f"'{word}'") for word in words]


async def rows(
    tx: AsyncConnection, statement: Select[Any], params: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    """The rows of a statement that is made once and kept, read by position.

    Raises:
        sqlalchemy.exc.DBAPIError: what the database did not like.
    """
    connection = sqlite_of(tx)
    if connection is None:
        usual: Sequence[Sequence[Any]] = (await tx.execute(statement, params)).all()
        return usual
    compiled = _compiled(statement)
    values = [_value(bind, params) for bind in compiled.binds]
    try:
        found = connection.execute(compiled.text, values).fetchall()
    except sqlite3.Error as error:
        refused(compiled.text, error)
    return [_converted(row, compiled.results) for row in found]


async def change(tx: AsyncConnection, statement: UpdateBase, params: Mapping[str, Any]) -> int:
    """Run an insert, update or delete that is made once and kept; returns how many rows it changed.

    Raises:
        sqlalchemy.exc.DBAPIError: what the database did not like.
    """
    connection = sqlite_of(tx)
    if connection is None:
        usual: int = (await tx.execute(statement, params)).rowcount
        return usual
    compiled = _compiled(statement)
    try:
        cursor = connection.execute(
            compiled.text, [_value(bind, params) for bind in compiled.binds]
        )
    except sqlite3.Error as error:
        refused(compiled.text, error)
    return cursor.rowcount


def _value(bind: _Bind, params: Mapping[str, Any]) -> Any:
    if bind.name is None:
        return bind.value
    value = params[bind.name]
    return value if bind.convert is None else bind.convert(value)


def _converted(row: Sequence[Any], results: Sequence[tuple[int, _Convert]]) -> Sequence[Any]:
    if not results:
        return row
    values = list(row)
    for place, convert in results:
        values[place] = convert(values[place])
    return values


def refused(text: str, error: sqlite3.Error) -> NoReturn:
    """Raise what SQLAlchemy would have raised."""
    raise DBAPIError.instance(text, None, error, sqlite3.Error, hide_parameters=True) from error


@lru_cache(maxsize=200)
def _compiled(statement: Select[Any] | UpdateBase) -> _Compiled:
    dialect = _dialect()
    made: Any = statement.compile(dialect=dialect)
    if made.post_compile_params or made.literal_execute_params:
        raise ValueError("a statement of the hot path names its lists by key_table, not by IN")
    binds = tuple(_bind(made.binds[name]) for name in made.positiontup or ())
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    results = [(place, _result(column.type)) for place, column in enumerate(columns)]
    return _Compiled(
        str(made), binds, tuple((place, convert) for place, convert in results if convert)
    )


def _result(kind: TypeEngine[Any]) -> _Convert | None:
    dialect = _dialect()
    convert: _Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    # rows of one batch carry the same few moments
    return (
        lru_cache(maxsize=1024)(convert) if convert and isinstance(kind, UtcDateTime) else convert
    )


def _bind(parameter: BindParameter[Any]) -> _Bind:
    dialect = _dialect()
    convert: _Convert | None = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    if parameter.required:
        return _Bind(parameter.key, convert)
    value = parameter.effective_value
    return _Bind(None, None, value if convert is None else convert(value))


@lru_cache(maxsize=1)
def _dialect() -> Dialect:
    make: Any = URL.create("sqlite+aiosqlite").get_dialect()
    made: Dialect = make(json_serializer=to_json, json_deserializer=msgspec.json.decode)
    return made
