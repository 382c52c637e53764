"""Short answers to one question: "45", "nửa tấn", "45 chị", into the measure asked for."""

from decimal import Decimal

from bot.reading.lexicon import Lexicon, load_lexicon
from bot.reading.marks import mark
from bot.reading.masks import block_names_and_times
from bot.reading.numbers import parse_number
from bot.reading.quantities import find_quantities
from bot.reading.results import judge
from bot.reading.tokens import tokenize

_UNIT_MEASURES = {"waste_kg": "mass", "road_km": "length", "area_ha": "area", "money_vnd": "money"}


def parse_quantity(text: str, measure: str, lexicon: Lexicon | None = None) -> Decimal | None:
    """The figure of a short answer in the unit of `measure`, or None when it says none.

    "nửa tấn" for waste_kg is 500, "2 sào" for area_ha 0.072, "45 chị" for participants
    45. A bare figure is taken to be in the measure's own unit; a figure with a unit of
    another dimension ("5 km" when kilograms were asked) gives None.

    Args:
        measure: one of `bot.reading.lexicon.MEASURES`.
    """
    marks = mark(tokenize(text[:500]), lexicon or load_lexicon())
    block_names_and_times(marks, [])
    quantities = find_quantities(marks)
    results = judge(marks, quantities, [])
    wanted = _UNIT_MEASURES.get(measure)
    fitting = [
        result.value
        for result in results
        if result.measure == measure or (wanted is not None and result.quantity.dimension == wanted)
    ]
    if len(set(fitting)) == 1:
        return fitting[0]
    if fitting or any(quantity.dimension is not None for quantity in quantities):
        return None
    return parse_number(text)
