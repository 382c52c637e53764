"""`python -m bot.settings_table docs/official.md`: the table of settings in a guide, made from the settings themselves."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import SecretStr

from bot.settings import PREFIX, Settings

BEGIN = "<!-- settings: python -m bot.settings_table docs/official.md -->"
END = "<!-- /settings -->"


def table() -> str:
    """Every setting as a row: its name in the environment, what it is, its default, an example."""
    rows = ["| setting | what it is | default | example |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "–" if default in (None, "") or isinstance(default, SecretStr) else f"`{default}`"
        example = f"`{field.examples[0]}`" if field.examples else "–"
        words = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{PREFIX}{name.upper()}` | {words} | {shown} | {example} |")
    return "\n".join(rows)


def with_table(page: str) -> str:
    """The page with the table between its two marks.

    Raises:
        ValueError: the page has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    """Write the table into the page named on the command line."""
    path = Path(sys.argv[1])
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
