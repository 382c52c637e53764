"""Messages read a second, beside a plain regular expression and underthesea's tokenizer.

    python benchmarks/reading.py [CORPUS.jsonl]

The regular expression only finds figures and the word after them: it is what one would
write in an hour, and a floor for the time, not for the result. underthesea is measured
when it is installed; its `word_tokenize` finds words and no figures at all.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.reading.fold import _composed
from bot.reading.lexicon import accented_key
from bot.reading.read import read
from bot.reading.telex import decode_word
from bot.reading.tokens import _must_be_marked

CORPUS = Path(__file__).parents[1] / "tests" / "corpus" / "messages-dev.jsonl"
PLAIN = re.compile(
    r"(\d+(?:[.,]\d+)*)\s*(kg|km|m2|m|ha|tấn|tạ|người|chị|hộ|cây|bao|xe|%|triệu|tr|k)?",
    re.IGNORECASE,
)
ROUNDS = 5
LONG_ROUNDS = 20
LONG_TEXT = 2000


def per_second(work: Callable[[str], object], texts: list[str]) -> float:
    """Messages a second of processor time, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for text in texts:
            work(text)
        best = min(best, time.process_time() - started)
    return len(texts) / best


FLOODS = (
    "1.200 người, ", "1k2km5tr3 ", "trong đó 5 hộ ", "45 chị nhầm 54 chị ", "12/4 ", "nghìn trăm chục ", "1-2-",
    "(5 người", "25/3 âm ", "hộ 5 ", "\n- 5 hộ", "5 người và ", "7h30 ", "hôm qua ", "142/150 hộ ", "duowngf ",
    "5 m2 x 3 m ", "chưa có hộ nào đốt rơm ", "xả nước thải ra mương ", "không phải ", "1 ", "😀",
)  # fmt: skip
"""Pieces that cost most when a message holds nothing else: figures, days, cues, tokens of one letter."""


def forget_words() -> None:
    """Empty what the reading remembers of single words: a message seen before must not flatter it."""
    for remembered in (accented_key, decode_word, _composed, _must_be_marked):
        remembered.cache_clear()


def slowest_long_ms(texts: list[str]) -> tuple[float, str]:
    """The slowest of some 2,000-character messages: milliseconds of processor time, its beginning."""
    together = " ".join(texts)
    last = len(together) - LONG_TEXT
    long = [together[at : at + LONG_TEXT] for at in range(0, last, LONG_TEXT)]
    long += [(piece * LONG_TEXT)[:LONG_TEXT] for piece in FLOODS]
    return max((_first_reading_ms(text), text[:30]) for text in long)


def _first_reading_ms(text: str) -> float:
    """The best of some readings, each with no word remembered."""
    best = float("inf")
    for _ in range(LONG_ROUNDS):
        forget_words()
        started = time.process_time()
        read(text, date(2026, 7, 22))
        best = min(best, time.process_time() - started)
    return best * 1000


def main(path: Path) -> None:
    """Print the table."""
    messages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [message["text"] for message in messages]
    days = {message["text"]: date.fromisoformat(message["today"]) for message in messages}
    read(texts[0], days[texts[0]])
    ours = per_second(lambda text: read(text, days[text]), texts)
    print(f"{len(texts)} messages, {sum(map(len, texts)) / len(texts):.0f} characters on average")
    print(f"{'reading':24}{ours:10,.0f} messages/s")
    for name, work in rivals():
        theirs = per_second(work, texts)
        print(f"{name:24}{theirs:10,.0f} messages/s   ours is {ours / theirs:.3g} times as fast")
    slowest_ms, begins = slowest_long_ms(texts)
    print(f"slowest 2,000-character message: {slowest_ms:.1f} ms ({begins!r}…)")


def rivals() -> list[tuple[str, Callable[[str], object]]]:
    """What is measured beside ours."""
    found: list[tuple[str, Callable[[str], object]]] = [("plain regular expression", PLAIN.findall)]
    try:
        from underthesea import word_tokenize
    except ImportError:
        print("underthesea is not installed; left out")
    else:
        word_tokenize("khởi động")
        found.append(("underthesea tokenizer", word_tokenize))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS)
