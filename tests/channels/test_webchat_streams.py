"""What open pages of the web chat hear, and when."""

from __future__ import annotations

from bot.channels.base import Outgoing, Sent
from bot.channels.webchat_door import Limits
from bot.channels.webchat_wire import Told
from bot.events import Reply
from tests.channels.webchat_house import (
    House,
    OpenHouse,
    Stream,
    picture,
    refusal_of,
)
from tests.conftest import Clock

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
    assert await streams[0].next() == {"event": "leave", "data": "newer"}
    await house.say(client, text="a")
    assert (await streams[4].next())["words"] == "a"


async def test_closing_ends_every_stream_so_that_the_server_can_stop(house: House) -> None:
    client = await house.browser()
    stream = await house.listen(client)
    await house.chat.close()
    assert await stream.next() == {"event": "leave", "data": "closing"}
    assert await stream.next() == {"event": "end"}


async def test_too_many_streams_from_one_address_are_asked_to_come_later(build: OpenHouse) -> None:
    house = await build(limits=Limits(streams_each=1))
    client = await house.browser()
    await house.listen(client)
    response = await client.get("/chat/events")
    assert await refusal_of(response) == (503, "busy")
