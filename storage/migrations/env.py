"""Where Alembic enters. `storage.migrations` hands over an open connection; there is no ini file."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from storage.columns import Fixed, UtcDateTime
from storage.tables import metadata


def render_item(kind: str, value: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types as themselves, not as what they are made of."""
    if kind == "type" and isinstance(value, UtcDateTime | Fixed):
        autogen.imports.add(f"from storage.columns import {type(value).__name__}")
        return f"{type(value).__name__}()"
    if kind == "type" and type(value) is JSON:
        autogen.imports.add("from storage.columns import Json")
        return "Json"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
