"""What one message says, rule by rule; the rules are those of tests/corpus/README.md."""

from datetime import date

import pytest

from bot.reading.read import read
from bot.reading.reading import Context

TODAY = date(2026, 7, 22)


def values(text: str) -> list[tuple[str, float]]:
    return [(one.measure, float(one.value)) for one in read(text, TODAY).values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ra quân: 45 chị, dọn 2km đường, trồng 30 cây, thu 1,5 tấn rác",
         [("participants", 45), ("road_km", 2), ("trees", 30), ("waste_kg", 1500)]),
        ("dọn được 2km5 đường, gom tạ rưỡi rác, 2 chục bao", [("road_km", 2.5), ("waste_kg", 150), ("bags", 20)]),
        ("thu 40-50 kg ve chai, bán 1tr2", [("waste_kg", 45), ("money_vnd", 1_200_000)]),
        ("phát 200 túi vải, thu 30 túi rác", [("other", 200), ("bags", 30)]),
        ("cấp 20kg gạo, gom 20kg giấy", [("other", 20), ("waste_kg", 20)]),
        ("trồng 5 sào 7 thước rau", [("area_ha", 0.1968)]),
        ("tuần qua dọn 27m3 rác, hiến 500 m2 đất", [("other", 27), ("area_ha", 0.05)]),
    ],
)  # fmt: skip
def test_results_are_read_in_the_unit_of_their_measure(
    text: str, expected: list[tuple[str, float]]
) -> None:
    found = values(text)
    assert [measure for measure, _ in found] == [measure for measure, _ in expected]
    assert [value for _, value in found] == pytest.approx([value for _, value in expected])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dọn đường 6h sáng 12/4, thôn 3 có 45 chị, liên hệ 0900000001", [("participants", 45)]),
        ("Kế hoạch trồng 500 cây nhưng hôm nay mới trồng được 120 cây", [("trees", 120)]),
        ("bắt 300 con chuột, mua lại 2.000đ/con", [("other", 300)]),
        ("ra quân dọn rác được 142/150 hộ tham gia, còn 8 hộ chưa tham gia", [("households", 142)]),
        ("22 chi hội ra quân, 400 chị dọn 5km đường", [("participants", 400), ("road_km", 5)]),
        ("dọn rác 45 chị. À nhầm, 54 chị", [("participants", 54)]),
        ("trồng 120 cây cau chứ không phải 210 cây", [("trees", 120)]),
        ("ra quân dọn rác: tổ 4, 5 và 6 góp 30 người", [("participants", 30)]),
        ("Tổng vệ sinh: thôn 1 20 người, thôn 2 25 người, tổng 45 người", [("participants", 45)]),
        ("dọn đường hết 66tr, trong đó xã hỗ trợ 50tr, 40 người làm", [("money_vnd", 66e6), ("participants", 40)]),
        ("Gia đình đạt 5 không 3 sạch: 312/340 hộ", [("households", 312)]),
    ],
)  # fmt: skip
def test_what_is_no_result_is_left_out(text: str, expected: list[tuple[str, float]]) -> None:
    assert values(text) == expected


def test_every_refused_figure_says_why() -> None:
    ignored = read("Kế hoạch trồng 500 cây nhưng hôm nay mới trồng được 120 cây", TODAY).ignored
    assert [(one.quote, one.reason) for one in ignored] == [("500 cây", "kế hoạch, chỉ tiêu")]


def test_none_is_a_figure_too() -> None:
    assert values("Vụ này thôn em chưa có hộ nào đốt rơm") == [("violations_count", 0)]


def test_a_value_quotes_its_words_and_explains_itself() -> None:
    text = "😀 thôn 5 dọn rác đc 142/150 hộ tham gia, hơn 3 tạ rác"
    first, second = read(text, TODAY).values
    assert text[first.span[0] : first.span[1]] == first.quote == "142/150 hộ"
    assert first.denominator == 150
    assert first.reason == "“142/150 hộ” là số hộ: 142 trên 150."
    assert second.approx
    assert "300" in second.reason


def test_spans_hold_in_telex_and_decomposed_text() -> None:
    text = "thoon 5 ra quaan donj veej sinh dduwowngf lafng, 32 nguwowif, 600m rãnh"
    assert [one.quote for one in read(text, TODAY).values] == ["32 nguwowif", "600m"]


