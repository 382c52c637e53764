"""Unit names as people type them, found without accents and with slips.

"thon 3", "chi hoi 3", "PN Đông Lĩnh", "dong linh" → "Thôn Đông Lĩnh". A figure in a
name must be the same figure: thôn 3 is never thôn 13.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from bot.reading.fold import fold_with_map

# What kind of body it is; says little about which one, so it weighs little.
_BODY_WORDS = frozenset(
    """
    thon xom ap ban lang buon khu pho khoi to dan tdp kp khom doi chi hoi doan bo lien gia cum ch cd hpn hnd
    pn phu nu nd nong ccb cuu chien binh dtn thanh nien hlhpn hlh xa phuong tt thi tran ubnd uy nhan mttq mat
    tran to quoc nguoi cao tuoi nct truong thcs th tieu hoc mam non tram y te hop tac htx cua so
    """.split()
)
_SHORT_FORMS = {
    "tdp": "to dan pho", "kp": "khu pho", "ch": "chi hoi", "cd": "chi doan", "pn": "phu nu", "hpn": "hoi phu nu",
    "nd": "nong dan", "hnd": "hoi nong dan", "ccb": "cuu chien binh", "dtn": "doan thanh nien", "p": "phuong",
    "x": "xa", "t": "thon", "hlhpn": "hoi lien hiep phu nu", "nct": "nguoi cao tuoi", "mttq": "mat tran to quoc",
}  # fmt: skip
_SPLIT = re.compile(r"\d+[a-z]?(?![a-z])|[a-z]+")
# A unit is taken when it fits well and the next one clearly less; a sure fit needs less distance.
_SURE, _CLOSE, _NEAR = 94.0, 84.0, 66.0
_AHEAD, _AHEAD_WHEN_SURE = 6.0, 2.0


@dataclass(frozen=True, slots=True)
class Matches:
    """`best` is the one unit meant, or None; `near` ranks the others worth asking about."""

    best: str | None
    near: tuple[str, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    form: str

    @property
    def core(self) -> str:
        return " ".join(word for word in self.words if word not in _BODY_WORDS)

    @property
    def body(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word in _BODY_WORDS)


def match_names(typed: str, names: Mapping[str, tuple[str, ...]]) -> Matches:
    """Which of the named units is meant.

    Args:
        typed: what the person wrote, a name or a short sentence around one.
        names: unit id → its name and aliases.

    Returns:
        The best unit when it stands clearly ahead of the others, and the near
        ones ranked (at most 5). Two units that fit equally give no best.
    """
    wanted = _parse(typed)
    if not wanted.words and not wanted.numbers:
        return Matches(None, ())
    scored = sorted(
        (
            (max(_score(wanted, _parse(name)) for name in aliases), unit)
            for unit, aliases in names.items()
            if aliases
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    likely = [(score, unit) for score, unit in scored if score >= _NEAR]
    if not likely:
        return Matches(None, ())
    top, unit = likely[0]
    runner_up = likely[1][0] if len(likely) > 1 else 0.0
    needed = _AHEAD_WHEN_SURE if top >= _SURE else _AHEAD
    clear = top >= _CLOSE and top - runner_up >= needed
    near = tuple(each for _, each in likely if not clear or each != unit)[:5]
    return Matches(unit if clear else None, near, exact=clear and top >= _SURE)


@lru_cache(maxsize=16384)
def _parse(text: str) -> _Name:
    words: list[str] = []
    numbers: list[str] = []
    folded = fold_with_map(text[:200])
    for piece in _SPLIT.findall(folded.plain):
        if piece[0].isdigit():
            numbers.append(piece.lstrip("0") or "0")
        else:
            words += _SHORT_FORMS.get(piece, piece).split()
    return _Name(tuple(words), tuple(numbers), folded.form.strip())


def _score(wanted: _Name, name: _Name) -> float:
    """0 to 100: how well a name fits; names with other figures do not fit at all."""
    if name.numbers and not set(name.numbers) <= set(wanted.numbers):
        return 0.0
    if wanted.numbers and not name.numbers and len(wanted.words) <= 3:
        return 0.0
    if name.core:
        said = wanted.core
        if not said:
            return 0.0
        core = max(fuzz.ratio(said, name.core), _window(said, name.core))
        if wanted.numbers and not name.numbers:
            core -= 10
    elif name.numbers:
        core = 100.0 if not wanted.core or len(wanted.words) > 3 else 90.0
    else:
        core = 100.0 if wanted.body >= name.body else 50.0
    accents = 3.0 if not wanted.form.isascii() and name.form in wanted.form else 0.0
    return core - _body_penalty(wanted, name) + accents


def _window(said: str, core: str) -> float:
    """The best fit of a name inside a longer sentence, word by word."""
    words, length = said.split(), len(core.split())
    if len(words) <= length:
        return 0.0
    return max(
        fuzz.ratio(" ".join(words[at : at + length]), core) for at in range(len(words) - length + 1)
    )


def _body_penalty(wanted: _Name, name: _Name) -> float:
    """ "chi hội 3" fits Chi hội 3 before Thôn 3, but finds Thôn 3 when that is all there is."""
    if not wanted.body:
        return 1.0
    together = wanted.body | name.body
    return 8.0 * (1 - len(wanted.body & name.body) / len(together))
