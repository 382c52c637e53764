"""Pictures are downloaded, kept, and tried again or given up; none holds up another. On both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import FetchFailed
from bot.handlers import fetch_media
from bot.handlers.fetch_media import FIRST_WAIT_S, MOST_ATTEMPTS, Fetcher
from storage import media
from storage.engine import Store
from storage.media import MediaRow, MediaStore, Wanted
from tests.conftest import Clock
from tests.emulators.media import a_photo
from tests.handlers.post_office import Postman


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture
def files(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "files", limit_bytes=100_000)


@pytest.fixture
def fetcher(store: Store, files: MediaStore, postman: Postman, clock: Clock) -> Fetcher:
    return Fetcher(
        store=store,
        files=files,
        channels={("post", "bot"): postman},
        limit_bytes=100_000,
        clock=clock,
    )


async def want(store: Store, clock: Clock, *numbers: int, account: str = "bot") -> None:
    async with store.begin() as tx:
        wanted = [Wanted(n, "post", account, f"f{n}", None, clock()) for n in numbers]
        await media.want(tx, wanted)


async def facts_of(store: Store, number: int) -> MediaRow:
    async with store.read() as tx:
        found = await media.get(tx, number)
    assert found is not None
    return found


async def test_a_wanted_photo_is_kept_with_what_it_tells(
    store: Store, files: MediaStore, fetcher: Fetcher, postman: Postman, clock: Clock
) -> None:
    photo = a_photo(position=(20.94, 106.31))
    postman.store["f1"] = photo
    await want(store, clock, 1)
    assert await fetcher.once() == 1
    assert await fetcher.once() == 0
    facts = await facts_of(store, 1)
    assert (facts.state, facts.content_type, facts.size_bytes) == ("kept", "image/jpeg", len(photo))
    assert facts.lat == pytest.approx(20.94, abs=1e-4)
    assert facts.sha256 is not None
    assert await files.read(facts.sha256) == photo


async def test_a_download_that_fails_is_tried_again_later_each_time_longer(
    store: Store, fetcher: Fetcher, postman: Postman, clock: Clock
) -> None:
    postman.store["f1"] = FetchFailed("no answer", for_good=False)
    await want(store, clock, 1)
    waits_s = []
    for _ in range(3):
        assert await fetcher.once() == 1
        assert await fetcher.once() == 0
        wait = (await facts_of(store, 1)).not_before - clock()
        waits_s.append(wait.total_seconds())
        clock.forward(seconds=waits_s[-1])
    assert waits_s == [FIRST_WAIT_S, 4 * FIRST_WAIT_S, 16 * FIRST_WAIT_S]
    postman.store["f1"] = a_photo()
    await fetcher.once()
    assert (await facts_of(store, 1)).state == "kept"


async def test_what_fails_too_often_is_given_up(
    store: Store, fetcher: Fetcher, postman: Postman, clock: Clock
) -> None:
    postman.store["f1"] = FetchFailed("no answer", for_good=False)
    await want(store, clock, 1)
    for _ in range(MOST_ATTEMPTS + 2):
        await fetcher.once()
        clock.at += timedelta(days=1)
    facts = await facts_of(store, 1)
    assert (facts.state, facts.error) == ("failed", "no answer")
    assert len(postman.fetched) == MOST_ATTEMPTS


@pytest.mark.parametrize(
    "content",
    [FetchFailed("too big", for_good=True), b"", bytes(100_001)],
    ids=["gone", "empty", "big"],
)
async def test_what_can_never_be_kept_is_not_asked_for_again(
    store: Store,
    fetcher: Fetcher,
    postman: Postman,
    clock: Clock,
    content: bytes | Exception,
) -> None:
    postman.store["f1"] = content
    await want(store, clock, 1)
    await fetcher.once()
    clock.forward(hours=1)
    assert await fetcher.once() == 0
    assert (await facts_of(store, 1)).state == "failed"


async def test_one_that_breaks_holds_up_no_other(
    store: Store, fetcher: Fetcher, postman: Postman, clock: Clock
) -> None:
    """Not even by a bug of ours: it is tried again like the rest, and given up in the end."""
    postman.store |= {"f1": KeyError("a bug"), "f2": a_photo()}
    await want(store, clock, 1, 2)
    await fetcher.once()
    broken = await facts_of(store, 1)
    assert (broken.state, broken.attempts, broken.error) == ("wanted", 1, "KeyError('a bug')")
    assert (await facts_of(store, 2)).state == "kept"


async def test_one_that_hangs_is_tried_again(
    store: Store,
    fetcher: Fetcher,
    postman: Postman,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hangs(ref: str, *, limit_bytes: int) -> bytes:
        await asyncio.Event().wait()
        return b""

    monkeypatch.setattr(fetch_media, "FETCH_TIMEOUT_S", 0.01)
    monkeypatch.setattr(postman, "fetch", hangs)
    await want(store, clock, 1)
    await fetcher.once()
    assert (await facts_of(store, 1)).attempts == 1


async def test_photos_of_a_channel_that_is_switched_off_wait_for_it(
    store: Store, fetcher: Fetcher, postman: Postman, clock: Clock
) -> None:
    await want(store, clock, 1, account="old-bot")
    await fetcher.once()
    facts = await facts_of(store, 1)
    assert (facts.state, facts.error) == ("wanted", "the channel is switched off")
