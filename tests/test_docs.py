"""The docs say what is in the tree: settings, words, commands, links; and nothing that belongs to one machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.cli import app
from bot.settings import PREFIX, Settings
from bot.settings_table import with_table

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ROOMS = ("plans", "storage", "bot", "office")

_LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")
_DECISION_NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
_MENTION = re.compile(r"docs/(?:[a-z0-9-]+/)*[a-z0-9-]+(?:\.md)?")
_COMMAND = re.compile(r"\bsoxanh ((?:[a-z]+)(?: [a-z]+)?)")


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def tracked() -> list[Path]:
    """Every file of the tree that is text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [path for name in listed if (path := ROOT / name).is_file() and _is_text(path)]


def _is_text(path: Path) -> bool:
    return b"\0" not in path.read_bytes()[:8000]


def code() -> str:
    """All that the four rooms say."""
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


# --- settings and words ------------------------------------------------------------------------


def test_every_setting_stands_in_the_officials_guide():
    """The table there is what the settings themselves give; `python -m bot.settings_table` writes it."""
    page = (DOCS / "official.md").read_text(encoding="utf-8")
    assert with_table(page) == page
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in page


def test_settings_that_pages_speak_of_exist():
    """A name in the docs that no setting has would send somebody searching."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {"SOXANH_DEBUG"}
    for page in pages():
        named = set(re.findall(r"SOXANH_[A-Z0-9_]+[A-Z]", page.read_text(encoding="utf-8")))
        assert {name for name in named - known if not _begins_some(name, known)} == set(), page.name


def _begins_some(name: str, known: set[str]) -> bool:
    """ "SOXANH_ZALO_…" stands for all that begin so."""
    return any(each.startswith(f"{name}_") for each in known)


def glossary() -> Iterator[tuple[str, str]]:
    """(Vietnamese, code word) of every row."""
    for line in (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[1].startswith("`"):
            for word in re.findall(r"`([^`]+)`", cells[1]):
                yield cells[0], word


def test_every_code_word_of_the_glossary_exists():
    """As a name in the code of the four rooms."""
    text = code()
    rows = list(glossary())
    assert len(rows) > 50
    assert [word for _, word in rows if not re.search(rf"\b{re.escape(word)}\b", text)] == []


def test_the_glossary_keeps_one_word_per_thing():
    """No code word stands for two Vietnamese ones."""
    words = [word for _, word in glossary()]
    assert sorted({word for word in words if words.count(word) > 1}) == []


# --- decisions and links -----------------------------------------------------------------------


def test_decisions_are_numbered_once_and_say_how_they_stand():
    """0001-rooms-and-arrows.md begins with "# 0001 · " and a status."""
    numbers = []
    for page in sorted((DOCS / "decisions").iterdir()):
        named = _DECISION_NAME.fullmatch(page.name)
        assert named, page.name
        numbers.append(named[1])
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {named[1]} · "), page.name
        assert "\nStatus: " in text, page.name
    assert len(set(numbers)) == len(numbers)
    assert {"0001", "0002"} <= set(numbers)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    """Every relative link of a page names a file or folder."""
    wrong = [
        link
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert wrong == []


def test_pages_that_the_code_names_exist():
    """A docstring that sends a reader to docs/… sends them to a page."""
    texts = {path: path.read_text(encoding="utf-8") for path in tracked() if path.suffix == ".py"}
    wrong = sorted(
        {
            f"{path.relative_to(ROOT)}: {name}"
            for path, text in texts.items()
            if path.name != "test_docs.py"
            for name in _MENTION.findall(text)
            if not _exists(name)
        }
    )
    assert wrong == []


def _exists(name: str) -> bool:
    """A file, a folder, or the beginning of a decision's name ("docs/decisions/0007")."""
    if (ROOT / name).exists():
        return True
    path = ROOT / name
    return path.parent.is_dir() and any(path.parent.glob(f"{path.name}-*.md"))


def test_files_that_pages_name_exist():
    """`bot/handlers/receive.py` and the like, in backticks."""
    named = re.compile(r"`((?:bot|plans|storage|office|tests|benchmarks|deploy)/[\w/.*-]*)`")
    wrong = [
        f"{page.name}: {name}"
        for page in pages()
        for name in named.findall(page.read_text(encoding="utf-8"))
        if not list(ROOT.glob(name.rstrip("/")))
    ]
    assert wrong == []


# --- commands ----------------------------------------------------------------------------------


def commands() -> set[str]:
    """Every command of the program: "plan", "plan show", …"""
    root: Any = typer.main.get_command(app)
    found = set()
    for name, command in root.commands.items():
        found.add(name)
        found |= {f"{name} {below}" for below in getattr(command, "commands", {})}
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_commands_that_pages_show_exist(page: Path):
    """A command that was renamed is found here."""
    known = commands()
    groups = {name.split()[0] for name in known if " " in name}
    wrong = []
    for shown in _COMMAND.findall(page.read_text(encoding="utf-8")):
        first = shown.split()[0]
        if first not in known or (first in groups and " " in shown and shown not in known):
            wrong.append(shown)
    assert wrong == []


def test_the_readme_shows_how_to_run_and_prove_it_at_its_top():
    """Within the first lines a newcomer sees."""
    top = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:10]
    assert any(line.startswith("make run") for line in top)
    assert any(line.startswith("make test") for line in top)


def test_make_targets_that_pages_show_exist():
    """`make bench` and the like."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in pages():
        for target in re.findall(
            r"^make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), (page.name, target)


# --- what must not be there --------------------------------------------------------------------

_OF_ONE_MACHINE = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.:/~-])/" + "root/",
        r"(?<![\w.:/~-])/" + "work/",
        r"(?<![\w.:/~-])/" + "tmp/",
        r"(?<![\w.:/~-])/" + r"home/\w",
        "py" + r"pi\.org",
        "python" + "hosted",
        "npm" + r"js\.(?:org|com)",
        "index" + "-url",
    )
]


def test_nothing_in_the_tree_belongs_to_one_machine():
    """No path of somebody's disk and no package registry's host, in code, docs and data."""
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for pattern in _OF_ONE_MACHINE
        if pattern.search(line)
    ]
    assert wrong == []
