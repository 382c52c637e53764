"""Packs from files: what is wrong is said by file, line and entry, all at once, kindly."""

from pathlib import Path

import pytest

from plans import loader, marked_yaml
from plans.loader import load_catalogue, load_pack, packs, shipped_pack
from plans.pack import Measure, Pack
from plans.problems import FIELDS, PackProblems, Problem

GOOD = """\
document:
  key: an-xuan
  kind: Kế hoạch
  number: null
  date: 2026-03-05
  issuer: UBND xã An Xuân
  title: Kế hoạch thử
  commune: {key: xa-an-xuan, name: Xã An Xuân, level: xã, province: null}
  parents: []
  first_year: 2026
  last_year: 2030
  line_count: 40
  source: {line: 1}
units:
  - {key: ubnd, name: UBND xã, kind: committee, source: {line: 3}}
  - {key: cac-thon, name: Các thôn, kind: village, many: true, parent: ubnd, source: {line: 4}}
targets:
  - key: ho-phan-loai
    name: Hộ phân loại rác
    indicator: ho-phan-loai-rac
    comparator: ">="
    value: 100
    unit: "%"
    year: 2030
    reported_by: {units: [cac-thon], stated: false}
    reported_in: {duty: bao-cao, stated: true}
    asks:
      - {key: ho, part: numerator, words: "Mấy hộ?", kind: whole, unit: hộ, example: "142", reading: households}
      - {key: tong, part: denominator, words: "Tất cả mấy hộ?", kind: whole, unit: hộ, example: "150"}
    source: {line: [5, 9]}
campaigns:
  - {key: chu-nhat-xanh, name: Chủ nhật xanh, kind: movement, lead: [cac-thon], rhythm: null, measures: [trees], source: {line: 10}}
tasks:
  - {key: don-dep, summary: Dọn dẹp, field: môi trường, lead: [ubnd], source: {line: 11}}
duties:
  - key: bao-cao
    name: Báo cáo năm
    owed_by: [cac-thon]
    to: ubnd
    rhythms: [{every: year, on: "12-20"}]
    period_stated: true
    source: {line: 12}
milestones: []
violations:
  - {key: dot-rom, name: Đốt rơm, category: burning, handled_by: [], source: {line: 13}}
outlets: []
routing: {complaints: null, difficulties: null}
notes: []
"""


def pack_file(folder: Path, text: str) -> Path:
    path = folder / "an-xuan.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(PackProblems) as caught:
        load_pack(pack_file(folder, text))
    return caught.value.problems


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def only(problems: tuple[Problem, ...]) -> str:
    assert len(problems) == 1, [str(each) for each in problems]
    return str(problems[0])


def test_a_good_pack_loads_as_it_stands(tmp_path: Path):
    pack = load_pack(pack_file(tmp_path, GOOD))
    assert pack.key == "an-xuan"
    assert pack.document.date == "2026-03-05"
    assert pack.duties[0].rhythms[0].on == "12-20"
    assert pack.targets[0].source.lines == (5, 9)


def test_a_byte_order_mark_is_no_problem(tmp_path: Path):
    assert load_pack(pack_file(tmp_path, "\ufeff" + GOOD)).key == "an-xuan"


def test_a_missing_field_is_named_with_its_entry_its_line_and_an_example(tmp_path: Path):
    said = only(problems_of(tmp_path, changed('    unit: "%"\n', "")))
    assert said == (
        'an-xuan.yaml dòng 18, chỉ tiêu "ho-phan-loai": '
        'thiếu mục "unit" (đơn vị tính). Ghi ví dụ: unit: "%"'
    )


