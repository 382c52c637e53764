"""The program from a terminal: what officials read, what is kept, and the exit status."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from bot.cli import status
from bot.cli_base import OK, PROBLEM, USAGE
from bot.events import Incoming, Text
from storage import inbox
from storage.engine import open_store
from storage.inbox import InboxRow
from storage.tables import invites, obligations, totals, units

DUE = "duty.bao-cao-dinh-ky.due"


@dataclass
class Terminal:
    """A folder with nothing in it and the program in it. `says` runs one command."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    url: str

    def says(self, *args: object, expect: int = OK) -> str:
        """All that a command prints, on one line a sentence; fails unless it ends with `expect`."""
        found = status([str(arg) for arg in args])
        out, err = self.capsys.readouterr()
        assert found == expect, out + err
        assert "Traceback" not in out + err
        return out + err

    def scalars(self, query: object) -> list[object]:
        """What the database holds."""

        async def work() -> list[object]:
            store = open_store(self.url)
            async with store.read() as tx:
                found = list(await tx.scalars(query))
            await store.close()
            return found

        return asyncio.run(work())

    def write(self, work: Callable[..., object]) -> None:
        """Change the database behind the program's back."""

        async def change() -> None:
            store = open_store(self.url)
            async with store.begin() as tx:
                await work(tx)  # type: ignore[misc]  # every `work` here is a coroutine function
            await store.close()

        asyncio.run(change())


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """See `Terminal`; no setting of the developer's own reaches it."""
    url = f"sqlite:///{tmp_path / 'soxanh.db'}"
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_TOKEN", "SECRET_KEY", "PUBLIC_URL", "DEBUG"):
        monkeypatch.delenv(f"SOXANH_{name}", raising=False)
    monkeypatch.setenv("SOXANH_DATABASE_URL", url)
    monkeypatch.setenv("SOXANH_DATA_DIR", str(tmp_path / "data"))
    return Terminal(tmp_path, capsys, url)


def fill_sheet(
    path: Path, *, villages: list[tuple[object, ...]], people: list[tuple[object, ...]]
) -> None:
    """Type rows into the sheet that `units template` wrote."""
    book = load_workbook(path)
    for name, rows in (("Đơn vị", villages), ("Người", people)):
        for number, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                book[name].cell(row=number, column=column, value=value)
    book.save(path)


# --- plans -----------------------------------------------------------------------------------


def test_a_plan_without_mistakes_is_counted(terminal: Terminal):
    """All five shipped plans are right, and no database is made to say so."""
    for key in ("ha-dong", "tan-ky", "cam-giang", "an-hung", "bim-son"):
        assert "không có lỗi" in terminal.says("plan", "check", key)
    assert not (terminal.folder / "soxanh.db").exists()


