"""Turns per second over a webhook, side by side: a bare handler, ours on both databases, others.

64 chats on 64 keep-alive connections, each waiting for its answer before it says the next
thing. A turn is: check the secret, parse, load, validate, store the answer, the session
and the reply, durable before the acknowledgement. Rounds are interleaved and their order is
reversed every other time; ratios are the medians of each round's ratios, because the
machine is never quiet; while one server is measured the others are held still. After every
round what is stored is compared, chat by chat, with what was acknowledged: a turn lost or done
twice fails the run.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import work
from benchmarks.servers.script import (
    ANSWERING,
    CHATS,
    FILING,
    FILING_FIRST,
    FIRST_CHAT,
    SECRET,
    SECRET_HEADER,
    STARTS_AT,
    answers_after,
    filed_after,
)
from benchmarks.servers.serving import Counts, Kept, Place

GOAL_OF_BARE = 0.25
GOAL_OF_PTB = 3.0
GOAL_OF_AIOGRAM = 7.0
GOAL_P99_MS = 25.0

BARE, PTB, AIOGRAM = "bare aiohttp", "python-telegram-bot", "aiogram"
OURS = ("Sổ Xanh, SQLite", "Sổ Xanh, PostgreSQL")
OURS_FILING = tuple(f"{name}, 1 in {len(FILING)} files" for name in OURS)


class Wrong(Exception):
    """What is stored is not what was acknowledged."""


@dataclass(frozen=True)
class Pace:
    """How long it all takes."""

    rounds: int
    seconds: float
    warmup_s: float


FULL = Pace(rounds=5, seconds=4.0, warmup_s=1.0)
QUICK = Pace(rounds=1, seconds=0.8, warmup_s=0.2)


@dataclass(frozen=True)
class Result:
    """One round of one variant."""

    turns_per_s: float
    p50_ms: float
    p99_ms: float


@dataclass
class Variant:
    """One row of the table: a server, what is said to it, and what came out."""

    name: str
    module: str
    place: Place
    running: work.Running
    files: bool = False
    results: list[Result] = field(default_factory=list)

    @property
    def lines(self) -> Sequence[str]:
        return FILING if self.files else ANSWERING

    @property
    def first_chat(self) -> int:
        return FIRST_CHAT + CHATS if self.files else FIRST_CHAT

    def file(self, name: str) -> Path:
        """Where the load generator keeps something for this variant."""
        return self.place.folder / f"{name}-{'filing' if self.files else 'answering'}"

    def median(self, of: Callable[[Result], float]) -> float:
        """The median over the rounds of one figure."""
        return statistics.median(of(result) for result in self.results)

    def ratio_to(self, other: Variant) -> float:
        """The median of the ratios of turns per second, round by round."""
        pairs = zip(self.results, other.results, strict=True)
        return statistics.median(mine.turns_per_s / its.turns_per_s for mine, its in pairs)


def main() -> int:
    """Measure and print. A missed goal is printed and is no failure: a busy machine misses goals too."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run that proves it works")
    try:
        measure(QUICK if parser.parse_args().quick else FULL)
    except (work.Missing, Wrong) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def measure(pace: Pace) -> None:
    """Measure every variant and print the table.

    Raises:
        Missing: no C compiler, or a PostgreSQL that is not durable.
        Wrong: a turn was lost, or done twice.
    """
    with contextlib.ExitStack() as stack:
        at = stack.enter_context(work.folder())
        program = work.loadgen(at)
        server_url = stack.enter_context(work.postgres(at))
        variants = _variants(stack, at, server_url)
        for variant in variants:
            _begin(variant)
        for number in track(range(pace.rounds), description="turns", transient=True):
            for variant in variants if number % 2 == 0 else reversed(variants):
                others = {one.running.pid for one in variants} - {variant.running.pid}
                if "postgresql" not in variant.place.database_url:
                    others.add(work.postmaster(at))
                variant.results.append(_round(program, variant, pace, others))
    _report({variant.name: variant for variant in variants}, pace)


def _variants(stack: contextlib.ExitStack, at: Path, server_url: str) -> list[Variant]:
    sqlite = f"sqlite:///{at / 'ours-sqlite' / 'soxanh.db'}"
    database = work.new_database(server_url, "bench_turns")
    servers = (
        (BARE, "bare", Place(at / "bare")),
        (OURS[0], "ours", Place(at / "ours-sqlite", sqlite)),
        (OURS[1], "ours", Place(at / "ours-postgresql", database)),
        (PTB, "ptb", Place(at / "ptb")),
        (AIOGRAM, "aio", Place(at / "aio")),
    )
    made = []
    for name, module, place in servers:
        running = stack.enter_context(work.server(module, place.folder, place.database_url))
        made.append(Variant(name, module, place, running))
    filing = [
        Variant(name, one.module, one.place, one.running, files=True)
        for name, one in zip(OURS_FILING, made[1:3], strict=True)
    ]
    return made + filing


# --- talking --------------------------------------------------------------------------------------


def _begin(variant: Variant) -> None:
    """Put every chat at another line of the script, so that they do not march in step."""
    lines = "".join(json.dumps(line) + "\n" for line in variant.lines)
    variant.file("script").write_text(lines)
    said = [number % len(variant.lines) for number in range(CHATS)]
    connection = http.client.HTTPConnection("127.0.0.1", variant.running.port)
    for number, count in enumerate(said):
        if variant.files:
            for line_number, line in enumerate(FILING_FIRST):
                _say(connection, variant, number, -len(FILING_FIRST) + line_number, line)
        for at in range(count):
            _say(connection, variant, number, at, variant.lines[at])
    connection.close()
    variant.file("counts").write_text("".join(f"{count}\n" for count in said))