def test_an_unknown_field_offers_the_one_that_was_meant(tmp_path: Path):
    said = only(
        problems_of(tmp_path, changed("    year: 2030\n", "    year: 2030\n    aproximate: true\n"))
    )
    assert "dòng 25" in said
    assert 'có mục lạ "aproximate". Có phải anh/chị định ghi "approximate"?' in said


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("value: 100", "value: một trăm", 22, "phải là một con số, không kèm chữ; đang ghi là"),
        ("kind: committee", "kind: uy-ban", 15, "chỉ nhận một trong các chữ"),
        ("stated: false}", "stated: không}", 25, "chỉ ghi true (có) hoặc false (không)"),
        ('example: "142"', "example: 142", 28, "phải là chữ, số thì để trong ngoặc kép"),
        ("key: don-dep", "key: Dọn dẹp", 34, "viết chưa đúng mẫu"),
        ("first_year: 2026", "first_year: 26", 10, "phải từ 2000 trở lên"),
        ("lead: [ubnd]", "lead: ubnd", 34, "phải là một danh sách trong dấu [ ]"),
        ("units: [cac-thon]", "units: []", 25, "phải có ít nhất một mục"),
        ("source: {line: [5, 9]}", "source: {line: năm}", 30, "phải là"),
        ("issuer: UBND xã An Xuân", "issuer: null", 6, "đang để trống"),
        ("date: 2026-03-05", "date: 2026-13", 5, "là ngày không có trong lịch"),
        ('on: "12-20"', 'on: "02-31"', 40, "là ngày không có trong lịch"),
        ("kind: committee", "kind: phong", 15, "department (phòng, ban)"),
    ],
)
def test_a_wrong_value_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
):
    (problem,) = problems_of(tmp_path, changed(old, new))
    assert problem.line == line
    assert said in problem.words


def test_all_problems_are_told_at_once_in_the_order_of_lines(tmp_path: Path):
    text = changed('    unit: "%"\n', "").replace("kind: committee", "kind: uy-ban")
    assert [each.line for each in problems_of(tmp_path, text)] == [15, 18]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("lead: [ubnd]", "lead: [ubndd]", 34, 'Có phải "ubnd"?'),
        ("lead: [ubnd]", "lead: [uy-ban]", 34, 'chưa có đơn vị nào mang mã "uy-ban"'),
        ("parent: ubnd", "parent: huyen", 16, 'chưa có đơn vị nào mang mã "huyen"'),
        ("parent: ubnd", "parent: cac-thon", 16, "đơn vị nằm dưới chính nó"),
        ("to: ubnd", "to: tinh", 39, 'chưa có đơn vị nào mang mã "tinh"'),
        ("units: [cac-thon]", "units: [to-dan-pho]", 25, 'mang mã "to-dan-pho"'),
        ("indicator: ho-phan-loai-rac", "indicator: ho-phan-loai", 20, "danh mục chưa có chỉ số"),
        ("duty: bao-cao", "duty: bao-cao-quy", 26, "chưa có nghĩa vụ báo cáo nào"),
        ("part: denominator", "part: remark", 27, "chưa hỏi mẫu số"),
        ('comparator: ">="', "comparator: done", 21, "phải có con số"),
        ("value: 100", "value: 120", 22, "phần trăm phải từ 0 đến 100"),
        ("value: 100", "value: null", 22, "thiếu con số phải đạt"),
        ("reading: households", "reading: ho", 28, 'không có đại lượng "ho"'),
        ("measures: [trees]", "measures: [cay]", 32, 'không có đại lượng "cay"'),
        ("key: tong, part", "key: ho, part", 29, 'mã câu hỏi "ho" dùng hai lần'),
        ("source: {line: 11}", "source: {line: 41}", 34, "chỉ có 40 dòng, không có dòng 41"),
        ("last_year: 2030", "last_year: 2025", 11, "năm kết thúc trước năm bắt đầu"),
        ("key: ubnd, name", "key: cac-thon, name", 16, 'mã "cac-thon" dùng hai lần'),
        ('[{every: year, on: "12-20"}]', "[]", 40, "chưa ghi kỳ báo cáo"),
        ("complaints: null", "complaints: {to: [cong-an], source: {line: 2}}", 47, "cong-an"),
        (
            'kind: whole, unit: hộ, example: "142"',
            'kind: yes_no, unit: hộ, example: "có"',
            27,
            "yes_no",
        ),
    ],
)
def test_entries_that_do_not_fit_each_other_are_told(
    tmp_path: Path, old: str, new: str, line: int, said: str
):
    problems = problems_of(tmp_path, changed(old, new))
    assert any(each.line == line and said in each.words for each in problems), [*map(str, problems)]


