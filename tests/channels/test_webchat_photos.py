"""Photos through the web chat, and the pace at which pages may speak."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from bot.channels.webchat_door import Limits
from bot.events import Photo
from tests.channels.webchat_house import (
    House,
    OpenHouse,
    picture,
    refusal_of,
)
from tests.conftest import Clock

# --- pace ------------------------------------------------------------------------------------


async def test_a_page_that_speaks_too_fast_is_asked_to_wait_and_heard_again(
    build: OpenHouse, clock: Clock
) -> None:
    house = await build(limits=Limits(session_burst=3, session_per_s=0.5))
    client = await house.browser()
    statuses = [(await house.say(client, id=f"message-{n}", text="a")).status for n in range(3)]
    assert statuses == [200, 200, 200]
    response = await house.say(client, text="a")
    assert await refusal_of(response) == (429, "too-fast")
    assert response.headers["Retry-After"] == "2"
    clock.forward(seconds=2)
    assert (await house.say(client, text="a")).status == 200


async def test_many_sessions_behind_one_address_share_its_pace(build: OpenHouse) -> None:
    house = await build(proxies=1, limits=Limits(address_burst=2))
    one, other = await house.browser(), await house.browser()
    near = house.origin | {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
    far = house.origin | {"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}
    body = {"id": "message-1", "text": "a"}
    assert (await one.post("/chat/say", json=body, headers=near)).status == 200
    assert (await other.post("/chat/say", json=body, headers=near)).status == 200
    assert (await one.post("/chat/say", json=body, headers=near)).status == 429
    # the last entry is our proxy's word; what stands before it is only claimed
    assert (await one.post("/chat/say", json=body, headers=far)).status == 200


async def test_an_address_that_reads_too_much_is_asked_to_wait(build: OpenHouse) -> None:
    house = await build(limits=Limits(reads_burst=2))
    client = await house.browser()
    assert (await client.get("/chat/history")).status == 200
    for path in ("/", "/chat/history", "/chat/events", "/chat/media/1"):
        assert await refusal_of(await client.get(path)) == (429, "too-fast")


async def test_words_and_photos_that_do_not_arrive_in_time_are_given_up(build: OpenHouse) -> None:
    house = await build(limits=Limits(say_s=0.02, upload_s=0.02))
    client = await house.browser()
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"--x\r\n"
        await never.wait()

    for path, kind in (("say", "application/json"), ("photo", "multipart/form-data; boundary=x")):
        headers = house.origin | {"Content-Type": kind}
        response = await client.post(f"/chat/{path}", data=stuck(), headers=headers)
        assert await refusal_of(response) == (408, "slow")


# --- photos ----------------------------------------------------------------------------------


async def test_twenty_photos_come_as_one_album_with_the_words_on_the_first(house: House) -> None:
    client = await house.browser()
    response = await house.photos(client, *[picture()] * 20, caption="rác sau chợ")
    assert response.status == 200
    kept = (await response.json())["photos"]
    assert len(set(kept)) == 20
    assert len({incoming.album for incoming in house.desk.taken}) == 1
    assert len({incoming.message_id for incoming in house.desk.taken}) == 20
    said = [one.said for one in house.desk.taken if isinstance(one.said, Photo)]
    assert [photo.caption for photo in said] == ["rác sau chợ"] + [""] * 19
    assert [str(photo.media) for photo in said] == kept


async def test_photos_sent_one_by_one_are_the_same_album(house: House) -> None:
    client = await house.browser()
    await house.photos(client, picture(), n="0", caption="rác")
    await house.photos(client, picture(), n="1", caption="rác")
    first, second = house.desk.taken
    assert first.album == second.album
    assert [one.message_id.rpartition("/")[2] for one in (first, second)] == [
        "album-01.0",
        "album-01.1",
    ]
    assert isinstance(second.said, Photo)
    assert second.said.caption == ""


async def test_a_photo_sent_again_is_the_same_photo(house: House) -> None:
    client = await house.browser()
    first = await (await house.photos(client, picture())).json()
    assert await (await house.photos(client, picture())).json() == first
    assert len(house.desk.taken) == 1


async def test_a_photo_is_shown_to_its_chat_only(house: House) -> None:
    mine, other = await house.browser(), await house.browser()
    (media,) = (await (await house.photos(mine, picture(900))).json())["photos"]
    response = await mine.get(f"/chat/media/{media}?thumb")
    assert response.content_type == "image/jpeg"
    assert "private" in response.headers["Cache-Control"]
    assert Image.open(io.BytesIO(await response.read())).size == (320, 320)
    assert await refusal_of(await other.get(f"/chat/media/{media}")) == (404, "no-such-photo")
    assert (await mine.get("/chat/media/..%2f1")).status == 404
    assert (await mine.get("/chat/media/99999999999999999999")).status == 404


async def test_something_else_than_a_picture_is_refused_kindly(house: House) -> None:
    client = await house.browser()
    response = await house.photos(client, b"%PDF-1.7 with a picture's name")
    assert await refusal_of(response) == (415, "not-a-picture")
    assert house.desk.taken == []


async def test_too_heavy_a_photo_is_refused_with_the_limit(build: OpenHouse) -> None:
    house = await build(limits=Limits(photo_bytes=2 * 2**20))
    client = await house.browser()
    response = await house.photos(client, b"x" * (2 * 2**20 + 1))
    assert "2 MB" in (await response.json())["says"]
    assert await refusal_of(response) == (413, "photo-too-big")


@pytest.mark.parametrize(
    ("photos", "fields", "refused"),
    [
        (0, {}, (400, "no-photo")),
        (21, {}, (413, "too-many-photos")),
        (1, {"id": "../../x"}, (400, "bad-id")),
        (1, {"n": "-1"}, (400, "bad-id")),
        (1, {"n": "1000"}, (400, "bad-id")),
        (1, {"caption": "x" * 5000}, (413, "too-long")),
    ],
)
async def test_an_odd_upload_is_refused_with_a_sentence(
    house: House, photos: int, fields: dict[str, str], refused: tuple[int, str]
) -> None:
    client = await house.browser()
    response = await house.photos(client, *[picture()] * photos, **fields)
    assert await refusal_of(response) == refused
    assert house.desk.taken == []


async def test_a_broken_upload_is_refused_with_a_sentence(house: House) -> None:
    client = await house.browser()
    for kind, code in (("multipart/form-data", "bad-json"), ("image/jpeg", "no-photo")):
        headers = house.origin | {"Content-Type": kind}
        response = await client.post("/chat/photo", data=b"junk", headers=headers)
        assert (await refusal_of(response))[1] == code
