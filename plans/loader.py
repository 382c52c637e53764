"""Packs read from YAML files: the shipped ones by key, any other by its path."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from plans import marked_yaml
from plans.checks import flaws_of_catalogue, flaws_of_pack
from plans.marked_yaml import Fault, Marked
from plans.pack import Catalogue, Pack
from plans.problems import PackProblems, Problem, entry_above, entry_at, schema_words

PACKS_FOLDER = Path(__file__).parent / "packs"
CATALOGUE_FILE = PACKS_FOLDER / "indicators.yaml"

_Model = TypeVar("_Model", bound=BaseModel)


@cache
def packs() -> tuple[str, ...]:
    """The keys of the shipped packs, in alphabetical order: `("an-hung", "bim-son", …)`."""
    files = PACKS_FOLDER.glob("*.yaml")
    return tuple(sorted(file.stem for file in files if file != CATALOGUE_FILE))


@cache
def shipped_pack(key: str) -> Pack:
    """The shipped pack with this key, read once.

    Raises:
        KeyError: no such pack is shipped; `packs()` lists them.
        PackProblems: the shipped file itself is broken.
    """
    if key not in packs():
        raise KeyError(key)
    return load_pack(PACKS_FOLDER / f"{key}.yaml")


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue of indicators that all packs share, read once."""
    return load_catalogue(CATALOGUE_FILE)


def load_pack(path: Path, catalogue: Catalogue | None = None) -> Pack:
    """Read and check one pack.

    Args:
        path: a YAML file, UTF-8.
        catalogue: the indicators its targets may name; the shipped ones if left out.
            The pack's own `indicators` are added to them.

    Raises:
        PackProblems: anything is wrong; all problems at once, each with file, line, entry and words.
    """
    marked = _marked(path)
    pack = _checked(Pack, marked, path)
    flaws = flaws_of_pack(pack, catalogue or shipped_catalogue())
    _refuse([_problem(path, marked, flaw.path, flaw.words) for flaw in flaws])
    return pack


def load_catalogue(path: Path = CATALOGUE_FILE) -> Catalogue:
    """Read and check a catalogue of indicators; raises as `load_pack` does."""
    marked = _marked(path)
    catalogue = _checked(Catalogue, marked, path)
    flaws = flaws_of_catalogue(catalogue)
    _refuse([_problem(path, marked, flaw.path, flaw.words) for flaw in flaws])
    return catalogue


def _marked(path: Path) -> Marked:
    text = _text(path)
    marked = marked_yaml.read(text)
    _refuse([_slip(path, text, marked, fault) for fault in marked.faults])
    if not isinstance(marked.data, dict):
        words = "tệp không có các phần của một kế hoạch. Dòng đầu phải là: document:"
        _refuse([Problem(path.name, 1, "", words)])
    return marked


def _slip(path: Path, text: str, marked: Marked, fault: Fault) -> Problem:
    entry = entry_at(fault.path, marked.data) if fault.path else entry_above(text, fault.line)
    return Problem(path.name, fault.line, entry, fault.words)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        words = "không tìm thấy tệp. Xem lại tên tệp và thư mục"
    except IsADirectoryError:
        words = "đây là thư mục. Ghi tên tệp .yaml trong đó"
    except PermissionError:
        words = "không có quyền mở tệp. Nhờ người quản máy cho quyền đọc"
    except UnicodeDecodeError:
        words = "tệp không phải dạng UTF-8. Mở tệp rồi lưu lại, chọn bảng mã UTF-8"
    except OSError as error:
        words = f"không mở được tệp ({error.strerror})"
    raise PackProblems([Problem(path.name, 1, "", words)])


def _checked(model: type[_Model], marked: Marked, path: Path) -> _Model:
    try:
        return model.model_validate(marked.data)
    except ValidationError as error:
        problems: dict[marked_yaml.Path, Problem] = {}
        for each in error.errors():
            where = _way(each["loc"], marked.data)
            field = next((str(step) for step in reversed(where) if isinstance(step, str)), "")
            problem = _problem(path, marked, where, schema_words(each, field))
            problems.setdefault(where, problem)  # a union reports each branch: one is enough
        raise PackProblems(list(problems.values())) from None


def _way(location: tuple[int | str, ...], data: Any) -> marked_yaml.Path:
    """Pydantic's location without the names of union branches, which are no part of the file."""
    way: list[str | int] = []
    for position, step in enumerate(location):
        if isinstance(data, dict) and isinstance(step, str):
            if step not in data and position < len(location) - 1:
                continue
            way.append(step)
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            way.append(step)
            data = data[step] if step < len(data) else None
    return tuple(way)


def _problem(path: Path, marked: Marked, where: marked_yaml.Path, words: str) -> Problem:
    return Problem(path.name, marked.line_of(where), entry_at(where, marked.data), words)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise PackProblems(problems)
