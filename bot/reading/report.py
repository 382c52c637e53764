"""The report on how well messages are read: `docs/reading.md`, written by `make reading-report`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.reading.predict import predict_jsonl
from bot.reading.scoring import Score, Tally, score
from bot.reading.training import (
    Group,
    cross_validate,
    cross_validate_categories,
    examples,
    generated_examples,
)

# Scores of sets that were written and labelled before the code had seen them, in the order
# of their writing, at the commit of that moment. Later commits have learnt from them.
_FRESH = (
    ("own-a (109)", 0.936, 0.927, 0.991, 0.87, "first rules, hand-set weights"),
    ("own-b (97)", 0.930, 0.907, 0.990, 0.87, "after own-a"),
    ("own-c (72)", 0.945, 0.819, 0.958, 0.60, "after own-b; made of borderline cases"),
    ("own-d (53)", 0.921, 0.887, 0.962, 0.62, "after own-c; made of borderline cases"),
    ("own-e (49)", 0.964, 0.939, 1.000, 0.87, "after own-d"),
    ("own-f (24)", 0.984, 0.917, 1.000, 0.88, "after own-e"),
    ("own-g (100)", 0.949, 0.940, 0.960, 0.76, "after own-f; made of rarer voices and words"),
    ("own-h (100)", 0.928, 0.920, 0.980, 0.80, "after own-f; rarer still"),
    ("own-i (89)", 0.941, 0.921, 0.966, 0.80, "after own-h; as rare"),
    (
        "own-j (60)",
        0.995,
        0.983,
        1.000,
        0.92,
        "after own-i; in the plainer voice of the dev corpus",
    ),
    ("own-k (131)", 0.942, 0.939, 0.954, 0.75, "after own-j; five voices, a third complaints"),
    ("own-l (100)", 0.930, 0.950, 0.980, 0.87, "after own-k, with the words learnt"),
    ("own-m (80)", 0.930, 0.963, 0.988, 0.93, "after own-l and more generated phrases"),
    ("own-n (52)", 0.957, 0.962, 0.942, 0.90, "after own-m"),
)


def write_reading_report(corpus_path: Path, out_path: Path, prose_path: Path | None = None) -> None:
    """Score the corpus and write the report.

    Args:
        corpus_path: the labelled messages (JSON lines); a file `invented-messages.jsonl`
            beside it is scored too and used in cross-validation, as is `generated-phrases.tsv`.
        out_path: the Markdown file to write; what stands above its line "## Scores" is kept.
        prose_path: where to take the text above "## Scores" from, when not `out_path`.
    """
    kept = _prose(prose_path or out_path)
    out_path.write_text(kept + "\n".join(_scores(corpus_path)) + "\n", encoding="utf-8")


def _prose(path: Path) -> str:
    text = path.read_text(encoding="utf-8") if path.exists() else "# How messages are read\n\n"
    return text.split("## Scores")[0]


def _scores(corpus_path: Path) -> list[str]:
    lines = corpus_path.read_text(encoding="utf-8").splitlines()
    own_path = corpus_path.with_name("invented-messages.jsonl")
    own = own_path.read_text(encoding="utf-8").splitlines() if own_path.exists() else []
    development, invented = _score(lines), _score(own)
    known = examples([*lines, *own])
    phrases = corpus_path.with_name("generated-phrases.tsv")
    generated = phrases.read_text(encoding="utf-8").splitlines() if phrases.exists() else []
    parts = ["## Scores", "", "Written by `make reading-report`; do not edit below this line.", ""]
    parts += [
        "### Now",
        "",
        *_table([("dev corpus", development), ("invented, all sets", invented)]),
    ]
    parts += ["", *_fresh(), "", *_crossed(known, len(lines), generated_examples(generated))]
    parts += ["", "### Values by measure, dev corpus", "", *_measures(development.by_measure)]
    parts += ["", "### Errors, dev corpus", "", *_errors(development)]
    parts += ["", "### Errors, invented sets", "", *_errors(invented)]
    return parts


def _score(lines: Sequence[str]) -> Score:
    gold: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return score((json.loads(line) for line in predict_jsonl(lines)), gold)


def _table(rows: Sequence[tuple[str, Score]]) -> list[str]:
    header = ["| set | messages | value F1 | kind | date | category |", "|---|---|---|---|---|---|"]
    return header + [
        f"| {name} | {found.messages} | {found.values.f1:.3f} | {found.kind_accuracy:.3f} "
        f"| {found.date_accuracy:.3f} | {found.category_accuracy:.3f} ({found.complaints}) |"
        for name, found in rows
    ]


def _fresh() -> list[str]:
    return [
        "### On first sight",
        "",
        "Each set was invented and labelled by the corpus' rules before the code of the day had read it;",
        "this is the honest guess at messages of strangers, and what it found was then mended.",
        "",
        "| set | value F1 | kind | date | category | read by |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {f1:.3f} | {kind:.3f} | {day:.3f} | {category:.2f} | {when} |"
            for name, f1, kind, day, category, when in _FRESH
        ),
    ]


def _crossed(known: Sequence[Group], development: int, generated: Sequence[Group]) -> list[str]:
    """Cross-validation of the learnt parts; rules cannot be cross-validated after the fact."""
    sets: tuple[tuple[str, Sequence[Group], Sequence[Group]], ...] = (
        (f"dev corpus alone ({development})", known[:development], []),
        (
            "dev corpus, all other sets learnt",
            known[:development],
            [*known[development:], *generated],
        ),
        (f"dev corpus and invented sets ({len(known)})", known, []),
        ("the same, generated phrases learnt too", known, generated),
        (f"generated phrases, all else learnt ({len(generated)})", generated, known),
    )
    rows = []
    for name, judged, always in sets:
        alone, worded = (cross_validate(judged, always, way) for way in (False, True))
        lexicon, words, both = cross_validate_categories(judged, always)
        rows.append(
            f"| {name} | {alone:.3f} | {worded:.3f} | {lexicon:.3f} | {words:.3f} | {both:.3f} |"
        )
    return [
        "### Cross-validation of kind and category",
        "",
        "Five folds; each message is read by weights learnt from the others (its other spellings are kept out too).",
        "The lexicon was made from the dev corpus and the invented sets, so its own figure there says little;",
        "from the generated phrases it learnt in part. A hundred messages are too few to learn words from (first row);",
        "the second row is how the program reads, with the message itself kept out.",
        "",
        "| messages | kind: rules' features | kind: with words | category: lexicon | category: words | category: both |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _measures(tallies: dict[str, Tally]) -> list[str]:
    rows = [
        f"| {measure} | {tally.right} | {tally.extra} | {tally.missed} | {tally.f1:.3f} |"
        for measure, tally in sorted(tallies.items())
    ]
    return ["| measure | right | read wrongly | missed | F1 |", "|---|---|---|---|---|", *rows]


def _errors(found: Score) -> list[str]:
    return [f"- `{name}`: {wrong}" for name, wrong in found.errors] or ["none"]


def main() -> None:
    """Score the repository's corpus into docs/reading.md (`make reading-report`)."""
    root = Path(__file__).parents[2]
    write_reading_report(
        root / "tests" / "corpus" / "messages-dev.jsonl", root / "docs" / "reading.md"
    )


if __name__ == "__main__":
    main()
