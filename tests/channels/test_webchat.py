"""The web chat's server: what it hands over, what it refuses and how it says so, what a page hears.

A real aiohttp server on loopback and a real client; behind it the echo desk.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from bot.channels.base import FetchFailed, Outgoing, Sent
from bot.channels.webchat import Limits, WebChat
from bot.channels.webchat_static import FOLDER, Look
from bot.channels.webchat_wire import Told
from bot.events import Incoming, Photo, Place, Reply, Tap, Text
from tests.channels.echo_desk import EchoDesk
from tests.conftest import Clock

Client = TestClient[web.Request, web.Application]
SECRET = b"a secret for tests, 32 bytes long"


class Stream:
    """One open event stream: the next event as (id, data)."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.id = ""

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = {}
        async with asyncio.timeout(10):
            while line := (await self.response.content.readline()).decode():
                field, _, value = line.rstrip("\n").partition(": ")
                if field == "id":
                    self.id = value
                elif field == "event":
                    event = {"event": value}
                elif field == "data" and not event:
                    event = json.loads(value)
                elif line == "\n" and event:
                    return event
        return {"event": "end"}


class House:
    """A running web chat, and as many browsers as a test wants."""

    def __init__(self, chat: WebChat, desk: EchoDesk, server: TestServer) -> None:
        self.chat = chat
        self.desk = desk
        self.server = server
        self._clients: list[Client] = []
        self._streams: list[Stream] = []

    async def browser(self, *, opened: bool = True) -> Client:
        """A browser with its own cookies; it has opened the page unless told otherwise."""
        jar = aiohttp.CookieJar(unsafe=True)  # loopback addresses may have cookies too
        client: Client = TestClient(self.server, cookie_jar=jar)
        self._clients.append(client)
        if opened:
            assert (await client.get("/")).status == 200
        return client

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": str(self.server.make_url("/")).rstrip("/")}

    async def say(self, client: Client, **body: Any) -> aiohttp.ClientResponse:
        body = {"id": "message-1"} | body
        return await client.post("/chat/say", json=body, headers=self.origin)

    async def photos(self, client: Client, *photos: bytes, **fields: str) -> aiohttp.ClientResponse:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in ({"id": "album-01"} | fields).items():
            form.add_field(name, value)
        for photo in photos:
            form.add_field(
                "photo", io.BytesIO(photo), filename="anh.jpg", content_type="image/jpeg"
            )
        return await client.post("/chat/photo", data=form, headers=self.origin)

    async def listen(self, client: Client, **headers: str) -> Stream:
        response = await client.get("/chat/events", headers=headers)
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        self._streams.append(Stream(response))
        return self._streams[-1]

    async def close(self) -> None:
        await self.chat.close()
        for stream in self._streams:
            stream.response.close()
        for client in self._clients:
            await client.session.close()
        await self.server.close()


async def open_house(clock: Clock, **options: Any) -> House:
    desk = EchoDesk(clock)
    chat = WebChat(desk, secret=SECRET, now=clock, **options)
    desk.deliver = chat.send
    app = web.Application()
    app.add_routes(chat.routes())
    server = TestServer(app)
    await server.start_server()
    return House(chat, desk, server)


OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def build(clock: Clock) -> AsyncIterator[OpenHouse]:
    """Builds web chats with options of the test's choice and closes them afterwards."""
    houses: list[House] = []

    async def built(**options: Any) -> House:
        houses.append(await open_house(clock, **options))
        return houses[-1]

    yield built
    for house in houses:
        await house.close()


@pytest.fixture
async def house(build: OpenHouse) -> House:
    return await build()


def picture(side_px: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "orange").save(out, "JPEG")
    return out.getvalue()


async def refusal_of(response: aiohttp.ClientResponse) -> tuple[int, str]:
    """Status and code; the sentence for the person must be there and Vietnamese."""
    body = await response.json()
    assert re.search(r"[Ee]m|[Mm]áy|Anh/chị", body["says"])
    return response.status, body["error"]


