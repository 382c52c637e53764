"""One reply as the messages a channel can carry: nothing lost, no limit broken."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Abilities
from bot.channels.render import render, rows, split, units
from bot.events import Button, Reply

PHONE = Abilities(
    text_limit=4096,
    caption_limit=1024,
    buttons=24,
    location_in=True,
    edits=True,
    photos_out=10,
    files_out=True,
    groups=True,
    per_second=30,
    chat_gap_s=1,
    group_gap_s=3,
)
PLAIN = msgspec.structs.replace(
    PHONE, text_limit=2000, buttons=0, location_in=False, photos_out=1, files_out=False
)
FIVE = msgspec.structs.replace(PLAIN, buttons=5)
MUTE = msgspec.structs.replace(PLAIN, photos_out=0)
COUNTED = msgspec.structs.replace(FIVE, text_limit=60, numbers_choices=True, numbers_parts=True)
KINDS = (
    Button("Cầu", "q.1", "1"),
    Button("Đường", "q.2", "2"),
    Button("Quay lại", "w.back", "quay lại"),
)


def words(reply: Reply, can: Abilities) -> list[str]:
    return [part.words for part in render(reply, can)]


# --- buttons -------------------------------------------------------------------------------------


def test_buttons_are_shown_where_there_are_buttons_and_nothing_is_added() -> None:
    [part] = render(Reply(words="Sự cố gì?", buttons=KINDS, numbered=True), PHONE)
    assert part.words == "Sự cố gì?"
    assert [label for row in part.buttons for label, _ in row] == ["Cầu", "Đường", "Quay lại"]


def test_where_there_are_none_choices_get_numbers_and_shortcuts_their_words() -> None:
    [part] = render(Reply(words="Sự cố gì?", buttons=KINDS, numbered=True), PLAIN)
    assert part.buttons == ()
    assert part.words == ("Sự cố gì?\n1. Cầu\n2. Đường\n(Gõ số để chọn ạ.)\ngõ QUAY LẠI: Quay lại")


def test_too_many_choices_for_the_buttons_are_all_said_in_words() -> None:
    """The first ones keep their buttons; nobody has to guess the others."""
    many = tuple(Button(f"Thôn {n}", f"q.{n}", str(n)) for n in range(1, 8))
    [part] = render(Reply(words="Thôn nào?", buttons=many, numbered=True), FIVE)
    assert len([cell for row in part.buttons for cell in row]) == 5
    assert [f"{n}. Thôn {n}" in part.words for n in range(1, 8)] == [True] * 7


def test_numbers_stand_beside_buttons_that_not_every_screen_shows() -> None:
    shown_twice = msgspec.structs.replace(FIVE, numbers_choices=True)
    [part] = render(Reply(words="Sự cố gì?", buttons=KINDS, numbered=True), shown_twice)
    assert part.words == "Sự cố gì?\n1. Cầu\n2. Đường\n(Gõ số để chọn ạ.)"
    assert sum(len(row) for row in part.buttons) == 3


def test_long_labels_stand_alone_and_short_ones_share_a_row() -> None:
    buttons = (Button("Có", "y"), Button("Không", "n"), Button("Xem lại phiếu từ đầu", "r"))
    assert [len(row) for row in rows(buttons, 40)] == [2, 1]


def test_no_row_is_longer_than_telegram_takes() -> None:
    """Eight in a row: https://core.telegram.org/bots/api#inlinekeyboardmarkup, measured."""
    digits = tuple(Button(str(n % 10), f"q.{n}") for n in range(20))
    assert max(len(row) for row in rows(digits, 40)) <= 8
    assert sum(len(row) for row in rows(digits, 40)) == 20


def test_a_label_that_is_too_long_is_cut_with_a_sign_of_it() -> None:
    [[(label, _)]] = rows((Button("Tổ dân phố số 1 khu đô thị mới phía đông", "q.1"),), 20)
    assert label == "Tổ dân phố số 1 khu…"


# --- photos and files ----------------------------------------------------------------------------


def test_words_that_fit_go_under_the_photo() -> None:
    [part] = render(Reply(words="Ảnh đây ạ", photos=(7,), buttons=KINDS), PHONE)
    assert (part.words, part.photos, len(part.buttons) > 0) == ("Ảnh đây ạ", (7,), True)


def test_an_album_takes_words_but_no_buttons() -> None:
    """Telegram's sendMediaGroup has no buttons; they come with the words, after the album."""
    [captioned] = render(Reply(words="Hai ảnh", photos=(7, 8)), PHONE)
    assert (captioned.words, captioned.photos) == ("Hai ảnh", (7, 8))
    album, text = render(Reply(words="Hai ảnh", photos=(7, 8), buttons=KINDS), PHONE)
    assert (album.words, album.photos, album.buttons) == ("", (7, 8), ())
    assert (text.words, len(text.buttons) > 0) == ("Hai ảnh", True)


def test_words_too_long_for_a_caption_come_after_the_photo() -> None:
    photo, text = render(Reply(words="x" * 1025, photos=(7,)), PHONE)
    assert (photo.words, photo.photos) == ("", (7,))
    assert text.words == "x" * 1025


