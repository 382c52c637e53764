"""A fuzzer for the reading, guided by coverage; not part of the test run.

    pip install atheris
    python tests/reading/fuzz_reading.py -max_total_time=600 -max_len=2000

It stops at the first message that raises, whose spans leave the text, or that takes
more than 0.25 s of processor time (instrumented code is several times slower).
"""

import sys
import time
from datetime import date

import atheris

with atheris.instrument_imports(include=["bot.reading"]):
    from bot.reading.answers import parse_quantity
    from bot.reading.dates import parse_month
    from bot.reading.names import match_names
    from bot.reading.read import read

TODAY = date(2026, 7, 22)
SLOW_S = 0.25
PIECES = (
    "nghìn", "rưỡi", "nửa", "trăm", "12/4", "mùng 6 Tết", "rằm tháng", "không phải", "nhầm", "trong đó", "cứ", "mỗi hộ",
    "tấn", "m2", "km", "1tr2", "30/2", "âm lịch", "thứ 7", "tối qua", "dduwowngf", "½", "㎡", "\u0301", "hai mươi lăm",
    "142/150 hộ", "(", ")", "\n- ", "1.200", "1,5", "0900000001", "👍", "chưa có hộ nào đốt rơm", "từ 30% lên 45%", "9h15",
)  # fmt: skip


def one_input(data: bytes) -> None:
    """Read one message made of raw text and of pieces that matter here."""
    provider = atheris.FuzzedDataProvider(data)
    parts = []
    while provider.remaining_bytes() and len(parts) < 120:
        if provider.ConsumeBool():
            parts.append(PIECES[provider.ConsumeIntInRange(0, len(PIECES) - 1)])
        else:
            parts.append(provider.ConsumeUnicodeNoSurrogates(8))
        parts.append(" " if provider.ConsumeBool() else "")
    text = "".join(parts)[:2000]
    started = time.process_time()
    reading = read(text, TODAY)
    took = time.process_time() - started
    if took > SLOW_S:
        raise RuntimeError(f"slow: {took:.3f} s for {text!r}")
    for value in reading.values:
        assert text[value.span[0] : value.span[1]] == value.quote
    parse_quantity(text, "waste_kg")
    parse_month(text, TODAY)
    match_names(text[:100], {"a": ("Thôn 3",), "b": ("Chi hội Phụ nữ Đông Lĩnh",)})


if __name__ == "__main__":
    read("khởi động", TODAY)  # the word lists are loaded once; that is not what is timed
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