# --- the page --------------------------------------------------------------------------------


async def test_the_page_says_it_is_automatic_and_opens_a_session(house: House) -> None:
    client = await house.browser(opened=False)
    response = await client.get("/")
    page = await response.text()
    assert "trợ lý tự động của xã" in page
    assert "<noscript>" in page
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_secure_and_browsers_never_try_http_again(
    build: OpenHouse,
) -> None:
    house = await build(public_url="https://soxanh.example")
    client = await house.browser(opened=False)
    response = await client.get("/")
    assert "Secure" in response.headers["Set-Cookie"]
    assert "max-age" in response.headers["Strict-Transport-Security"]


async def test_opening_the_page_again_keeps_the_session(house: House) -> None:
    client = await house.browser()
    first = {cookie.value for cookie in client.session.cookie_jar}
    await client.get("/")
    assert {cookie.value for cookie in client.session.cookie_jar} == first


async def test_every_answer_keeps_the_page_to_itself(house: House) -> None:
    client = await house.browser()
    for path in ("/", "/chat/history", "/chat/media/1"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_tile_server_is_allowed_only_when_the_office_has_set_one(build: OpenHouse) -> None:
    house = await build(look=Look(tiles="https://{s}.tiles.example/{z}/{x}/{y}.png"))
    client = await house.browser(opened=False)
    response = await client.get("/")
    assert "https://*.tiles.example" in response.headers["Content-Security-Policy"]
    assert "https://{s}.tiles.example/{z}/{x}/{y}.png" in await response.text()


async def test_what_an_office_calls_itself_cannot_break_the_page(build: OpenHouse) -> None:
    house = await build(look=Look(of='xã "<b>A</b>"'))
    client = await house.browser(opened=False)
    page = await (await client.get("/")).text()
    assert "<b>A</b>" not in page
    assert "xã &quot;&lt;b&gt;A&lt;/b&gt;&quot;" in page


async def test_the_page_has_no_inline_script_or_style_and_every_file_it_names(house: House) -> None:
    client = await house.browser(opened=False)
    page = await (await client.get("/")).text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) >= 6
    for path in named:
        assert path.startswith("/static/chat/")
        response = await client.get(path)
        assert response.status == 200
        assert "immutable" in response.headers["Cache-Control"]