def test_a_deliverable_has_no_number(tmp_path: Path):
    text = changed("    indicator: ho-phan-loai-rac\n", "    indicator: khu-dan-cu-xanh\n")
    text = text.replace('comparator: ">="', "comparator: done")
    text = text.replace('    unit: "%"\n', "    unit: mô hình\n")
    lines = [line for line in text.split("\n") if "part: denominator" not in line]
    assert "(done) thì không có con số" in only(problems_of(tmp_path, "\n".join(lines)))


def test_confirmed_cases_go_only_with_targets_that_count_cases(tmp_path: Path):
    text = changed(
        "    source: {line: [5, 9]}\n", "    cases_of: [dot-rom]\n    source: {line: 5}\n"
    )
    assert "chỉ chỉ số đo bằng cases" in only(problems_of(tmp_path, text))


def test_cases_of_an_unknown_violation_are_told(tmp_path: Path):
    text = changed(
        "    source: {line: [5, 9]}\n", "    cases_of: [dot-rac]\n    source: {line: 5}\n"
    )
    assert any("dot-rac" in each.words for each in problems_of(tmp_path, text))


OWN = """
indicators:
  - {code: gieng-lang, name: Giếng làng, unit: cái, measure: latest}
"""


def test_a_pack_may_bring_indicators_of_its_own(tmp_path: Path):
    text = changed("indicator: ho-phan-loai-rac", "indicator: gieng-lang") + OWN
    lines = [line for line in text.split("\n") if "part: denominator" not in line]
    pack = load_pack(pack_file(tmp_path, "\n".join(lines)))
    assert pack.indicators[0].measure is Measure.LATEST


def test_an_own_indicator_may_not_take_a_shared_code(tmp_path: Path):
    text = GOOD + OWN.replace("gieng-lang", "ocop-xanh")
    said = only(problems_of(tmp_path, text))
    assert said.startswith('an-xuan.yaml dòng 51, chỉ số "ocop-xanh"')
    assert 'mã chỉ số "ocop-xanh" dùng hai lần' in said


# --- the file itself ---------------------------------------------------------------------------


def test_a_missing_file_is_told_by_its_name(tmp_path: Path):
    with pytest.raises(PackProblems, match=r"kim-mon\.yaml dòng 1: không tìm thấy tệp"):
        load_pack(tmp_path / "kim-mon.yaml")


def test_a_folder_is_no_pack(tmp_path: Path):
    with pytest.raises(PackProblems, match="đây là thư mục"):
        load_pack(tmp_path)


def test_a_file_in_another_encoding_is_told(tmp_path: Path):
    path = tmp_path / "an-xuan.yaml"
    path.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(PackProblems, match="không phải dạng UTF-8"):
        load_pack(path)


@pytest.mark.parametrize("text", ["", "chỉ có chữ", "- một\n- hai\n"])
def test_a_file_without_sections_is_told(tmp_path: Path, text: str):
    assert "Dòng đầu phải là: document:" in only(problems_of(tmp_path, text))


def test_a_tab_is_told_by_line(tmp_path: Path):
    said = only(problems_of(tmp_path, changed("    year: 2030\n", "\tyear: 2030\n")))
    assert said.startswith(
        'an-xuan.yaml dòng 24, chỉ tiêu "ho-phan-loai": dòng bắt đầu bằng phím Tab'
    )


