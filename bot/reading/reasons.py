"""Why a value was read as it was, in a sentence a person can follow."""

from decimal import Decimal

from bot.reading.marks import Marks
from bot.reading.results import Result

_NAMES = {
    "participants": "số người tham gia", "households": "số hộ", "trees": "số cây", "waste_kg": "khối lượng rác (kg)",
    "road_km": "chiều dài (km)", "area_ha": "diện tích (ha)", "bags": "số bao", "sessions": "số buổi",
    "vehicles": "số xe, máy, chuyến", "points": "số điểm, thùng, bóng, cột", "money_vnd": "số tiền (đồng)",
    "percent": "tỷ lệ (%)", "violations_count": "số vụ, trường hợp", "models": "số mô hình", "other": "kết quả khác",
}  # fmt: skip


def plain_figure(value: Decimal) -> str:
    """A figure the Vietnamese way: 1200.5 → "1.200,5"."""
    whole, _, fraction = f"{value.normalize():f}".partition(".")
    negative, whole = whole.startswith("-"), whole.lstrip("-")
    groups = f"{int(whole):,}".replace(",", ".")
    return ("-" if negative else "") + groups + (f",{fraction}" if fraction else "")


def reason_for(marks: Marks, result: Result) -> str:
    """One sentence: which words gave which figure."""
    quantity = result.quantity
    words = marks.tokens.quote(quantity.first, quantity.last)
    name = _NAMES.get(result.measure or "other", "kết quả khác")
    said = f"“{words}” là {name}: {plain_figure(result.value)}"
    if quantity.denominator is not None:
        said += f" trên {plain_figure(quantity.denominator)}"
    if quantity.number.low is not None and quantity.number.high is not None:
        said += " (lấy giữa khoảng)"
    elif result.approx:
        said += " (ước chừng)"
    if quantity.label is not None:
        said += f", theo chữ “{marks.tokens.quote(quantity.label.first, quantity.label.last)}” đứng trước"
    if result.guessed:
        said += ", đoán theo từ đứng sau"
    return said + "."
