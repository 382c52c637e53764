"""The keys that seal citizens' identities: from the settings, or from `data_dir/secret.key`.

Whoever loses the first key can never open what it sealed, so a file once made is never
written over, and only its owner may read it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from bot.settings import Settings

FILE_NAME = "secret.key"
OWNER_ONLY = 0o600


class SecretKeyError(ValueError):
    """A key cannot be used; the text says which and what to do, and never shows the key."""


def new_key() -> str:
    """A fresh key: 32 random bytes as 44 letters, what `SOXANH_SECRET_KEY` takes."""
    return Fernet.generate_key().decode()


def secret_key(settings: Settings) -> str:
    """The keys as one text, separated by commas: what `storage.secrets.Seal` takes.

    Raises:
        SecretKeyError: as for `secret_keys`.
    """
    return ",".join(secret_keys(settings))


def secret_keys(settings: Settings) -> tuple[str, ...]:
    """The keys of this installation, the one that seals first; the file is made when neither is there.

    Raises:
        SecretKeyError: a key is not 44 letters of base64, or the file cannot be read or made.
    """
    found = known_keys(settings)
    return found if found is not None else _made(key_file(settings))


def known_keys(settings: Settings) -> tuple[str, ...] | None:
    """The keys that are there already; None when the settings name none and no file was made.

    Raises:
        SecretKeyError: as for `secret_keys`.
    """
    if settings.secret_key is not None:
        return _parsed(settings.secret_key.get_secret_value(), "SOXANH_SECRET_KEY")
    path = key_file(settings)
    try:
        return _parsed(path.read_text(encoding="ascii"), str(path))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(f"{path} cannot be read: {type(error).__name__}") from None


def key_file(settings: Settings) -> Path:
    """Where the key lives when the settings name none."""
    return settings.data_dir / FILE_NAME


def _parsed(text: str, where: str) -> tuple[str, ...]:
    keys = tuple(part for part in text.replace(",", " ").split() if part)
    if not keys:
        raise SecretKeyError(f"{where} is empty; soxanh doctor --new-key prints a key")
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except (ValueError, TypeError):
            raise SecretKeyError(
                f"key {number} in {where} is not 44 letters of base64; soxanh doctor --new-key prints one"
            ) from None
    return keys


def _made(path: Path) -> tuple[str, ...]:
    """Make the file whole or not at all; of two processes that start together one makes it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(draft, new_key())
        try:
            os.link(draft, path)  # unlike a rename, this never takes the place of another's key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return _parsed(path.read_text(encoding="ascii"), str(path))
    except OSError as error:
        raise SecretKeyError(f"{path} cannot be made: {type(error).__name__}") from None


def _write(path: Path, key: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