def test_broken_yaml_is_told_by_line(tmp_path: Path):
    said = only(problems_of(tmp_path, changed("measures: [trees]", "measures: [trees")))
    assert said.startswith(
        'an-xuan.yaml dòng 32, phong trào "chu-nhat-xanh": viết chưa đúng cách YAML'
    )


def test_a_field_written_twice_is_told_with_both_lines(tmp_path: Path):
    said = only(
        problems_of(tmp_path, changed("    year: 2030\n", "    year: 2030\n    year: 2031\n"))
    )
    assert said == (
        'an-xuan.yaml dòng 25, chỉ tiêu "ho-phan-loai": '
        'mục "year" ghi hai lần (lần đầu ở dòng 24). Chỉ giữ một'
    )


def test_a_control_character_is_told(tmp_path: Path):
    assert "ký tự lạ" in only(problems_of(tmp_path, changed("Dọn dẹp", "Dọn\x07dẹp")))


def test_an_alias_inside_itself_is_refused():
    assert "lồng nhau quá sâu" in marked_yaml.read("a: &a [*a]\n").faults[0].words


def test_aliases_that_unfold_without_end_are_refused():
    levels = ["l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    levels += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 8)]
    assert "quá nhiều mục" in marked_yaml.read("\n".join(levels)).faults[0].words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("2026-03-05", "2026-03-05"),
        ("12-20", "12-20"),
        ("007", "007"),
        ("7,7", "7,7"),
        ("7.7", 7.7),
        ("-3", -3),
        ("true", True),
        ("null", None),
        ("~", None),
        ('"142"', "142"),
        ('""', ""),
    ],
)
def test_words_stay_words(text: str, value: object):
    assert marked_yaml.read(f"on: {text}").data == {"on": value}


# --- shipped files -----------------------------------------------------------------------------


def test_shipped_packs_are_read_once():
    assert shipped_pack("ha-dong") is shipped_pack("ha-dong")


def test_an_unknown_pack_is_a_key_error():
    with pytest.raises(KeyError):
        shipped_pack("kim-mon")


def test_a_shipped_pack_is_found_by_its_own_key():
    assert all(shipped_pack(key).key == key for key in packs())


def test_a_packs_json_comes_back_as_the_same_pack():
    for key in packs():
        pack = shipped_pack(key)
        assert Pack.model_validate(pack.model_dump(mode="json")) == pack


def test_the_catalogue_tells_a_ratio_without_its_parts(tmp_path: Path):
    path = tmp_path / "indicators.yaml"
    path.write_text("indicators:\n  - {code: a, name: A, unit: '%', measure: ratio}\n", "utf-8")
    with pytest.raises(PackProblems, match='dòng 2, chỉ số "a": chỉ số tỷ lệ phải nói rõ'):
        load_catalogue(path)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("differs_from: b, differs_how: khác", 'chưa có chỉ số "b"'),
        ("differs_how: khác", "phải đi cùng nhau"),
    ],
)
def test_the_catalogue_tells_a_difference_from_nothing(tmp_path: Path, entry: str, said: str):
    path = tmp_path / "indicators.yaml"
    path.write_text(
        f"indicators:\n  - {{code: a, name: A, unit: cái, measure: sum, {entry}}}\n", "utf-8"
    )
    with pytest.raises(PackProblems, match=said):
        load_catalogue(path)


def test_every_field_of_the_schema_has_a_vietnamese_name():
    fields: set[str] = set()

    def collect(schema: dict[str, object]) -> None:
        for name, each in schema.items():
            if name == "properties" and isinstance(each, dict):
                fields.update(each)
            for part in each.values() if isinstance(each, dict) else ():
                if isinstance(part, dict):
                    collect(part)
            if isinstance(each, dict):
                collect(each)

    collect(Pack.model_json_schema())
    assert {"unit", "asks", "rhythms", "differs_how"} <= fields
    assert fields - set(FIELDS) == set()


def test_the_shipped_files_are_where_the_loader_looks():
    assert loader.CATALOGUE_FILE.is_file()