def test_a_complaint_has_a_category_an_urgency_and_a_place_but_no_results() -> None:
    reading = read("Đang đốt rơm mù mịt cánh đồng Sau, 3 xe suýt đâm nhau, có ai ra dập ko", TODAY)
    assert (reading.kind, reading.values) == ("violation", ())
    assert reading.violation is not None
    assert (reading.violation.category, reading.violation.urgent) == ("burning", True)
    assert reading.violation.place_text == "cánh đồng Sau"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Cảm ơn các bác nhiều ạ", "thanks"), ("Chào cả nhà buổi sáng", "greeting"),
        ("Cần vay gấp 50 triệu lãi 0%, lh Zalo 0900000002", "spam"),
        ("Cho em hỏi mấy giờ thu rác ạ?", "question"), ("Báo cáo của em duyệt chưa ạ, báo cáo của em đến đâu rồi", "progress"),
    ],
)  # fmt: skip
def test_talk_is_told_apart(text: str, kind: str) -> None:
    reading = read(text, TODAY)
    assert (reading.kind, reading.corpus_kind) == (kind, "other")


def test_the_units_of_the_sender_are_recognised() -> None:
    units = {"u3": ("Thôn 3",), "u13": ("Thôn 13",), "dl": ("Thôn Đông Lĩnh",)}
    context = Context(units=units)
    reading = read("thon 3 don duong 2km, 45 nguoi", TODAY, context)
    assert reading.unit is not None
    assert reading.unit.unit_id == "u3"
    named = read("Chi hội PN Đông Lĩnh dọn đường 2km, 45 chị", TODAY, context)
    assert named.unit is not None
    assert named.unit.unit_id == "dl"


def test_a_movement_of_the_plan_pack_is_preferred() -> None:
    context = Context(movements={"Sạch làng tốt ruộng": ("sạch làng",)})
    assert (
        read("Ra quân sạch làng: 45 chị dọn vệ sinh", TODAY, context).campaign
        == "Sạch làng tốt ruộng"
    )


def test_a_figure_without_a_noun_is_asked_about() -> None:
    context = Context(open_measures=("participants", "trees", "bags"))
    reading = read("sáng nay ra quân dọn rác được 30, thu 12 bao", TODAY, context)
    (unclear,) = reading.ambiguities
    assert (unclear.quote, unclear.measures) == ("30", ("participants", "trees"))


def test_a_figure_without_a_noun_answers_the_one_thing_still_open() -> None:
    """It is taken, marked as unsure and shown for confirmation like every value."""
    context = Context(open_measures=("participants", "bags"))
    reading = read("sáng nay ra quân dọn rác được 30, thu 12 bao", TODAY, context)
    assert [(one.measure, float(one.value)) for one in reading.values] == [
        ("participants", 30),
        ("bags", 12),
    ]
    assert reading.values[0].confidence <= 0.5
    assert reading.ambiguities == ()


def test_the_plans_indicator_before_a_bare_figure_says_what_it_counts() -> None:
    text = "Thôn phân loại rác tại nguồn: 85"
    assert read(text, TODAY).values == ()
    context = Context(indicators={"phân loại rác tại nguồn": "households"})
    reading = read(text, TODAY, context)
    assert reading.kind == "indicator"
    assert [(one.measure, float(one.value)) for one in reading.values] == [("households", 85)]


def test_a_movement_only_suggested_by_measures_says_so() -> None:
    assert read("thêm 14 bao rác nữa ạ", TODAY).campaign_guessed
    assert not read("Tết trồng cây được 30 cây", TODAY).campaign_guessed


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("xa oi ra ma xem nha may xa nuoc thai den ngom ra muong sau dinh", "muong sau dinh"),
        ("xã ơi nhà máy xả nước thải đen ngòm ra mương sau đình", "mương sau đình"),
    ],
)
def test_calling_the_commune_is_no_place(text: str, place: str) -> None:
    assert read(text, TODAY).place_text == place


def test_a_correction_right_after_a_report_is_one() -> None:
    reading = read("nhầm, 54 chị chứ không phải 45", TODAY, Context(correcting=True))
    assert reading.kind == "correction"
    assert [(float(one.value), float(one.by or 0)) for one in reading.corrections] == [(45, 54)]


def test_an_approximate_range_of_days_keeps_both_ends() -> None:
    reading = read("3 ngày 20-21/7 vớt bèo được 3,5 km mương", TODAY)
    assert reading.date is not None
    assert (reading.date.first_day, reading.date.day) == (date(2026, 7, 20), date(2026, 7, 21))


def test_a_half_written_as_one_sign_at_the_end_is_read() -> None:
    """Found by the fuzzer: "½" becomes three characters, and the message ended before three more."""
    assert read("xong ½xã", TODAY, Context()).date is None


@pytest.mark.parametrize(
    "typed",
    [
        "Thôn mình đến nay 187 trên 210 hộ phân loại rác",
        "187 tren tong so 210 ho phan loai rac",
        "187 trên 210 hộ",
    ],
)
def test_the_whole_behind_a_share_is_no_result(typed: str) -> None:
    """ "187 trên 210" says what "187/210" does."""
    found = [(value.measure, value.value) for value in read(typed, TODAY, Context()).values]
    assert found == [("households", 187)]
