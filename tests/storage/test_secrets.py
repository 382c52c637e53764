"""Identities are sealed, found without opening, and survive a change of keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select

from storage.engine import Store
from storage.secrets import Seal, reseal
from storage.tables import cases, sealed_reporters

KEYS = [Fernet.generate_key().decode() for _ in range(2)]


def test_what_is_sealed_is_opened_with_the_key_only() -> None:
    seal = Seal(KEYS[0])
    sealed = seal.seal_person(7)
    assert seal.open_person(sealed) == 7
    assert sealed != seal.seal_person(7)
    assert len(sealed) == len(seal.seal_person(2**62))
    assert seal.open_text(seal.seal_text("mật")) == "mật"
    with pytest.raises(ValueError, match="key"):
        Seal(KEYS[1]).open_person(sealed)
    with pytest.raises(ValueError, match="tampered"):
        seal.open_person(sealed[:-4] + b"AAAA")


def test_the_blind_index_needs_the_key_and_survives_a_key_added_in_front() -> None:
    old, new = Seal(KEYS[0]), Seal(f"{KEYS[1]}, {KEYS[0]}")
    assert old.blind_index(7) == new.blind_index(7)
    assert old.blind_index(7) != old.blind_index(8)
    assert old.blind_index(7) != Seal(KEYS[1]).blind_index(7)
    assert new.open_person(old.seal_person(7)) == 7
    assert old.derive("cookies") != new.derive("cookies")
    assert old.derive("cookies") != old.derive("links")


@pytest.mark.parametrize("keys", ["", " , ", "short", "é" * 44])
def test_a_bad_key_is_refused(keys: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 the text is the library's for some
        Seal(keys)


async def test_a_key_can_be_thrown_away_after_sealing_again(
    store: Store, now: datetime, add_unit: Any
) -> None:
    old, both, new = Seal(KEYS[0]), Seal(f"{KEYS[1]},{KEYS[0]}"), Seal(KEYS[1])
    case = {"id": 5, "code": "PA-1", "commune_id": 1, "violation_key": "x", "words": "y"}
    case |= {"state": "open", "opened_at": now, "changed_at": now}
    async with store.begin() as tx:
        await add_unit(tx, 1)
        await tx.execute(insert(cases).values(case))
        await tx.execute(
            insert(sealed_reporters).values(
                case_id=5, sealed=old.seal_person(7), blind_index=old.blind_index(7)
            )
        )
        assert await reseal(tx, opening=both, sealing=new) == 1
        row = (await tx.execute(select(sealed_reporters))).one()
    assert new.open_person(row.sealed) == 7
    assert row.blind_index == new.blind_index(7)