def test_every_mistake_of_a_plan_is_shown_with_its_line(terminal: Terminal):
    """Two slips in one file: both come out, each with line, entry and what to write."""
    shipped = Path(__file__).parents[1] / "plans" / "packs" / "ha-dong.yaml"
    lines = shipped.read_text(encoding="utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines) if line.strip() == "value: 100"][:2]
    lines[numbers[0]] = "    value: một trăm"
    lines[numbers[1]] = "    valeu: 100"
    (terminal.folder / "mine.yaml").write_text("\n".join(lines), encoding="utf-8")
    shown = terminal.says("plan", "check", "mine.yaml", expect=PROBLEM)
    assert "mine.yaml" in shown
    assert "ho-phan-loai-rac" in shown
    assert "valeu" in shown
    for number in numbers:
        assert re.search(rf"\b{number + 1}\b", shown)


def test_a_missing_file_is_said_kindly(terminal: Terminal):
    """No traceback, and what to look at."""
    assert "không tìm thấy tệp" in terminal.says("plan", "check", "none.yaml", expect=PROBLEM)
    assert "Có sẵn: an-hung" in terminal.says("plan", "show", "nowhere", expect=PROBLEM)


def test_a_shipped_plan_is_shown_without_a_database(terminal: Terminal):
    """Targets with goal, reporter and time; what the plan does not name is marked."""
    shown = terminal.says("plan", "show", "ha-dong")
    assert "từ 100 %, năm 2030" in shown
    assert "Các thôn (đề xuất)" in shown
    assert "6 tháng: chưa có hạn" in shown
    assert not (terminal.folder / "soxanh.db").exists()


def test_the_plans_own_day_is_shown(terminal: Terminal):
    """Bỉm Sơn reports before 20 December."""
    assert "hằng năm: trước 20/12" in terminal.says("plan", "show", "bim-son")


def test_all_of_a_plan_is_shown_on_request(terminal: Terminal):
    """Movements, routing of breaches, and what the office should settle, with the command."""
    shown = terminal.says("plan", "show", "ha-dong", "--all")
    assert "Ngày Chủ nhật xanh" in shown
    assert "cần bổ sung" in shown
    assert f"soxanh office set {DUE} half_year=20/6 year=20/12" in shown
    assert "kế hoạch không nêu (theo tên gọi: Chủ nhật)" in shown
    assert "soxanh office set duty.van-phong-tong-hop.periods quarter" in shown


def test_a_plan_is_taken_in_and_taken_in_again_with_its_changes(terminal: Terminal):
    """The second import of the same says so; a changed one says what changed, in words."""
    assert "Đã nạp “Kế hoạch chuyển đổi xanh xã Hà Đông" in terminal.says(
        "plan", "import", "ha-dong"
    )
    assert "không có gì thay đổi" in terminal.says("plan", "import", "ha-dong")
    shipped = Path(__file__).parents[1] / "plans" / "packs" / "ha-dong.yaml"
    text = shipped.read_text(encoding="utf-8").replace(
        "name: Hội Nông dân,", "name: Hội Nông dân xã,"
    )
    (terminal.folder / "changed.yaml").write_text(text, encoding="utf-8")
    shown = terminal.says("plan", "import", "changed.yaml")
    assert "1 chỗ thay đổi" in shown
    assert "Hội Nông dân xã" in shown
    assert terminal.scalars(select(units.c.name).where(units.c.code == "hoi-nong-dan")) == [
        "Hội Nông dân xã"
    ]


def test_plans_are_listed_with_what_was_taken_in(terminal: Terminal):
    """Imported ones with the day, shipped ones without."""
    terminal.says("plan", "import", "tan-ky")
    shown = terminal.says("plan", "list")
    assert re.search(r"tan-ky.*đã nạp", shown)
    assert re.search(r"ha-dong.*chưa nạp", shown)


# --- units and codes -------------------------------------------------------------------------


def test_units_go_out_as_a_sheet_and_come_back_with_codes_to_print(terminal: Terminal):
    """Template, filled, imported; everybody gets a code, on the screen and on paper."""
    terminal.says("plan", "import", "ha-dong")
    terminal.says("units", "template", "ds.xlsx", "--plan", "ha-dong")
    fill_sheet(
        terminal.folder / "ds.xlsx",
        villages=[("Thôn Đồng Mẫu", "Các thôn", None, "Đồng Mẫu", 215)],
        people=[("Nguyễn Thị Ví Dụ", "Thôn Đồng Mẫu", "Người báo cáo", 1, "0900000001")],
    )
    shown = terminal.says("units", "import", "ds.xlsx", "--plan", "ha-dong", "--invites", "ma.xlsx")
    assert "thêm 1 đơn vị" in shown
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", shown)
    assert code is not None
    assert terminal.scalars(select(invites.c.code)) == [code.group().replace("-", "")]
    paper = load_workbook(terminal.folder / "ma.xlsx").active
    printed = [[cell.value for cell in row] for row in paper.iter_rows(min_row=4)]
    assert printed[0][:4] == ["Nguyễn Thị Ví Dụ", "Thôn Đồng Mẫu", "người báo cáo", code.group()]
    listed = terminal.says("units", "list")
    assert "Nguyễn Thị Ví Dụ (người báo cáo, chưa vào chat)" in listed


def test_all_mistakes_of_a_sheet_come_at_once_by_cell_and_nothing_is_taken_in(terminal: Terminal):
    """A good village beside two mistakes stays out too."""
    terminal.says("plan", "import", "ha-dong")
    terminal.says("units", "template", "ds.xlsx")
    fill_sheet(
        terminal.folder / "ds.xlsx",
        villages=[
            ("Thôn Đồng Mẫu", "Các thôn", None, None, 215),
            ("Thôn Hai", "Các thônn", None, None, "nhiều"),
        ],
        people=[("Trần Văn Ví Dụ", "Thôn Không Có", "Người báo cáo", 1, None)],
    )
    before = terminal.scalars(select(units.c.code))
    shown = terminal.says("units", "import", "ds.xlsx", expect=PROBLEM)
    assert "Có 3 chỗ phải sửa" in shown
    for cell in ("B3", "E3", "B2"):
        assert cell in shown
    assert terminal.scalars(select(units.c.code)) == before


def test_a_sheet_is_never_written_over(terminal: Terminal):
    """The filled one would be lost."""
    terminal.says("plan", "import", "ha-dong")
    terminal.says("units", "template", "ds.xlsx")
    assert "Chọn tên khác" in terminal.says("units", "template", "ds.xlsx", expect=PROBLEM)


def test_units_need_their_plan_first(terminal: Terminal):
    """The sentence says which command comes before."""
    shown = terminal.says("units", "import", "ds.xlsx", "--plan", "ha-dong", expect=PROBLEM)
    assert "soxanh plan import ha-dong" in shown


def test_an_invite_finds_its_unit_without_accents_and_draws_a_qr_code(terminal: Terminal):
    """A PNG that begins as PNGs do, and one code in the store."""
    terminal.says("plan", "import", "ha-dong")
    shown = terminal.says("invite", "hoi phu nu", "reporter", "--name", "Chị Mẫu", "--qr", "qr.png")
    assert "Hội Liên hiệp Phụ nữ" in shown
    assert (terminal.folder / "qr.png").read_bytes().startswith(b"\x89PNG")
    assert len(terminal.scalars(select(invites.c.code))) == 1


def test_an_unknown_unit_or_role_offers_near_ones(terminal: Terminal):
    """Nothing is made for it."""
    terminal.says("plan", "import", "ha-dong")
    assert "Hội Nông dân" in terminal.says("invite", "hoi nong dam", expect=PROBLEM)
    assert "reporter (người báo cáo)" in terminal.says("invite", "ubnd", "boss", expect=PROBLEM)
    assert terminal.scalars(select(invites.c.code)) == []


# --- the office ------------------------------------------------------------------------------


def test_a_due_day_set_by_the_office_reaches_what_is_owed_and_what_is_shown(terminal: Terminal):
    """At once, marked as the commune's own word, and taken back by unset."""
    terminal.says("plan", "import", "ha-dong")
    assert "đặt)" not in terminal.says("plan", "show", "ha-dong")
    every = "year=20/12@17:00 half_year=20/12@17:00".split()
    assert "ngày 20/12, 17:00" in terminal.says("office", "set", DUE, *every)
    assert "đặt)" in terminal.says("plan", "show", "ha-dong")
    due = set(terminal.scalars(select(obligations.c.due_at)))
    assert len(due) >= 1
    assert None not in due
    terminal.says("office", "unset", DUE)
    assert set(terminal.scalars(select(obligations.c.due_at))) == {None}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (DUE, "half_year=31/6", "Không có ngày “31/6”"),
        (DUE, "half_year=20/6@25:00", "Không có giờ"),
        (DUE, "fortnight=20/6", "không phải kỳ báo cáo"),
        (DUE, "20/6", "thiếu dấu bằng"),
        ("duty.khong-co.due", "year=20/12", "không phải báo cáo"),
        ("duty.bao-cao-dinh-ky.periods", "year,decade", "không phải kỳ báo cáo"),
        ("route.dot-rom-ra", "khong-co", "không phải đơn vị"),
        ("route.khong-co", "ubnd", "không phải loại vi phạm"),
        ("quiet_hours", "đêm", "ví dụ: 20:30-06:30"),
        ("quiet_hours", "20:30-20:30", "phải có độ dài"),
        ("periods.cutoff", "monthly", "không phải cách chốt số liệu"),
        ("colour", "green", "Không có mục “colour”"),
    ],
)
def test_what_the_office_cannot_set_is_refused_with_an_example(
    terminal: Terminal, key: str, value: str, said: str
):
    """And nothing is kept."""
    terminal.says("plan", "import", "ha-dong")
    shown = terminal.says("office", "set", key, value, expect=PROBLEM)
    assert said in shown
    assert "Ví dụ: soxanh office set" in shown
    assert "chưa đặt gì thêm" in terminal.says("office", "show")


