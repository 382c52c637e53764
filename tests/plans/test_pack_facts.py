"""What each plan states, fact by fact; distilled by hand from the plans' texts."""

import pytest

from plans.loader import packs, shipped_catalogue, shipped_pack
from plans.pack import Campaign, Comparator, Duty, Target, Violation


def target(key: str, name: str) -> Target:
    return next(each for each in shipped_pack(key).targets if each.key == name)


def campaign(key: str, name: str) -> Campaign:
    return next(each for each in shipped_pack(key).campaigns if each.key == name)


def duty(key: str, name: str) -> Duty:
    return next(each for each in shipped_pack(key).duties if each.key == name)


def violation(key: str, name: str) -> Violation:
    return next(each for each in shipped_pack(key).violations if each.key == name)


def unit_keys(key: str) -> set[str]:
    return {unit.key for unit in shipped_pack(key).units}


# --- Hà Đông -----------------------------------------------------------------------------------


def test_ha_dong_as_a_document():
    document = shipped_pack("ha-dong").document
    assert (document.number, document.date) == (None, "2026-04")
    assert (document.first_year, document.last_year, document.vision_year) == (2026, 2030, 2050)
    assert [(one.number, one.date) for one in document.parents] == [
        ("08-NQ/TU", "2026-01-29"),
        ("15-CT/ĐU", "2026-03-05"),
    ]


def test_ha_dong_knows_everybody_the_plan_gives_a_role():
    many = {unit.key for unit in shipped_pack("ha-dong").units if unit.many}
    assert {"truong-hoc", "doanh-nghiep", "cac-thon", "co-so-y-te", "hop-tac-xa"} <= many
    assert {
        "ubnd",
        "phong-kinh-te",
        "phong-van-hoa-xa-hoi",
        "van-phong",
        "trung-tam-dich-vu",
        "mttq",
        "hoi-phu-nu",
        "doan-thanh-nien",
        "hoi-nong-dan",
        "hoi-cuu-chien-binh",
    } <= unit_keys("ha-dong") - many


def test_ha_dong_reports_each_half_year_and_year_through_the_office():
    regular = duty("ha-dong", "bao-cao-dinh-ky")
    assert [one.every for one in regular.rhythms] == ["half_year", "year"]
    assert (regular.to, regular.via, regular.period_stated) == ("ubnd", "van-phong", True)
    assert {"cac-thon", "truong-hoc", "phong-kinh-te"} <= set(regular.owed_by)
    assert duty("ha-dong", "bao-cao-dot-xuat").on_request


@pytest.mark.parametrize(
    "name",
    ["phong-kinh-te-dinh-ky", "van-hoa-xa-hoi-dinh-ky", "truong-hoc-dinh-ky", "van-phong-tong-hop"],
)
def test_ha_dongs_duties_without_a_period_have_none(name: str):
    assert duty("ha-dong", name).rhythms == ()
    assert not duty("ha-dong", name).period_stated


def test_ha_dongs_office_reports_to_party_council_and_above():
    office = duty("ha-dong", "van-phong-tong-hop")
    assert (office.to, office.also_to) == ("dang-uy", ("hdnd", "ubnd-cap-tren"))


@pytest.mark.parametrize(
    ("name", "lead"),
    [
        ("toan-dan-bao-ve-moi-truong", ("mttq",)),
        ("nam-khong-ba-sach", ("hoi-phu-nu",)),
        ("gia-dinh-xanh", ("hoi-phu-nu",)),
        ("tuyen-duong-thanh-nien", ("doan-thanh-nien",)),
        ("thu-bay-tinh-nguyen", ("doan-thanh-nien",)),
        ("san-xuat-nong-nghiep-sach", ("hoi-nong-dan",)),
        ("tuyen-duong-tu-quan", ("hoi-cuu-chien-binh",)),
        ("khu-dan-cu-kieu-mau", ("hoi-cuu-chien-binh",)),
        ("truong-hoc-khong-rac-thai-nhua", ("truong-hoc",)),
        ("doanh-nghiep-xanh", ("doanh-nghiep",)),
        ("khu-dan-cu-khong-rac-thai", ()),
    ],
)
def test_ha_dongs_movements_have_the_leads_the_plan_names(name: str, lead: tuple[str, ...]):
    assert campaign("ha-dong", name).lead == lead


