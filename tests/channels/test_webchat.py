"""The web chat's server: the page, what it hands over, what it refuses and how it says so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.channels.base import FetchFailed
from bot.channels.webchat import WebChat
from bot.channels.webchat_door import Sessions
from bot.channels.webchat_static import FOLDER, Look
from bot.events import Incoming, Place, Tap, Text
from tests.channels.echo_desk import EchoDesk
from tests.channels.webchat_house import (
    House,
    OpenHouse,
    refusal_of,
)
from tests.conftest import Clock

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


async def test_a_session_signed_with_another_secret_is_not_believed(house: House) -> None:
    stranger = Sessions(b"another secret, also 32 bytes long").seal("0123456789abcdef")
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


# --- the channel's contract ------------------------------------------------------------------


async def test_receiving_needs_no_loop_and_photos_no_fetching(house: House) -> None:
    await house.chat.run(house.desk.take)
    with pytest.raises(FetchFailed) as failure:
        await house.chat.fetch("any", limit_bytes=1)
    assert failure.value.for_good


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        WebChat(EchoDesk(), secret=b"short")