def _say(
    connection: http.client.HTTPConnection, variant: Variant, number: int, at: int, words: str
) -> None:
    """One message as the load generator would send it; `at` counts what the chat said before."""
    chat = variant.first_chat + number
    person = {"id": chat, "is_bot": False, "first_name": "Lan"}
    message = {
        "message_id": at + 1 if at >= 0 else MESSAGES_BEFORE + at,
        "date": int(STARTS_AT.timestamp()),
        "chat": {"id": chat, "type": "private", "first_name": "Lan"},
        "from": person,
        "text": words,
    }
    body = json.dumps({"update_id": chat * 10_000_000 + at + 1, "message": message})
    headers = {SECRET_HEADER: SECRET, "Content-Type": "application/json"}
    connection.request("POST", variant.running.path, body, headers)
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise Wrong(f"{variant.name} answered {response.status} to “{words}”")


MESSAGES_BEFORE = 9_000_000
"""Numbers of the messages that a chat sent before the load began; the load counts from 1."""


def _round(program: Path, variant: Variant, pace: Pace, others: Iterable[int]) -> Result:
    words = [
        str(program),
        str(variant.running.port),
        variant.running.path,
        SECRET,
        str(CHATS),
        str(pace.seconds),
        str(pace.warmup_s),
        str(variant.first_chat),
        str(variant.file("script")),
        str(variant.file("counts")),
    ]
    with work.alone(others):
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    if told["refused"]:
        raise Wrong(
            f"{variant.name} answered {told['refused']} messages with something else than 200"
        )
    _check(variant)
    return Result(told["turns"] / told["seconds"], told["p50_ms"], told["p99_ms"])


# --- checking -------------------------------------------------------------------------------------


def _check(variant: Variant) -> None:
    """What is stored is what was acknowledged, chat by chat. Raises Wrong."""
    module: Any = importlib.import_module(f"benchmarks.servers.{variant.module}")
    kept: Kept | None = module.kept(variant.place)
    if kept is None:
        return
    counts = [int(line) for line in variant.file("counts").read_text().split()]
    said = {variant.first_chat + number: count for number, count in enumerate(counts)}
    before = len(FILING_FIRST) if variant.files else 0
    for what, found in kept.turns.items():
        _compare(variant, what, found, said, lambda count: count + before)
    if variant.files:
        _compare(variant, "filed versions", kept.filed, said, filed_after)
    else:
        _compare(variant, "answers", kept.answers, said, answers_after)


def _compare(
    variant: Variant, what: str, found: Counts, said: Mapping[int, int], due: Callable[[int], int]
) -> None:
    for chat, count in said.items():
        if found.get(chat, 0) != due(count):
            raise Wrong(
                f"{variant.name}, chat {chat}: {found.get(chat, 0)} {what},"
                f" {due(count)} after {count} acknowledged messages"
            )


# --- telling --------------------------------------------------------------------------------------


def _report(variants: Mapping[str, Variant], pace: Pace) -> None:
    console = Console()
    console.print(_machine(pace))
    table = Table("variant", title="Turns over a webhook, 64 chats at once")
    for name in ("turns/s", "of bare", "p50 ms", "p99 ms"):
        table.add_column(name, justify="right")
    for variant in variants.values():
        table.add_row(
            variant.name,
            f"{variant.median(lambda one: one.turns_per_s):,.0f}",
            f"{variant.ratio_to(variants[BARE]):.3f}",
            f"{variant.median(lambda one: one.p50_ms):.1f}",
            f"{variant.median(lambda one: one.p99_ms):.1f}",
        )
    console.print(table)
    console.print(
        "Stored rows were compared with acknowledged turns after every round: none lost, none double."
    )
    for name in OURS:
        _goals(console, variants, name)


def _goals(console: Console, variants: Mapping[str, Variant], name: str) -> None:
    ours = variants[name]
    goals = (
        ("of the bare handler", ours.ratio_to(variants[BARE]), GOAL_OF_BARE),
        ("times python-telegram-bot", ours.ratio_to(variants[PTB]), GOAL_OF_PTB),
        ("times aiogram", ours.ratio_to(variants[AIOGRAM]), GOAL_OF_AIOGRAM),
    )
    for what, reached, goal in goals:
        verdict = _verdict(reached >= goal)
        console.print(f"{name}: {reached:.2f} {what} (goal {goal:g} or more): {verdict}")
    p99_ms = ours.median(lambda one: one.p99_ms)
    verdict = _verdict(p99_ms < GOAL_P99_MS)
    console.print(f"{name}: p99 {p99_ms:.1f} ms (goal under {GOAL_P99_MS:g}): {verdict}")


def _verdict(good: bool) -> str:
    return "[green]met[/green]" if good else "[red]missed[/red]"


def _machine(pace: Pace) -> str:
    loop = "uvloop" if find_spec("uvloop") else "asyncio"
    return (
        f"{os.cpu_count()} cores for everything, Python {platform.python_version()}, {loop} for all servers;"
        f" {pace.rounds} interleaved rounds of {pace.seconds:g} s, medians"
    )


if __name__ == "__main__":
    sys.exit(main())