def test_people_say_cn_xanh_for_green_sunday():
    assert "CN xanh" in campaign("ha-dong", "ngay-chu-nhat-xanh").aliases
    assert campaign("ha-dong", "ngay-chu-nhat-xanh").on_weekdays == (7,)
    assert campaign("ha-dong", "ngay-chu-nhat-xanh").rhythm is None
    assert "5 không 3 sạch" in campaign("ha-dong", "nam-khong-ba-sach").aliases


def test_ha_dongs_models_to_form_have_no_number():
    formed = [each for each in shipped_pack("ha-dong").targets if 59 in each.source.lines]
    assert [each.key for each in formed] == [
        "khu-dan-cu-xanh",
        "nong-nghiep-sinh-thai",
        "gia-dinh-xanh",
        "truong-hoc-xanh",
        "co-quan-xanh",
    ]
    assert all(each.comparator is Comparator.DONE and each.value is None for each in formed)


def test_ha_dong_leaves_most_violations_without_a_handler():
    pack = shipped_pack("ha-dong")
    handled = {each.key: each.handled_by for each in pack.violations if each.handled_by}
    assert set(handled) == {
        "xa-thai-co-so",
        "co-so-do-rac",
        "tieng-on-co-so",
        "khi-thai-co-so",
        "co-so-thieu-thu-tuc",
    }
    assert set(handled.values()) == {("ubnd",)}


def test_ha_dongs_office_takes_complaints_and_difficulties():
    routing = shipped_pack("ha-dong").routing
    assert routing.complaints is not None
    assert routing.difficulties is not None
    assert routing.complaints.to == ("van-phong",)
    assert (routing.difficulties.to, routing.difficulties.via) == (("ubnd",), "van-phong")


def test_ha_dongs_schools_answer_for_the_green_school_themselves():
    reported = target("ha-dong", "truong-hoc-xanh").reported_by
    assert (reported.units, reported.stated) == (("truong-hoc",), True)


def test_ha_dong_notes_that_its_last_sentence_names_another_scheme():
    noted = {line for note in shipped_pack("ha-dong").notes for line in note.source.lines}
    assert {3, 5, 223, 389, 417} <= noted


def test_ha_dongs_reviews():
    reviews = {
        each.key: (each.first_year, each.last_year) for each in shipped_pack("ha-dong").milestones
    }
    assert reviews == {"so-ket": (2026, 2027), "tong-ket": (None, 2030)}


# --- Tân Kỳ ------------------------------------------------------------------------------------


def test_tan_kys_slips_of_the_pen_are_mended_and_noted():
    pack = shipped_pack("tan-ky")
    entries = pack.model_copy(update={"notes": ()})
    for slip in ("Nhân phát thải", "Phần đầu", "tiêu thương", "Tuyên đường"):
        assert slip not in entries.model_dump_json()
        assert any(slip.lower() in note.text.lower() for note in pack.notes)
    assert "Nhãn phát thải thấp" in target("tan-ky", "cay-an-qua-giam-phat-thai").name


def test_tan_kys_movements_are_started_by_committee_front_and_associations():
    for name in ("ngay-chu-nhat-xanh", "dai-su-xanh", "nhan-to-xanh", "cho-giam-rac-nhua"):
        assert campaign("tan-ky", name).lead == ("ubnd", "mttq", "doan-the")
    assert len(shipped_pack("tan-ky").campaigns) == 18


def test_tan_ky_trains_officials_and_traders_as_one_target():
    trained = target("tan-ky", "tap-huan-tang-truong-xanh")
    assert [ask.part for ask in trained.asks] == ["numerator", "denominator"] * 2


def test_tan_kys_party_cells_pass_on_what_they_see_without_a_stated_recipient():
    report = duty("tan-ky", "chi-dang-bo-phan-anh")
    assert (report.owed_by, report.to, report.period_stated) == (("chi-dang-bo",), None, False)


def test_tan_kys_party_office_reports_to_the_standing_committee():
    report = duty("tan-ky", "van-phong-dang-uy-bao-cao")
    assert (report.to, report.on_request, report.period_stated) == ("ban-thuong-vu", True, False)


