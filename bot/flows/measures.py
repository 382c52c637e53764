"""The measures of posts as people read them: a label, a unit and a question each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasureWords:
    """How a measure of `bot/reading` is spoken of. `whole`: only whole numbers make sense."""

    label: str
    unit: str
    example: str
    whole: bool


MEASURES: dict[str, MeasureWords] = {
    "participants": MeasureWords("Người tham gia", "người", "45", True),
    "households": MeasureWords("Hộ tham gia", "hộ", "120", True),
    "trees": MeasureWords("Cây trồng", "cây", "30", True),
    "waste_kg": MeasureWords("Rác thu gom", "kg", "1500", False),
    "road_km": MeasureWords("Đường, mương dọn", "km", "2", False),
    "area_ha": MeasureWords("Diện tích", "ha", "1,5", False),
    "bags": MeasureWords("Bao rác", "bao", "14", True),
    "points": MeasureWords("Điểm, thùng, bóng đèn", "cái", "3", True),
    "sessions": MeasureWords("Số buổi", "buổi", "2", True),
    "vehicles": MeasureWords("Xe", "xe", "2", True),
    "money_vnd": MeasureWords("Số tiền", "đồng", "1tr2", True),
    "percent": MeasureWords("Tỷ lệ", "%", "85", False),
    "violations_count": MeasureWords("Số vụ", "vụ", "0", True),
    "models": MeasureWords("Mô hình", "mô hình", "1", True),
}
"""In the order in which a post is shown back. `other` has no place of its own: its words are kept whole."""