@pytest.mark.parametrize(
    ("key", "values", "shown"),
    [
        (DUE, ["any=+3"], "any: 3 ngày làm việc sau khi chốt số liệu"),
        (DUE, ['{"year": {"on": "12-20"}}'], "year: ngày 20/12"),
        ("duty.phong-kinh-te-dinh-ky.periods", ["quy,nam"], "quarter, year"),
        ("periods.cutoff", ["calendar"], "calendar"),
        ("route.dot-rom-ra", ["phong-kinh-te"], "phong-kinh-te"),
        ("quiet_hours", ["21:00-06:00"], "21:00-06:00"),
    ],
)
def test_what_the_office_sets_is_kept_and_shown(
    terminal: Terminal, key: str, values: list[str], shown: str
):
    """Short forms and JSON alike; a second time changes nothing."""
    terminal.says("plan", "import", "ha-dong")
    assert shown in terminal.says("office", "set", key, *values)
    assert "từ trước" in terminal.says("office", "set", key, *values)
    assert shown in terminal.says("office", "show")


def test_the_doctor_names_a_commune_that_nobody_looks_after_as_a_whole(terminal: Terminal):
    """A role in an office reaches no village; the line goes once a reviewer of the commune is invited."""
    terminal.says("migrate")
    terminal.says("plan", "import", "ha-dong")
    assert 'soxanh invite "Xã Hà Đông" reviewer' in terminal.says("doctor", expect=PROBLEM)
    terminal.says("invite", "Văn phòng HĐND và UBND", "reviewer")
    assert "Cán bộ Xã Hà Đông" in terminal.says("doctor", expect=PROBLEM)
    terminal.says("invite", "Xã Hà Đông", "reviewer")
    assert "Cán bộ Xã Hà Đông" not in terminal.says("doctor")


