"""Four rooms and the arrows between them, read from the imports; and files one can read in one sitting."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("plans", "storage", "bot", "office")

LONGEST_FUNCTION = 50
LONGEST_FILE = 500

MAY_IMPORT = {
    "plans": {"plans"},
    "storage": {"storage", "plans"},
    "office": {"office", "storage", "plans"},
    "bot": {"bot", "storage", "plans"},
}
"""The arrows of the design: bot → storage → plans, office → storage → plans."""

KNOWS_EVERY_ROOM = ("bot/app.py", "bot/cli", "bot/demo", "bot/doctor.py")
"""The composition root and the commands that wire things as it does."""

PURE = ("bot/flows/", "bot/conversation.py", "bot/reading/", "bot/events.py")
"""What is said and understood: values in, values out."""

NOT_FOR_PURE = (
    "storage",
    "office",
    "bot.handlers",
    "bot.channels",
    "bot.desks",
    "bot.app",
    "sqlalchemy",
    "asyncio",
)

PLATFORMS = ("telegram", "aiohttp", "httpx", "zalo")
PLATFORM_ROOMS = ("bot/channels/", "office/", "bot/app.py", "bot/zalo.py", "bot/doctor.py")
"""Channels, the office's own web pages, what wires both to one server, and the doctor, who asks whether they answer."""

NO_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common", "stuff"}

OUTSIDE_STORAGE_LAYER = ("sqlite3", "aiosqlite", "asyncpg", "alembic")
"""Drivers are storage's own affair."""


@dataclass(frozen=True)
class Module:
    """One file of the product: its path from the root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room it stands in."""
        return self.path.split("/", 1)[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, module) of everything it imports, also inside functions; names of packages in full."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node.lineno, alias.name
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}:{node.lineno} imports relatively"
                yield node.lineno, node.module or ""
                for alias in node.names:
                    yield node.lineno, f"{node.module}.{alias.name}"


def _modules() -> list[Module]:
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Module(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return found


MODULES = _modules()


def _within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _known_to_all(module: Module) -> bool:
    return module.path.startswith(KNOWS_EVERY_ROOM)


def test_there_is_something_to_look_at():
    """A test that reads nothing proves nothing."""
    assert {module.room for module in MODULES} == set(ROOMS)
    assert len(MODULES) > 100


def test_arrows_between_rooms_point_one_way():
    """bot → storage → plans and office → storage → plans; only the composition root knows all."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if not _known_to_all(module)
        for line, name in module.imports()
        if name.split(".")[0] in ROOMS and name.split(".")[0] not in MAY_IMPORT[module.room]
    ]
    assert wrong == []


def test_flows_conversation_and_reading_touch_neither_store_nor_channels():
    """What is said can be tested without anything else."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if module.path.startswith(PURE)
        for line, name in module.imports()
        if _within(name, NOT_FOR_PURE)
    ]
    assert wrong == []


def test_platform_libraries_stay_at_the_edge():
    """A channel's library is transport, and appears nowhere else."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if not module.path.startswith(PLATFORM_ROOMS)
        for line, name in module.imports()
        if _within(name, PLATFORMS)
    ]
    assert wrong == []


def test_database_drivers_stay_in_storage():
    """One URL decides between two databases, and nobody else needs to know which."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if module.room != "storage"
        for line, name in module.imports()
        if _within(name, OUTSIDE_STORAGE_LAYER)
    ]
    assert wrong == []


def test_channels_do_not_touch_the_store():
    """A channel verifies and translates; `StoreDesk` and `receive` remember."""
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if module.path.startswith("bot/channels/")
        for line, name in module.imports()
        if _within(name, ("storage", "sqlalchemy", "bot.handlers", "bot.desks", "bot.flows"))
    ]
    assert wrong == []


def test_plans_do_no_io_but_read_their_own_data():
    """Rules are values in, values out; only the loader and the calendar open files."""
    readers = ("plans/loader.py", "plans/calendar.py")
    network = ("socket", "asyncio", "urllib", "http", "requests", "sqlalchemy", "subprocess")
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in MODULES
        if module.room == "plans"
        for line, name in module.imports()
        if _within(name, network)
    ]
    opening = ("open", "read_text", "write_text", "read_bytes", "write_bytes")
    wrong += [
        f"{module.path}:{node.lineno} opens a file"
        for module in MODULES
        if module.room == "plans" and module.path not in readers
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _called(node) in opening
    ]
    assert wrong == []


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def test_no_import_runs_in_a_circle():
    """Imports at the top of files, over all rooms."""
    graph = {_dotted(module.path): _top_imports(module) for module in MODULES}
    circle = _circle(graph)
    assert circle == []