def test_nothing_of_the_page_points_to_another_server() -> None:
    ours = [path for path in FOLDER.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg"}]
    assert len(ours) > 8
    for path in ours:
        if path.parent.name == "leaflet":
            continue
        addresses = set(re.findall(r"https?://[\w.]+", path.read_text()))
        assert addresses <= {"http://www.w3.org"}, path.name


async def test_files_are_zipped_for_browsers_that_can_and_unknown_ones_are_not_there(
    house: House,
) -> None:
    client = await house.browser(opened=False)
    path = "/static/chat/x/leaflet/leaflet.js"
    raw = await client.get(path, headers={"Accept-Encoding": "gzip"})
    assert raw.headers["Content-Encoding"] == "gzip"
    assert raw.headers["Cache-Control"] == "no-cache"  # not this version: not for ever
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert await raw.read() == await plain.read()
    for missing in ("index.html", "nothing.js", "..%2F..%2Fwebchat.py"):
        assert (await client.get(f"/static/chat/x/{missing}")).status == 404


# --- what pages say --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": " đốt rơm \n"}, Text(" đốt rơm \n")),
        ({"text": "x" * 4000}, Text("x" * 4000)),
        ({"token": "open:violation"}, Tap("open:violation")),
        ({"place": {"lat": 20.93, "lon": 106.31}}, Place(20.93, 106.31)),
        ({"place": {"lat": -90, "lon": 180, "words": "sau đình"}}, Place(-90, 180, "sau đình")),
        ({"text": "a\x00b"}, Text("ab")),  # PostgreSQL cannot keep a NUL
    ],
)
async def test_what_is_said_is_handed_over_as_it_was(
    house: House, clock: Clock, body: dict[str, Any], said: Any
) -> None:
    client = await house.browser()
    response = await house.say(client, **body)
    assert await response.json() == {"ok": True}
    (incoming,) = house.desk.taken
    assert incoming == Incoming(
        channel="webchat",
        account="local",
        message_id=f"{incoming.sender}/message-1",
        sender=incoming.sender,
        chat=incoming.sender,
        said=said,
        sent_at=clock(),
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad-json"),
        (b"{", "bad-json"),
        (b"[]", "bad-json"),
        (b'{"id": "message-1"}', "not-one-thing"),
        (b'{"id": "message-1", "text": "a", "token": "b"}', "not-one-thing"),
        (b'{"id": "message-1", "text": "a", "sender": "somebody"}', "bad-json"),
        (b'{"id": "message-1", "text": 7}', "bad-json"),
        (b'{"id": "message-1", "text": "\\ud800"}', "bad-json"),
        (b'{"id": "message-1", "text": "\xff"}', "bad-json"),
        (b'{"id": "message-1", "text": "  "}', "empty"),
        (b'{"id": "message-1", "text": "\\u0000"}', "empty"),
        (b'{"id": "short", "text": "a"}', "bad-id"),
        (b'{"id": "with/slash.dot", "text": "a"}', "bad-id"),
        (b'{"id": "message-1\\n", "text": "a"}', "bad-id"),
        (b'{"id": "message-1", "token": "n\xc3\xbat"}', "bad-token"),
        (b'{"id": "message-1", "token": ""}', "bad-token"),
        (b'{"id": "message-1", "place": {"lat": 91, "lon": 0}}', "bad-place"),
        (b'{"id": "message-1", "place": {"lat": 1e999, "lon": 0}}', "bad-json"),
        (b'{"id": "message-1", "place": {"lat": 1}}', "bad-json"),
    ],
)
async def test_what_cannot_be_understood_is_refused_with_a_sentence(
    house: House, body: bytes, code: str
) -> None:
    client = await house.browser()
    headers = house.origin | {"Content-Type": "application/json"}
    response = await client.post("/chat/say", data=body, headers=headers)
    assert await refusal_of(response) == (400, code)
    assert house.desk.taken == []


async def test_a_form_of_another_kind_is_no_saying(house: House) -> None:
    client = await house.browser()
    response = await client.post("/chat/say", data={"text": "a"}, headers=house.origin)
    assert await refusal_of(response) == (415, "bad-json")


async def test_too_long_a_text_is_refused_by_utf16_units(house: House) -> None:
    client = await house.browser()
    assert await refusal_of(await house.say(client, text="🌾" * 2001)) == (400, "too-long")
    assert (await house.say(client, text="🌾" * 2000)).status == 200


async def test_too_large_a_body_is_not_read_to_its_end(house: House) -> None:
    client = await house.browser()
    assert await refusal_of(await house.say(client, text="x" * 70_000)) == (413, "too-long")
    assert house.desk.taken == []


async def test_the_same_message_twice_changes_nothing(house: House) -> None:
    client = await house.browser()
    for _ in range(2):
        assert (await house.say(client, text="đốt rơm")).status == 200
    history = await (await client.get("/chat/history")).json()
    assert [line["words"] for line in history["lines"]] == ["đốt rơm", "Em nhận được: đốt rơm"]


async def test_two_browsers_with_the_same_message_id_do_not_disturb_each_other(
    house: House,
) -> None:
    one, other = await house.browser(), await house.browser()
    await house.say(one, text="của tôi")
    await house.say(other, text="của người khác")
    history = await (await one.get("/chat/history")).json()
    assert [line["words"] for line in history["lines"]] == ["của tôi", "Em nhận được: của tôi"]
    assert len(house.desk.taken) == 2