# --- Cẩm Giàng ---------------------------------------------------------------------------------


def test_cam_giangs_number_and_date_come_from_its_appendix():
    document = shipped_pack("cam-giang").document
    assert (document.number, document.date) == ("14-CTr/ĐU", "2026-02-13")


def test_cam_giangs_appendix_names_who_leads():
    leads = {
        line: task.lead
        for task in shipped_pack("cam-giang").tasks
        for line in task.source.lines
        if line > 130
    }
    assert leads == {
        131: ("ubnd", "cac-thon"),
        132: ("hoi-nong-dan", "hoi-phu-nu", "doan-thanh-nien"),
        133: ("ubnd", "hop-tac-xa", "co-quan-don-vi"),
        134: ("ubnd", "cac-thon"),
    }


def test_signing_a_pledge_and_sorting_are_two_targets():
    lines = [
        each.indicator for each in shipped_pack("cam-giang").targets if 131 in each.source.lines
    ]
    assert lines == ["ho-ky-cam-ket-phan-loai", "ho-phan-loai-rac"]


def test_cam_giangs_straw_burning_is_asked_of_villages_so_that_no_case_counts_thrice():
    assert target("cam-giang", "dot-rom-ra").reported_by.units == ("cac-thon",)


def test_cam_giangs_committee_reports_without_a_stated_period():
    report = duty("cam-giang", "ubnd-bao-cao-dinh-ky")
    assert (report.owed_by, report.to, report.period_stated) == (("ubnd",), "ban-thuong-vu", False)


# --- An Hưng -----------------------------------------------------------------------------------


def test_an_hung_reports_only_on_request():
    report = duty("an-hung", "bao-cao-khi-yeu-cau")
    assert (report.on_request, report.rhythms, report.via) == (True, (), "phong-kinh-te")


def test_an_hung_carries_out_three_documents_and_names_no_years():
    document = shipped_pack("an-hung").document
    assert [one.number for one in document.parents] == ["247/2025/QH15", "67/NQ-CP", "155/KH-UBND"]
    assert (document.first_year, document.last_year) == (None, None)


def test_an_hungs_police_handle_pollution_and_nobody_handles_straw():
    assert violation("an-hung", "gay-o-nhiem").handled_by == ("cong-an",)
    assert violation("an-hung", "dot-rom-ra").handled_by == ()
    assert violation("an-hung", "rac-khong-phan-loai").watched_by == ("cac-thon",)


# --- Bỉm Sơn -----------------------------------------------------------------------------------


def test_bim_son_reports_before_20_december_through_the_environment_office():
    report = duty("bim-son", "bao-cao-nam")
    assert [(one.every, one.before) for one in report.rhythms] == [("year", "12-20")]
    assert (report.to, report.via) == ("ubnd", "phong-tai-nguyen-moi-truong")


def test_bim_son_names_only_the_year_it_ends():
    document = shipped_pack("bim-son").document
    assert (document.first_year, document.last_year) == (None, 2025)
    assert [one.number for one in document.parents] == [None, None, "06-CTr/TU"]


def test_bim_sons_reviews_are_each_30_december_and_in_2025():
    interim, final = shipped_pack("bim-son").milestones
    assert interim.rhythm is not None
    assert (interim.rhythm.every, interim.rhythm.on) == ("year", "12-30")
    assert (final.first_year, final.last_year) == (2025, 2025)


def test_bim_sons_friday_afternoon_belongs_to_the_labour_union():
    friday = campaign("bim-son", "tong-ve-sinh-chieu-thu-sau")
    assert friday.lead == ("lien-doan-lao-dong",)
    assert friday.rhythm is not None
    assert (friday.rhythm.every, friday.rhythm.weekday) == ("week", (5,))
    assert friday.rhythm.part_of_day == "afternoon"


def test_bim_sons_weekend_names_its_days_but_no_rhythm():
    weekend = campaign("bim-son", "thu-bay-chu-nhat-tinh-nguyen")
    assert (weekend.on_weekdays, weekend.rhythm) == ((6, 7), None)
    assert weekend.lead == ("hoi-phu-nu", "doan-thanh-nien")


