"""Token pairs of a Zalo Official Account: sealed, one current, the old ones kept for diagnosis.

A refresh token works once, and the pair that answers it is the only way on (Zalo reference, B2).
So what is about to be spent is marked and committed before Zalo is asked: a mark without an
answer means that nobody knows, and nobody may try that token again by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.ids import NewId
from storage.secrets import Seal
from storage.tables import zalo_consents, zalo_pairs

MadeBy = Literal["consent", "refresh"]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A token pair. `spending_at` is set when its refresh token may have been spent already."""

    id: int
    access: str
    refresh: str
    expires_at: datetime
    made_at: datetime
    made_by: str
    spending_at: datetime | None = None

    def __repr__(self) -> str:
        """Without the tokens: pairs may end up in logs."""
        return f"Pair({self.id}, until {self.expires_at:%Y-%m-%d %H:%M})"


class PairAge(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of the history, without its tokens."""

    id: int
    made_at: datetime
    made_by: str
    state: str
    expires_at: datetime
    spending_at: datetime | None
    ended_at: datetime | None
    words: str


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent link that was handed out. `verifier` is the secret half of PKCE."""

    state: str
    verifier: str
    made_at: datetime


async def current(tx: AsyncConnection, account: str, seal: Seal) -> Pair | None:
    """The pair in use, None before the first consent and after a refusal."""
    row = (await tx.execute(_current(account))).one_or_none()
    return None if row is None else _pair(row, seal)


async def lock_current(tx: AsyncConnection, account: str, seal: Seal) -> Pair | None:
    """As `current`, and no other process may change it until `tx` ends."""
    for _ in range(_LOOKS):
        row = (await tx.execute(_current(account).with_for_update())).one_or_none()
        if row is not None:
            return _pair(row, seal)
    return None


_LOOKS = 3
"""PostgreSQL waits for whoever is replacing the pair, finds the old one no longer current, and gives
nothing: the new one was not there when the statement began. Only asking again shows it."""


def _current(account: str) -> Any:
    return (
        select(zalo_pairs)
        .where(zalo_pairs.c.account == account, zalo_pairs.c.state == "current")
        .order_by(zalo_pairs.c.made_at.desc(), zalo_pairs.c.id.desc())
        .limit(1)
    )


def _pair(row: Any, seal: Seal) -> Pair:
    return Pair(
        id=row.id,
        access=seal.open_text(row.access),
        refresh=seal.open_text(row.refresh),
        expires_at=row.expires_at,
        made_at=row.made_at,
        made_by=row.made_by,
        spending_at=row.spending_at,
    )


async def about_to_spend(tx: AsyncConnection, pair_id: int, *, now: datetime) -> None:
    """The refresh token goes to Zalo right after this is committed."""
    await tx.execute(update(zalo_pairs).where(zalo_pairs.c.id == pair_id).values(spending_at=now))


async def not_spent(tx: AsyncConnection, pair_id: int) -> None:
    """Zalo never got the refresh token, or said that it did not use it."""
    await tx.execute(update(zalo_pairs).where(zalo_pairs.c.id == pair_id).values(spending_at=None))


async def replace(
    tx: AsyncConnection,
    account: str,
    *,
    access: str,
    refresh: str,
    expires_at: datetime,
    made_by: MadeBy,
    seal: Seal,
    now: datetime,
    ids: NewId,
    spent: int | None = None,
) -> int:
    """Make this pair the current one; commit before it is used. Returns its id.

    Args:
        spent: the pair whose refresh token gave this one. When it is no longer current, somebody
            has consented meanwhile: that newer grant stays, and this pair is only kept beside it.
    """
    ended = "spent" if made_by == "refresh" else "replaced"
    took_over = await end(tx, account, ended, now=now, pair_id=spent)
    late = spent is not None and not took_over
    pair_id = ids()
    await tx.execute(
        insert(zalo_pairs).values(
            id=pair_id,
            account=account,
            access=seal.seal_text(access),
            refresh=seal.seal_text(refresh),
            expires_at=expires_at,
            made_at=now,
            made_by=made_by,
            state="replaced" if late else "current",
            ended_at=now if late else None,
        )
    )
    return pair_id


async def end(
    tx: AsyncConnection,
    account: str,
    state: str,
    *,
    now: datetime,
    words: str = "",
    pair_id: int | None = None,
) -> bool:
    """The current pair is over: spent, refused (Zalo knows it no more) or replaced.

    With `pair_id` only when it is that one. Returns whether there was one to end.
    """
    over = update(zalo_pairs).where(
        zalo_pairs.c.account == account, zalo_pairs.c.state == "current"
    )
    if pair_id is not None:
        over = over.where(zalo_pairs.c.id == pair_id)
    ended = await tx.execute(over.values(state=state, ended_at=now, words=words))
    return ended.rowcount > 0


async def history(tx: AsyncConnection, account: str, limit: int = 10) -> list[PairAge]:
    """The newest pairs first, without tokens."""
    names = PairAge.__struct_fields__
    rows = await tx.execute(
        select(*(zalo_pairs.c[name] for name in names))
        .where(zalo_pairs.c.account == account)
        .order_by(zalo_pairs.c.made_at.desc(), zalo_pairs.c.id.desc())
        .limit(limit)
    )
    return [PairAge(**row._mapping) for row in rows]


# --- consent -----------------------------------------------------------------------------------


async def begin_consent(
    tx: AsyncConnection, account: str, *, state: str, verifier: str, seal: Seal, now: datetime
) -> None:
    """Remember a link that was handed out, until its code comes back."""
    sealed = seal.seal_text(verifier)
    await tx.execute(
        insert(zalo_consents).values(state=state, account=account, verifier=sealed, made_at=now)
    )


async def take_consent(
    tx: AsyncConnection, account: str, state: str, *, since: datetime, seal: Seal, now: datetime
) -> Consent | None:
    """The unused link this code answers, used up by this; None when there is none so new.

    Args:
        state: as it came back; "" takes the newest link, because the documents promise only
            `code` and `oa_id` (Zalo reference, B2). PKCE still ties the code to that link.
        since: links handed out before are over.
    """
    query = select(zalo_consents).where(
        zalo_consents.c.account == account,
        zalo_consents.c.used_at.is_(None),
        zalo_consents.c.made_at >= since,
    )
    if state:
        query = query.where(zalo_consents.c.state == state)
    row = (await tx.execute(query.order_by(zalo_consents.c.made_at.desc()).limit(1))).one_or_none()
    if row is None:
        return None
    used = await tx.execute(
        update(zalo_consents)
        .where(zalo_consents.c.state == row.state, zalo_consents.c.used_at.is_(None))
        .values(used_at=now)
    )
    if used.rowcount != 1:
        return None
    verifier = seal.open_text(row.verifier)
    return Consent(state=row.state, verifier=verifier, made_at=row.made_at)