def test_many_photos_go_as_several_albums_with_the_words_last() -> None:
    parts = render(Reply(words="Hết ạ", photos=tuple(range(23))), PHONE)
    assert [len(part.photos) for part in parts] == [10, 10, 3, 0]
    assert parts[-1].words == "Hết ạ"


def test_files_go_one_by_one() -> None:
    parts = render(Reply(words="Hai tệp", files=(3, 4)), PHONE)
    assert [(part.files, part.words) for part in parts] == [((3,), ""), ((4,), ""), ((), "Hai tệp")]


@pytest.mark.parametrize("photos", [(7,), (7, 8), tuple(range(12))])
def test_buttons_without_words_always_have_a_message_to_stand_under(
    photos: tuple[int, ...],
) -> None:
    last = render(Reply(words="", photos=photos, buttons=KINDS), PHONE)[-1]
    assert last.buttons
    assert len(last.photos) == 1 or last.words


def test_what_a_channel_cannot_show_is_said_not_dropped() -> None:
    [part] = render(Reply(words="Ảnh đây ạ", photos=(7, 8), files=(3,)), MUTE)
    assert part.words == "Ảnh đây ạ\n(Kèm 2 ảnh và 1 tệp, ở kênh này em không gửi được ạ.)"


def test_the_place_is_asked_for_on_every_channel() -> None:
    """One that takes no pins says how a place is told there."""
    reply = Reply(words="Ở đâu ạ?", asks_place=True)
    assert [render(reply, can)[0].asks_place for can in (PHONE, PLAIN)] == [True, True]


# --- long words ----------------------------------------------------------------------------------


def test_long_words_are_cut_where_a_reader_pauses() -> None:
    assert split("Một đoạn.\n\nĐoạn hai dài hơn.", 20) == ["Một đoạn.", "Đoạn hai dài hơn."]
    assert split("Dòng một\nDòng hai\nba", 18) == ["Dòng một\nDòng hai", "ba"]
    assert split("Câu một. Câu hai. Câu ba.", 18) == ["Câu một. Câu hai.", "Câu ba."]
    assert split("một hai ba bốn", 9) == ["một hai", "ba bốn"]
    assert split("khôngcómộtchỗnghỉ", 8) == ["khôngcóm", "ộtchỗngh", "ỉ"]


def test_only_the_last_message_carries_the_buttons() -> None:
    parts = render(Reply(words="Câu dài. " * 600, buttons=KINDS, asks_place=True), PHONE)
    assert [bool(part.buttons) for part in parts] == [False, True]
    assert [part.asks_place for part in parts] == [False, True]


def test_parts_are_numbered_where_nothing_else_holds_them_together() -> None:
    counted = msgspec.structs.replace(PLAIN, text_limit=30, numbers_parts=True)
    assert words(Reply(words="Câu một dài. Câu hai dài. Câu ba."), counted) == [
        "(1/2) Câu một dài.",
        "(2/2) Câu hai dài. Câu ba.",
    ]
    assert words(Reply(words="Câu một."), counted) == ["Câu một."]


def test_letters_are_composed_whatever_keyboard_made_them() -> None:
    assert words(Reply(words="Ho\u0323p tho\u0302n"), PHONE) == ["Họp thôn"]


def test_an_emoji_counts_two() -> None:
    assert units("🌿é") == 3
    assert [units(piece) for piece in split("🌿" * 5, 4)] == [4, 4, 2]


def test_a_reply_without_anything_still_says_something() -> None:
    assert words(Reply(words=" "), PHONE) == ["…"]


texts = st.text(st.sampled_from("ab ắ.\n🌿?!"), max_size=400)


@given(texts, st.integers(2, 60))
def test_no_piece_is_too_long_and_no_letter_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(
    texts,
    st.lists(st.sampled_from(KINDS), max_size=9),
    st.integers(0, 25),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from([PHONE, PLAIN, FIVE, MUTE, COUNTED]),
)
def test_every_message_is_within_what_the_channel_carries(
    text: str, buttons: list[Button], photos: int, files: int, numbered: bool, can: Abilities
) -> None:
    """One call a message: an album without buttons, or one file, or words."""
    reply = Reply(
        words=text,
        buttons=tuple(buttons),
        numbered=numbered,
        photos=tuple(range(photos)),
        files=tuple(range(files)),
    )
    parts = render(reply, can)
    assert parts
    for part in parts:
        media = len(part.photos) + len(part.files)
        assert units(part.words) <= (can.caption_limit if media else can.text_limit)
        assert part.words or media
        assert len(part.photos) <= can.photos_out
        assert len(part.files) <= int(can.files_out)
        assert not (part.photos and part.files)
        assert sum(len(row) for row in part.buttons) <= can.buttons
        assert not (part.buttons and media > 1)
    shown = [photo for part in parts for photo in part.photos]
    assert shown == (list(reply.photos) if can.photos_out else [])
    kept = [button for row in parts[-1].buttons for button in row]
    assert len(kept) == min(len(buttons), can.buttons)