def test_bim_sons_awareness_days_come_back_each_year():
    days = [each for each in shipped_pack("bim-son").campaigns if each.kind == "awareness_day"]
    assert len(days) == 3
    assert {each.lead for each in days} == {("phong-tai-nguyen-moi-truong",)}
    assert all(
        each.rhythm and each.rhythm.every == "year" and each.rhythm.on is None for each in days
    )


def test_the_dump_at_nui_voi_is_a_deliverable_of_2025():
    dump = target("bim-son", "bai-rac-nui-voi")
    assert (dump.comparator, dump.value, dump.year) == (Comparator.DONE, None, 2025)
    assert "Núi Voi" in dump.name


@pytest.mark.parametrize(
    ("name", "handler"),
    [
        ("xe-khong-che-chan", "cong-an"),
        ("khai-thac-khoang-san", "cong-an"),
        ("do-thai-sai-cho", "phong-tai-nguyen-moi-truong"),
        ("co-so-gay-o-nhiem", "phong-tai-nguyen-moi-truong"),
        ("chat-thai-chan-nuoi", "phong-kinh-te"),
        ("khai-thac-tai-nguyen-rung", "phong-kinh-te"),
        ("vo-thuoc-tru-sau", "ubnd-xa-phuong"),
    ],
)
def test_bim_son_names_who_handles_what(name: str, handler: str):
    assert violation("bim-son", name).handled_by == (handler,)


# --- the catalogue -----------------------------------------------------------------------------


def users_of(indicator: str) -> set[str]:
    return {
        key for key in packs() for each in shipped_pack(key).targets if each.indicator == indicator
    }


@pytest.mark.parametrize(
    ("indicator", "plans"),
    [
        ("ho-phan-loai-rac", {"ha-dong", "cam-giang"}),
        ("rac-sinh-hoat-thu-gom-xu-ly", {"ha-dong", "cam-giang"}),
        ("dien-tich-trong-trot-gap-huu-co", {"tan-ky", "cam-giang"}),
        ("dot-rom-ra", {"ha-dong", "tan-ky", "cam-giang"}),
        ("don-vi-co-ke-hoach", {"ha-dong", "bim-son"}),
    ],
)
def test_plans_that_count_alike_share_an_indicator(indicator: str, plans: set[str]):
    assert users_of(indicator) == plans


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dien-tich-trong-trot-gap-huu-co", "dien-tich-nong-nghiep-tieu-chuan-xanh"),
        (
            "dien-tich-trong-trot-chuan-tren-dat-nong-nghiep",
            "dien-tich-nong-nghiep-tieu-chuan-xanh",
        ),
        ("rac-sinh-hoat-phan-loai-xu-ly", "rac-sinh-hoat-thu-gom-xu-ly"),
        ("chat-thai-ran-do-thi-thu-gom-xu-ly", "rac-sinh-hoat-thu-gom-xu-ly"),
        ("dan-so-do-thi-nuoc-sach", "ho-dung-nuoc-sach"),
        ("ho-chan-nuoi-co-biogas", "chat-thai-chan-nuoi-biogas"),
        ("khoi-luong-vat-lieu-khong-nung", "cong-trinh-khong-nung-tieu-chi-xanh"),
        ("co-quan-phan-loai-rac", "ho-phan-loai-rac"),
        ("ho-ky-cam-ket-phan-loai", "ho-phan-loai-rac"),
    ],
)
def test_plans_that_count_otherwise_say_how(one: str, other: str):
    indicator = shipped_catalogue().get(one)
    assert indicator is not None
    assert indicator.differs_from == other
    assert indicator.differs_how


def test_every_indicator_is_used_by_a_plan():
    assert [each.code for each in shipped_catalogue().indicators if not users_of(each.code)] == []


def test_targets_of_one_indicator_are_asked_with_the_same_units():
    asked: dict[str, set[tuple[str, str | None]]] = {}
    for key in packs():
        for each in shipped_pack(key).targets:
            units = {(ask.part, ask.unit) for ask in each.asks if ask.part != "remark"}
            assert asked.setdefault(each.indicator, units) == units, each.indicator
