"""Who may not be named: identities encrypted at rest, found again by a keyed hash.

Keys are Fernet keys (44 letters of base64). The first seals; all of them open, so a new key
is put in front and the old ones stay until `reseal` has run. The blind index is made with the
last key of the list, which therefore stays the same while keys are added in front.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import sealed_reporters

_ID_DIGITS = 20
"""Person ids are padded, so that the length of what is sealed tells nothing."""


class Seal:
    """Seals and opens identities.

    Args:
        keys: one or more Fernet keys separated by commas, the one that seals first
            (`SOXANH_SECRET_KEY`).

    Raises:
        ValueError: no key, or one that is not 32 bytes of base64.
    """

    def __init__(self, keys: str) -> None:
        parts = [part.strip() for part in keys.split(",") if part.strip()]
        if not parts:
            raise ValueError("there is no secret key")
        self._newest, self._oldest = parts[0], parts[-1]
        self._fernet = MultiFernet([Fernet(part) for part in parts])

    def seal_person(self, person_id: int) -> bytes:
        """The id, encrypted; different each time."""
        return self._fernet.encrypt(str(person_id).zfill(_ID_DIGITS).encode())

    def open_person(self, sealed: bytes) -> int:
        """The id in what `seal_person` gave. Raises ValueError when it was tampered with."""
        return int(self.open_text(sealed))

    def seal_text(self, words: str) -> bytes:
        """Any secret text, encrypted (a channel's token)."""
        return self._fernet.encrypt(words.encode())

    def open_text(self, sealed: bytes) -> str:
        """What `seal_text` was given. Raises ValueError when it was tampered with or the key is gone."""
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise ValueError("sealed with a key that is not here, or tampered with") from None

    def blind_index(self, person_id: int) -> str:
        """HMAC-SHA256 of the id: the same each time, and useless without the key."""
        key = _derived(self._oldest, "blind index")
        return hmac.new(key, str(person_id).encode(), hashlib.sha256).hexdigest()

    def derive(self, purpose: str) -> bytes:
        """32 bytes for another use of the newest key, such as signing cookies; changes with the key."""
        return _derived(self._newest, purpose)


def _derived(key: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"soxanh:{purpose}".encode(), hashlib.sha256).digest()


async def reseal(tx: AsyncConnection, *, opening: Seal, sealing: Seal) -> int:
    """Seal every reporter again, so that keys only `opening` has can be thrown away. Returns how many."""
    rows = (await tx.execute(select(sealed_reporters.c.case_id, sealed_reporters.c.sealed))).all()
    for row in rows:
        person_id = opening.open_person(row.sealed)
        await tx.execute(
            update(sealed_reporters)
            .where(sealed_reporters.c.case_id == row.case_id)
            .values(
                sealed=sealing.seal_person(person_id), blind_index=sealing.blind_index(person_id)
            )
        )
    return len(rows)