def _dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _top_imports(module: Module) -> set[str]:
    known = {_dotted(each.path) for each in MODULES}
    found: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (names & known) or {node.module}
    return (found & known) - {_dotted(module.path)}


def _circle(graph: dict[str, set[str]]) -> list[str]:
    done: set[str] = set()
    way: list[str] = []

    def visit(name: str) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        way.append(name)
        for other in sorted(graph[name]):
            if found := visit(other):
                return found
        way.pop()
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := visit(name))), [])


# --- sizes and names ---------------------------------------------------------------------------


def test_functions_can_be_taken_in_at_a_glance():
    """At most 50 lines, docstring included."""
    wrong = [
        f"{module.path}:{node.lineno} {node.name} has {length} lines"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
        and not module.path.startswith("storage/migrations/versions/")
    ]
    assert wrong == []


def test_files_can_be_read_in_one_sitting():
    """At most 500 lines; tables and migrations are lists, not stories."""
    lists = ("storage/tables.py", "storage/migrations/versions/")
    wrong = [
        f"{module.path} has {lines} lines"
        for module in MODULES
        if not module.path.startswith(lists) and (lines := module.text.count("\n")) > LONGEST_FILE
    ]
    assert wrong == []


def test_names_say_what_things_are():
    """No module and no class is called a manager, helper or util."""
    wrong = [
        module.path
        for module in MODULES
        if NO_NAMES & set(Path(module.path).stem.lower().split("_"))
    ]
    wrong += [
        f"{module.path}:{node.lineno} {node.name}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        and node.name.lower().endswith(("manager", "helper", "utils", "util"))
    ]
    assert wrong == []


def test_every_module_opens_with_what_it_is():
    """One sentence at least, in every file of the product."""
    wrong = [
        module.path
        for module in MODULES
        if not ast.get_docstring(module.tree)
        and not module.path.startswith("storage/migrations/versions/")
    ]
    assert wrong == []


def test_public_functions_and_classes_say_what_they_mean():
    """A docstring each; what a protocol or a registered command says counts as one."""
    wrong = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in MODULES
        if not module.path.startswith("storage/migrations/")
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert wrong == []


def test_nothing_is_left_for_later():
    """No stub and no mark of unfinished work; a Store's abstract doors are the only bare raises."""
    marks = re.compile(r"\b(TODO|FIXME|HACK|XXX)\b(?!-)|NotImplementedError\(\)")
    wrong = [
        f"{module.path}:{number} {line.strip()}"
        for module in MODULES
        for number, line in enumerate(module.text.splitlines(), start=1)
        if marks.search(line)
    ]
    assert wrong == []


def test_an_exception_to_a_rule_has_its_reason_beside_it():
    """`noqa` and `type: ignore` carry words that say why."""
    wrong = []
    for module in MODULES:
        for number, line in enumerate(module.text.splitlines(), start=1):
            for mark in ("# noqa", "# type: ignore"):
                if mark in line and not _reason(line.split(mark, 1)[1]):
                    wrong.append(f"{module.path}:{number}")
    assert wrong == []


def _reason(rest: str) -> bool:
    words = rest.split("]", 1)[-1] if "]" in rest else rest.lstrip(":").split(" ", 1)[-1]
    return len(words.strip(" #").split()) >= 2


@pytest.mark.parametrize("room", ROOMS)
def test_packages_that_are_shipped_have_an_init(room: str):
    """A folder with modules but without `__init__.py` is left out of what is installed.

    Migrations are no package: Alembic reads them as files, and pyproject.toml ships them as data.
    """
    wrong = [
        folder.relative_to(ROOT).as_posix()
        for folder in {path.parent for path in (ROOT / room).rglob("*.py")}
        if not (folder / "__init__.py").exists() and folder.name != "versions"
    ]
    assert wrong == []


def test_this_runs_on_the_python_it_says():
    """3.11 or newer, as pyproject.toml asks."""
    assert sys.version_info >= (3, 11)
