"""Ids made by the program: whole numbers that grow, and short codes that people can read out.

An id is 63 bits: milliseconds since 2026, a worker number, and a counter. Programs that
show ids to JavaScript must send them as strings: they are larger than 2**53.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

EPOCH_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z. Ids last until 2095."""

WORKER_BITS = 10
SEQUENCE_BITS = 12

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and capitals without 0/O and 1/I/L, which look alike in handwriting and on old screens."""


class NewId(Protocol):
    """What storage functions take to name new rows."""

    def __call__(self) -> int:
        """The next id; greater than every id this maker gave before."""
        ...


class Chooser(Protocol):
    """The part of `random.Random` that codes need."""

    def choice(self, seq: str, /) -> str:
        """One element of `seq`."""
        ...


class Ids:
    """Growing 63-bit ids, safe over threads and processes with different worker numbers.

    Args:
        worker: 0…1023. Processes that share a database need different ones
            (`leases.take_number`); by default one is drawn.
        now_ms: the clock, milliseconds since 1970; ids never go back even when it does.
    """

    def __init__(
        self,
        worker: int | None = None,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        if worker is None:
            worker = secrets.randbelow(1 << WORKER_BITS)
        if not 0 <= worker < 1 << WORKER_BITS:
            raise ValueError(f"worker {worker} is not between 0 and {(1 << WORKER_BITS) - 1}")
        self._worker = worker << SEQUENCE_BITS
        self._now_ms = now_ms
        self._at = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        """The next id."""
        with self._lock:
            at = self._now_ms() - EPOCH_MS
            if at > self._at:
                self._at, self._sequence = at, 0
            else:
                self._sequence += 1
                if (
                    self._sequence >> SEQUENCE_BITS
                ):  # more than 4,096 in a millisecond: borrow the next
                    self._at, self._sequence = self._at + 1, 0
            return self._at << (WORKER_BITS + SEQUENCE_BITS) | self._worker | self._sequence


def first_of(at: datetime) -> int:
    """The least id that is made at `at` or later, by whatever worker."""
    return (int(at.timestamp() * 1000) - EPOCH_MS) << (WORKER_BITS + SEQUENCE_BITS)


class NumberedIds:
    """1, 2, 3 …: ids for tests and demonstrations, the same in every run."""

    def __init__(self, first: int = 1) -> None:
        self._next = first

    def __call__(self) -> int:
        """The next number."""
        given = self._next
        self._next += 1
        return given


def short_code(rng: Chooser | None = None, length: int = 4) -> str:
    """A code to read out over the phone, such as "7K3F": about 5 bits a letter.

    `rng` is for tests; by default letters are drawn so that nobody can guess the next code.
    """
    chooser = rng or secrets.SystemRandom()
    return "".join(chooser.choice(CODE_LETTERS) for _ in range(length))