def test_several_communes_must_be_told_apart(terminal: Terminal):
    """Hà Đông and Tân Kỳ in one installation."""
    terminal.says("plan", "import", "ha-dong")
    terminal.says("plan", "import", "tan-ky")
    assert "--commune" in terminal.says(
        "office", "set", "quiet_hours", "21:00-06:00", expect=PROBLEM
    )
    terminal.says("office", "set", "quiet_hours", "21:00-06:00", "--commune", "xa-ha-dong")
    assert (
        "21:00"
        not in terminal.says("office", "show", "--commune", "xa-tan-ky").split("Đặt bằng")[0]
    )


# --- ticks, recount, quarantine --------------------------------------------------------------


def test_a_tick_is_a_dry_run_unless_asked(terminal: Terminal):
    """With nobody to remind both say so; two moments at once are refused."""
    terminal.says("plan", "import", "ha-dong")
    assert "8:00 ngày 18/12/2026: không ai cần nhắc" in terminal.says(
        "tick", "--at", "2026-12-18T08:00"
    )
    assert "Đã viết 0 tin nhắc" in terminal.says("tick", "--now")
    assert "Chọn một" in terminal.says("tick", "--now", "--at", "2026-12-18", expect=PROBLEM)
    assert "2026-12-18T08:00" in terminal.says("tick", "--at", "18/12", expect=PROBLEM)


def test_recount_finds_a_total_that_was_tampered_with_and_repairs_it(terminal: Terminal):
    """On the demonstration's figures."""
    terminal.says("demo", "--dir", terminal.folder / "xa", "--no-serve")
    terminal.url = f"sqlite:///{terminal.folder / 'xa' / 'demo.db'}"
    with pytest.MonkeyPatch.context() as here:
        here.setenv("SOXANH_DATABASE_URL", terminal.url)
        assert "Tất cả khớp" in terminal.says("recount")

        async def tamper(tx):
            await tx.execute(
                update(totals)
                .where(totals.c.indicator == "dot-rom-ra")
                .values(figures=totals.c.figures + 1)
            )

        terminal.write(tamper)
        assert "dot-rom-ra" in terminal.says("recount", expect=PROBLEM)
        assert "Đã sửa" in terminal.says("recount", "--repair")
        assert "Tất cả khớp" in terminal.says("recount")


def test_messages_set_aside_are_listed_without_their_words_and_tried_again(terminal: Terminal):
    """Operators see what broke and where, never what a citizen wrote."""
    terminal.says("migrate")
    now = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
    said = Incoming(
        channel="webchat", account="local", message_id="1", sender="a", chat="a",
        said=Text("khói mù mịt nhà bà Tư"), sent_at=now,
    )  # fmt: skip
    row = InboxRow(
        channel="webchat", account="local", message_id="1", sender="a",
        body=msgspec.json.encode(said).decode(), state="quarantined", received_at=now,
        error="KeyError at violation.py:80",
    )  # fmt: skip
    terminal.write(lambda tx: inbox.put(tx, [row]))
    shown = terminal.says("quarantine", "list")
    assert "KeyError at violation.py:80" in shown
    assert "9:00 ngày 8/6/2026" in shown
    assert "khói" not in shown
    assert "1 tin sẽ được xử lý lại" in terminal.says("quarantine", "retry")
    assert "Không có tin nào" in terminal.says("quarantine", "list")


