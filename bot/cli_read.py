"""`soxanh read --jsonl`: what the bot would read out of messages, one JSON object a line, for scoring."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from bot.cli_base import Problem


def add_to(root: typer.Typer) -> None:
    """Hang this command into the program."""
    root.command("read")(read)


def read(
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Mỗi dòng vào và ra là một đối tượng JSON.")
    ] = False,
    lexicon: Annotated[
        Path | None,
        typer.Option(
            "--lexicon",
            envvar="SOXANH_LEXICON",
            help="Đọc thêm với tệp từ riêng của cơ quan (YAML); không nêu thì lấy SOXANH_LEXICON.",
        ),
    ] = None,
) -> None:
    """Đọc tin nhắn từ đầu vào chuẩn (id, text, today), in ra số liệu, ngày, loại đọc được."""
    from bot.reading.lexicon import LexiconError, load_lexicon
    from bot.reading.predict import BadLineError, predict_jsonl  # with their lexicon

    if not jsonl:
        raise Problem(
            "Thêm [bold]--jsonl[/bold]: mỗi dòng là một tin, ví dụ "
            '{"id": "1", "text": "Sáng nay trồng 120 cây", "today": "2026-03-01"}'
        )
    try:
        for line in predict_jsonl(_lines(), load_lexicon(lexicon)):
            sys.stdout.write(line + "\n")
    except LexiconError as error:
        raise Problem(f"Từ điển riêng chưa dùng được: {escape(str(error))}") from error
    except BadLineError as error:
        raise Problem(f"Dòng {error.number} chưa đúng: {escape(error.why)}") from error
    except UnicodeDecodeError:
        raise Problem("Đầu vào không phải UTF-8. Lưu lại tệp với bảng mã UTF-8.") from None
    finally:
        sys.stdout.flush()


def _lines() -> Iterator[str]:
    """Standard input as UTF-8, whatever the terminal believes."""
    with io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8") as lines:
        yield from lines
