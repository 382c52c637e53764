"""What can be wrong with a pack, said so that the official who wrote it can mend it.

The sentences are Vietnamese because they are read by whoever keeps the commune's plan file
(`soxanh plan check`); each names file, line, entry and field, and shows an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from plans.marked_yaml import Path


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend: in which file, on which line (from 1), in which entry, in what words."""

    file: str
    line: int
    entry: str
    words: str

    def __str__(self) -> str:
        where = f"{self.file} dòng {self.line}"
        return f"{where}, {self.entry}: {self.words}" if self.entry else f"{where}: {self.words}"


class PackProblems(Exception):
    """The pack cannot be used as it is; `problems` lists everything to mend, in the order of lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(each) for each in self.problems))


SECTIONS: Mapping[str, str] = {
    "document": "văn bản",
    "units": "đơn vị",
    "targets": "chỉ tiêu",
    "campaigns": "phong trào",
    "tasks": "nhiệm vụ",
    "duties": "nghĩa vụ báo cáo",
    "milestones": "mốc sơ kết, tổng kết",
    "violations": "loại vi phạm",
    "outlets": "kênh truyền thông",
    "routing": "nơi tiếp nhận",
    "notes": "ghi chú",
    "indicators": "chỉ số",
}
"""The sections of a pack by their Vietnamese names."""

FIELDS: dict[str, tuple[str, str]] = {
    "key": ("mã ngắn, chữ thường không dấu", "ho-phan-loai-rac"),
    "code": ("mã chỉ số, chữ thường không dấu", "ho-phan-loai-rac"),
    "name": ("tên", '"Hộ phân loại rác tại nhà"'),
    "kind": ("loại", "village"),
    "source": ("dòng của văn bản gốc", "{line: 51}"),
    "line": ("số dòng của văn bản gốc", "51"),
    "line_count": ("số dòng của văn bản gốc", "432"),
    "level": ("cấp", "xã"),
    "province": ("tỉnh, thành phố", "Hải Phòng"),
    "number": ("số hiệu", '"15-CT/ĐU"'),
    "date": ("ngày ban hành", '"2026-03-05"'),
    "issuer": ("cơ quan ban hành", "UBND xã Hà Đông"),
    "title": ("tên văn bản", '"Kế hoạch chuyển đổi xanh"'),
    "commune": ("xã, phường của kế hoạch", "{key: xa-ha-dong, name: Xã Hà Đông, level: xã}"),
    "parents": ("văn bản cấp trên", "[]"),
    "first_year": ("năm bắt đầu", "2026"),
    "last_year": ("năm kết thúc", "2030"),
    "vision_year": ("năm tầm nhìn", "2050"),
    "many": ("đại diện cho nhiều đơn vị", "true"),
    "parent": ("đơn vị cấp trên", "ubnd"),
    "aliases": ("tên gọi khác", '["CN xanh"]'),
    "role": ("vai trò", '"Thu gom rác"'),
    "indicator": ("mã chỉ số trong danh mục chung", "ho-phan-loai-rac"),
    "comparator": ("cách so với chỉ tiêu", '">="'),
    "value": ("con số phải đạt", "100"),
    "unit": ("đơn vị tính", '"%"'),
    "year": ("năm phải đạt", "2030"),
    "approximate": ("con số có chữ khoảng", "true"),
    "reported_by": ("ai báo cáo", "{units: [cac-thon], stated: false}"),
    "reported_in": ("báo cáo trong kỳ nào", "{duty: bao-cao-dinh-ky, stated: true}"),
    "units": ("các đơn vị", "[cac-thon]"),
    "stated": ("kế hoạch có ghi hay không", "false"),
    "duty": ("mã nghĩa vụ báo cáo", "bao-cao-dinh-ky"),
    "asks": ("câu hỏi khi báo cáo", "xem chỉ tiêu khác trong cùng tệp"),
    "cases_of": ("loại vi phạm được đếm cùng", "[dot-rom-ra]"),
    "part": ("câu trả lời là tử số hay mẫu số", "numerator"),
    "words": ("lời câu hỏi", '"Thôn mình có bao nhiêu hộ phân loại rác?"'),
    "example": ("câu trả lời mẫu, để trong ngoặc kép", '"142"'),
    "reading": ("tên đại lượng đọc được từ tin nhắn", "households"),
    "measure": ("cách đo", "ratio"),
    "numerator": ("tử số là gì", '"Số hộ phân loại rác"'),
    "denominator": ("mẫu số là gì", '"Tổng số hộ"'),
    "flow": ("cộng dồn các kỳ trong năm", "true"),
    "differs_from": ("chỉ số gần giống", "ho-phan-loai-rac"),
    "differs_how": ("khác ở chỗ nào", '"Đếm hộ, không đếm khối lượng"'),
    "lead": ("đơn vị chủ trì", "[phong-kinh-te]"),
    "support": ("đơn vị phối hợp", "[cac-thon]"),
    "rhythm": ("nhịp lặp lại", "{every: week, weekday: [5]}"),
    "rhythms": ("các kỳ báo cáo", "[{every: half_year}, {every: year}]"),
    "every": ("bao lâu một lần", "year"),
    "weekday": ("thứ trong tuần, thứ Hai là 1", "[5]"),
    "on_weekdays": ("thứ trong tuần, thứ Hai là 1", "[7]"),
    "part_of_day": ("buổi", "afternoon"),
    "on": ("ngày trong năm, tháng trước ngày sau", '"12-30"'),
    "before": ("trước ngày nào, tháng trước ngày sau", '"12-20"'),
    "measures": ("các đại lượng được đếm", "[participants, trees]"),
    "about": ("nói rõ thêm", '"Dọn vệ sinh đường thôn"'),
    "summary": ("tóm tắt nhiệm vụ", '"Rà soát các cơ sở sản xuất"'),
    "field": ("lĩnh vực", "nông nghiệp"),
    "output": ("kết quả phải có", '"Danh sách cơ sở"'),
    "owed_by": ("ai phải báo cáo", "[cac-thon]"),
    "to": ("báo cáo ai", "ubnd"),
    "also_to": ("còn gửi ai", "[dang-uy]"),
    "via": ("gửi qua ai", "van-phong"),
    "on_request": ("chỉ báo cáo khi có yêu cầu", "true"),
    "period_stated": ("kế hoạch có ghi rõ kỳ báo cáo", "true"),
    "category": ("nhóm vi phạm", "burning"),
    "handled_by": ("ai phải xử lý", "[cong-an-xa]"),
    "watched_by": ("ai kiểm tra, giám sát", "[phong-kinh-te]"),
    "run_by": ("ai vận hành", "[trung-tam-dich-vu]"),
    "complaints": ("nơi nhận phản ánh của người dân", "null"),
    "difficulties": ("nơi nhận khó khăn, vướng mắc", "null"),
    "text": ("nội dung", '"Kế hoạch bỏ trống ngày ký"'),
} | {name: (f"phần {words}", "[]") for name, words in SECTIONS.items() if name != "units"}
"""Each field of the schema: what it is called in Vietnamese, and an example as it is written."""
FIELDS |= {
    "document": ("phần văn bản", "xem tệp kế hoạch khác"),
    "routing": ("phần nơi tiếp nhận", "{complaints: null, difficulties: null}"),
}

CHOICES: Mapping[str, str] = {
    "commune": "cả xã",
    "party": "cơ quan Đảng",
    "council": "hội đồng nhân dân",
    "committee": "ủy ban",
    "office": "văn phòng",
    "department": "phòng, ban",
    "service": "trung tâm",
    "front": "mặt trận",
    "association": "hội, đoàn thể",
    "police": "công an",
    "health": "y tế",
    "school": "trường học",
    "village": "thôn, tổ dân phố",
    "ward": "xã, phường dưới thị xã",
    "enterprise": "doanh nghiệp",
    "cooperative": "hợp tác xã",
    "outside": "cơ quan ngoài xã",
    "ratio": "tỷ lệ",
    "sum": "cộng dồn",
    "latest": "số mới nhất",
    "count": "đếm",
    "yes_no": "có hay chưa",
    "cases": "số vụ",
    ">=": "từ, ít nhất",
    "<=": "không quá",
    "=": "đúng bằng",
    "keep": "giữ không giảm",
    "done": "làm xong",
    "whole": "số nguyên",
    "decimal": "số lẻ được",
    "money": "tiền",
    "text": "chữ",
    "numerator": "tử số",
    "denominator": "mẫu số",
    "remark": "ghi thêm",
    "week": "tuần",
    "month": "tháng",
    "quarter": "quý",
    "half_year": "6 tháng",
    "year": "năm",
    "morning": "sáng",
    "afternoon": "chiều",
    "movement": "phong trào",
    "model": "mô hình",
    "contest": "cuộc thi",
    "awareness_day": "ngày lễ, tuần lễ",
    "interim_review": "sơ kết",
    "final_review": "tổng kết",
    "wastewater": "nước thải",
    "burning": "đốt",
    "dumping": "đổ rác",
    "odour_livestock": "mùi, chăn nuôi",
    "noise": "tiếng ồn",
    "dust": "bụi",
    "encroachment": "lấn chiếm",
    "mining": "khai thác khoáng sản",
    "animal_carcass": "xác vật nuôi",
    "pesticide_packaging": "vỏ thuốc trừ sâu",
    "other": "khác",
}
"""Words the schema takes, with what they mean."""


def described(field: str) -> str:
    """`"unit" (đơn vị tính)`, or only the name for a field nobody described."""
    return f'"{field}" ({FIELDS[field][0]})' if field in FIELDS else f'"{field}"'


def example_of(field: str) -> str:
    """` Ghi ví dụ: unit: "%"`, or nothing for a field without an example."""
    return f" Ghi ví dụ: {field}: {FIELDS[field][1]}" if field in FIELDS else ""


def entry_at(path: Path, data: Any) -> str:
    """What people call the entry a path leads into: `chỉ tiêu "ho-phan-loai-rac"`."""
    if not path:
        return ""
    section = SECTIONS.get(str(path[0]), str(path[0]))
    if len(path) < 2 or not isinstance(path[1], int):
        return section
    entry = _within(data, path[:2])
    name = entry.get("key") or entry.get("code") if isinstance(entry, dict) else None
    return f'{section} "{name}"' if name else f"{section} thứ {path[1] + 1}"


def entry_above(text: str, line: int) -> str:
    """The entry that a line stands in or below, found in the bare text; for a file that cannot be read."""
    key = ""
    for each in reversed(text.split("\n")[:line]):
        item = re.match(r" {0,2}- +\{? *(?:key|code): *([\w-]+)", each)
        key = key or (item[1] if item else "")
        section = re.match(r"(\w+):", each)
        if section and section[1] in SECTIONS:
            return f'{SECTIONS[section[1]]} "{key}"' if key else SECTIONS[section[1]]
    return ""


def near(word: str, known: Iterable[str]) -> str:
    """` Có phải "phong-kinh-te"?` for a slip of a known word, or nothing."""
    found = get_close_matches(word, [*known], n=1)
    return f' Có phải "{found[0]}"?' if found else ""


def schema_words(error: Mapping[str, Any], field: str) -> str:
    """One pydantic error in words for the keeper of the file.

    Args:
        error: an item of `ValidationError.errors()`.
        field: the last named field on the way to it.
    """
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "missing":
        return f"thiếu mục {described(field)}.{example_of(field)}"
    if kind == "extra_forbidden":
        near = get_close_matches(field, FIELDS, n=1)
        hint = f' Có phải anh/chị định ghi "{near[0]}"?' if near else " Xóa mục này"
        return f'có mục lạ "{field}".{hint}'
    if kind in ("literal_error", "enum"):
        return f"mục {described(field)} {_one_of(context)}; đang ghi là {_shown(error)}"
    if kind == "string_type" and error.get("input") is None:
        return f"mục {described(field)} đang để trống.{example_of(field)}"
    wanted = _wanted(kind, context)
    return f"mục {described(field)} {wanted}; đang ghi là {_shown(error)}.{example_of(field)}"


def _one_of(context: Mapping[str, Any]) -> str:
    words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
    told = [f"{word} ({CHOICES[word]})" if word in CHOICES else word for word in words]
    return f"chỉ nhận một trong các chữ: {', '.join(told)}"


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    bounds = {
        "greater_than_equal": f"phải từ {context.get('ge')} trở lên",
        "less_than_equal": f"không được quá {context.get('le')}",
        "too_short": "phải có ít nhất một mục trong dấu [ ]",
        "string_too_short": "phải có chữ",
        "string_too_long": f"dài quá {context.get('max_length')} ký tự",
        "string_pattern_mismatch": "viết chưa đúng mẫu",
        "no_such_day": "là ngày không có trong lịch",
    }
    if kind in bounds:
        return bounds[kind]
    if kind.startswith("string"):
        return "phải là chữ, số thì để trong ngoặc kép"
    if kind.startswith(("int", "float", "decimal")):
        return "phải là một con số, không kèm chữ"
    if kind.startswith("bool"):
        return "chỉ ghi true (có) hoặc false (không)"
    if kind.startswith(("tuple", "list")):
        return "phải là một danh sách trong dấu [ ]"
    return "chưa đúng dạng"


def _shown(error: Mapping[str, Any]) -> str:
    given = error.get("input")
    text = "trống" if given is None else str(given)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'


def _within(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data