def test_migrate_makes_the_database_and_a_key_that_only_its_owner_reads(terminal: Terminal):
    """Twice is as good as once."""
    assert "mới →" in terminal.says("migrate")
    key = terminal.folder / "data" / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text(encoding="ascii")
    assert "đã ở phiên bản mới nhất" in terminal.says("migrate")
    assert key.read_text(encoding="ascii") == before


# --- reading ---------------------------------------------------------------------------------


def test_messages_are_read_from_standard_input_as_utf_8(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
):
    """One object in, one object out, in order, whatever the terminal's own encoding."""
    messages = [
        {"id": "a", "text": "Sáng nay thôn em trồng được 120 cây", "today": "2026-03-01"},
        {"id": "b", "text": "chào em", "today": "2026-03-01"},
    ]
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in messages)
    stdin = io.TextIOWrapper(io.BytesIO(lines.encode()), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", stdin)
    found = [json.loads(line) for line in terminal.says("read", "--jsonl").splitlines()]
    assert [each["id"] for each in found] == ["a", "b"]
    assert found[0]["kind"] == "campaign"
    assert [(value["measure"], value["value"]) for value in found[0]["values"]] == [("trees", 120)]


def test_messages_are_read_with_the_words_of_the_office(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Those that the bot itself reads with, where SOXANH_LEXICON names them."""
    own = tmp_path / "words.yaml"
    own.write_text("units: {mass: {thúng: 20}}\n", encoding="utf-8")
    monkeypatch.setenv("SOXANH_LEXICON", str(own))
    line = '{"id": "a", "text": "Sáng nay thu 3 thúng rác", "today": "2026-03-01"}'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line.encode())))
    (value,) = json.loads(terminal.says("read", "--jsonl"))["values"]
    assert value == {"measure": "waste_kg", "value": 60}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'{"id": "a"}\n', "Dòng 1"), ("{}".encode("utf-16"), "UTF-8"), (b"not json", "Dòng 1")],
)
def test_lines_that_are_no_messages_are_named(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
):
    """By number, so that the file can be mended."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert said in terminal.says("read", "--jsonl", expect=PROBLEM)


# --- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["plan", "check"], "Còn thiếu"),
        (["plan", "chekc"], "Không có lệnh"),
        (["tick", "--when", "now"], "Không có tùy chọn"),
    ],
)
def test_a_command_written_wrongly_ends_with_2(terminal: Terminal, args: list[str], said: str):
    """And says where help is."""
    shown = terminal.says(*args, expect=USAGE)
    assert said in shown
    assert "--help" in shown


def test_a_wrong_setting_is_named_with_an_example(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
):
    """Before anything is opened."""
    monkeypatch.setenv("SOXANH_PORT", "eighty")
    shown = terminal.says("plan", "list", expect=PROBLEM)
    assert "SOXANH_PORT=8080" in shown


def test_another_kind_of_database_is_refused_in_words(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
):
    """MySQL is not spoken here."""
    monkeypatch.setenv("SOXANH_DATABASE_URL", "mysql://here/db")
    assert "SOXANH_DATABASE_URL" in terminal.says("plan", "list", expect=PROBLEM)


def test_a_database_that_is_no_database_leads_to_the_doctor(terminal: Terminal):
    """A text file under its name."""
    (terminal.folder / "soxanh.db").write_text("not a database, " * 100, encoding="utf-8")
    assert "soxanh doctor" in terminal.says("plan", "list", expect=PROBLEM)


def test_with_debug_developers_see_everything(terminal: Terminal, monkeypatch: pytest.MonkeyPatch):
    """The same failure, raised as it is."""
    monkeypatch.setenv("SOXANH_DEBUG", "1")
    (terminal.folder / "soxanh.db").write_text("not a database, " * 100, encoding="utf-8")
    with pytest.raises(Exception, match="not a database"):
        status(["plan", "list"])


def test_help_lists_every_command_in_vietnamese(terminal: Terminal):
    """No command without a sentence."""
    shown = terminal.says("--help")
    for command in (
        "plan", "units", "invite", "office", "recount", "tick", "demo",
        "doctor", "run", "read", "migrate", "quarantine",
    ):  # fmt: skip
        assert re.search(rf"│ {command}\s+\S", shown)