@pytest.mark.parametrize("path", ["/chat/say", "/chat/photo"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_speak_for_a_person(
    house: House, path: str, headers: dict[str, str]
) -> None:
    client = await house.browser()
    response = await client.post(path, json={"id": "message-1", "text": "a"}, headers=headers)
    assert await refusal_of(response) == (403, "foreign-origin")
    assert house.desk.taken == []


async def test_an_old_browser_without_origin_is_known_by_its_fetch_site(house: House) -> None:
    client = await house.browser()
    headers = {"Sec-Fetch-Site": "same-origin"}
    response = await client.post(
        "/chat/say", json={"id": "message-1", "text": "a"}, headers=headers
    )
    assert response.status == 200


async def test_behind_a_proxy_the_public_name_is_our_origin(build: OpenHouse) -> None:
    house = await build(public_url="https://soxanh.example")
    client = await house.browser(opened=False)
    page = await client.get("/")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    headers = {"Origin": "https://soxanh.example", "Cookie": cookie}
    response = await client.post(
        "/chat/say", json={"id": "message-1", "text": "a"}, headers=headers
    )
    assert response.status == 200


@pytest.mark.parametrize("cookie", ["", "soxanh_chat=", "soxanh_chat=abc.def", "soxanh_chat=abc"])
async def test_without_a_session_of_ours_nothing_is_served(house: House, cookie: str) -> None:
    client = await house.browser(opened=False)
    for path in ("/chat/history", "/chat/events", "/chat/media/1"):
        response = await client.get(path, headers={"Cookie": cookie})
        assert await refusal_of(response) == (401, "no-session")
    response = await client.post(
        "/chat/say", json={"id": "message-1", "text": "a"}, headers=house.origin
    )
    assert await refusal_of(response) == (401, "no-session")


async def test_a_session_signed_with_another_secret_is_not_believed(
    house: House, build: OpenHouse
) -> None:
    other = await build()
    other.chat = WebChat(other.desk, secret=b"another secret, also 32 bytes long")
    stranger = other.chat._sessions.seal("0123456789abcdef")
    client = await house.browser(opened=False)
    response = await client.get("/chat/history", headers={"Cookie": f"soxanh_chat={stranger}"})
    assert response.status == 401


async def test_when_the_store_is_away_the_page_is_told_to_come_again(house: House) -> None:
    client = await house.browser()
    house.desk.broken = True
    response = await house.say(client, text="đốt rơm")
    assert await refusal_of(response) == (503, "trouble")
    assert int(response.headers["Retry-After"]) > 0
    house.desk.broken = False
    assert (await house.say(client, text="đốt rơm")).status == 200
    assert len(house.desk.taken) == 1


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


# --- what pages hear -------------------------------------------------------------------------


async def test_an_open_page_hears_its_own_words_and_the_answer_at_once(house: House) -> None:
    client = await house.browser()
    stream = await house.listen(client)
    await house.say(client, text="đốt rơm")
    mine, answer = await stream.next(), await stream.next()
    assert (mine["id"], mine["who"], mine["words"]) == ("message-1", "me", "đốt rơm")
    assert (answer["who"], answer["words"]) == ("bot", "Em nhận được: đốt rơm")


async def test_ids_reach_the_page_as_text_because_javascript_would_round_them(
    house: House,
) -> None:
    client = await house.browser()
    await house.photos(client, picture())
    history = await (await client.get("/chat/history")).json()
    mine, answer = history["lines"]
    assert mine["photos"] == [str(2**60)]
    assert answer["id"] == f"bot:{2**60 + 1}"
    assert answer["buttons"] == [["Xong", "done"]]


async def words_until(stream: Stream, last: str) -> list[str]:
    """What a stream says up to the line `last`."""
    words: list[str] = []
    while last not in words:
        words.append((await stream.next())["words"])
    return words


async def test_a_page_that_was_away_hears_what_it_missed_and_nothing_much_older(
    house: House, clock: Clock
) -> None:
    """The last ten seconds come again (the page knows lines by their ids), what is older does not."""
    client = await house.browser()
    await house.say(client, text="một")
    clock.forward(minutes=1)
    stream = await house.listen(client)
    await house.say(client, id="message-2", text="hai")
    await words_until(stream, "Em nhận được: hai")
    stream.response.close()
    clock.forward(minutes=1)
    await house.say(client, id="message-3", text="ba")
    again = await house.listen(client, **{"Last-Event-ID": stream.id})
    assert await words_until(again, "Em nhận được: ba") == [
        "hai",
        "Em nhận được: hai",
        "ba",
        "Em nhận được: ba",
    ]


async def test_a_row_made_early_and_sent_late_is_heard_after_newer_ones(
    house: House, clock: Clock
) -> None:
    """A nudge made on Monday for Thursday has the smaller id; a cursor of ids would miss it."""
    client = await house.browser()
    await house.say(client, text="thứ tư")
    history = await (await client.get("/chat/history")).json()
    clock.forward(days=1)
    address = house.desk.taken[0].chat
    house.desk.lines[address].append(Told(id=5, reply=Reply(words="Nhắc nhé"), at=clock()))
    stream = await house.listen(client, **{"Last-Event-ID": history["cursor"]})
    assert (await words_until(stream, "Nhắc nhé"))[-1] == "Nhắc nhé"
    news = await (await client.get(f"/chat/history?after={history['cursor']}")).json()
    assert news["lines"][-1]["id"] == "bot:5"


async def test_what_another_process_sent_is_heard_at_the_next_heartbeat(
    build: OpenHouse, clock: Clock
) -> None:
    house = await build(heartbeat_s=0.02)
    client = await house.browser()
    await house.say(client, text="a")
    stream = await house.listen(client)
    await stream.next()
    await stream.next()
    address = house.desk.taken[0].chat
    # straight into the store: nobody wakes this process
    house.desk.lines[address].append(Told(id=9, reply=Reply(words="Từ máy khác"), at=clock()))
    assert (await stream.next())["words"] == "Từ máy khác"


async def test_a_line_is_heard_once_however_often_it_is_sent(house: House) -> None:
    client = await house.browser()
    await house.say(client, text="a")
    stream = await house.listen(client)
    await stream.next()
    await stream.next()
    address = house.desk.taken[0].chat
    for _ in range(3):
        sent = await house.chat.send(Outgoing(key="77.0", chat=address, words="a"))
        assert sent == Sent(message_id="77.0")
    await house.say(client, id="message-2", text="b")
    assert (await stream.next())["words"] == "b"


async def test_a_cursor_that_is_not_ours_starts_from_the_beginning(house: House) -> None:
    client = await house.browser()
    await house.say(client, text="a")
    for cursor in ("abc", "-1", "9" * 40, "²"):
        stream = await house.listen(client, **{"Last-Event-ID": cursor.encode().decode("latin-1")})
        assert (await stream.next())["words"] == "a"
        stream.response.close()


async def test_a_fifth_tab_takes_the_place_of_the_first(house: House) -> None:
    client = await house.browser()
    streams = [await house.listen(client) for _ in range(5)]
    assert await streams[0].next() == {"event": "leave"}
    await house.say(client, text="a")
    assert (await streams[4].next())["words"] == "a"


async def test_closing_ends_every_stream_so_that_the_server_can_stop(house: House) -> None:
    client = await house.browser()
    stream = await house.listen(client)
    await house.chat.close()
    assert await stream.next() == {"event": "leave"}
    assert await stream.next() == {"event": "end"}


async def test_too_many_streams_from_one_address_are_asked_to_come_later(build: OpenHouse) -> None:
    house = await build(limits=Limits(streams_each=1))
    client = await house.browser()
    await house.listen(client)
    response = await client.get("/chat/events")
    assert await refusal_of(response) == (503, "busy")


# --- the channel's contract ------------------------------------------------------------------


async def test_receiving_needs_no_loop_and_photos_no_fetching(house: House) -> None:
    await house.chat.run(house.desk.take)
    with pytest.raises(FetchFailed) as failure:
        await house.chat.fetch("any", limit_bytes=1)
    assert failure.value.for_good


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        WebChat(EchoDesk(), secret=b"short")
