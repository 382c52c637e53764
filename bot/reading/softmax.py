"""A small softmax regression over sparse features, in plain Python and without chance.

The same rows in the same order always give the same weights. AdaGrad steps keep it quick:
each feature's step shrinks with what it has already learnt, so rare words learn as fast as
frequent ones.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Features = Mapping[str, float]
Weights = dict[str, dict[str, float]]
"""Label → feature → weight; every label has its "bias"."""
BIAS = "bias"
_STRIDE = 7919  # a prime: neighbouring rows, which are spellings of one message, come far apart
_SURE = 1e-3


def fit(
    rows: Sequence[tuple[Features, str]],
    labels: Sequence[str],
    *,
    passes: int = 15,
    rate: float = 0.3,
    shrinkage: float = 2e-4,
) -> Weights:
    """Learn the weights of each feature for each label.

    Args:
        rows: features and the true label of each message.
        passes: how often every row is looked at.
        rate: the first step of a feature.
        shrinkage: pulls each weight towards 0 whenever its feature is seen (L2).
    """
    places: dict[str, int] = {BIAS: 0}
    known = [
        (
            [
                (0, 1.0),
                *((places.setdefault(name, len(places)), value) for name, value in found.items()),
            ],
            labels.index(label),
        )
        for found, label in rows
    ]
    weights = [[0.0] * len(places) for _ in labels]
    squares = [[1e-2] * len(places) for _ in labels]
    stride = _STRIDE % len(known) or 1
    while math.gcd(stride, len(known)) != 1:
        stride += 1
    for _ in range(passes):
        for turn in range(len(known)):
            _learn(weights, squares, *known[turn * stride % len(known)], rate, shrinkage)
    return {
        label: dict(zip(places, own, strict=True))
        for label, own in zip(labels, weights, strict=True)
    }


def _learn(
    weights: list[list[float]],
    squares: list[list[float]],
    row: list[tuple[int, float]],
    label: int,
    rate: float,
    shrinkage: float,
) -> None:
    """One step down the slope of one row's loss; the bias is not shrunk."""
    chances = _shares([sum(own[at] * value for at, value in row) for own in weights])
    for each, (own, square) in enumerate(zip(weights, squares, strict=True)):
        error = chances[each] - (each == label)
        if abs(error) < _SURE:
            continue
        for at, value in row:
            slope = error * value + (shrinkage * own[at] if at else 0.0)
            square[at] += slope * slope
            own[at] -= rate * slope / math.sqrt(square[at])


def _shares(sums: Sequence[float]) -> list[float]:
    top = max(sums)
    powers = [math.exp(each - top) for each in sums]
    whole = sum(powers)
    return [power / whole for power in powers]


def scores(weights: Weights, found: Features) -> dict[str, float]:
    """The sum of the weights of the features found, for each label."""
    return {
        label: own.get(BIAS, 0.0)
        + sum(own[name] * value for name, value in found.items() if name in own)
        for label, own in weights.items()
    }


def chances(sums: Mapping[str, float]) -> dict[str, float]:
    """How likely each label is, by its sum."""
    return dict(zip(sums, _shares(list(sums.values())), strict=True))


def seen_often(rows: Iterable[Iterable[str]], least: int) -> frozenset[str]:
    """The names that stand in at least so many rows."""
    counts: dict[str, int] = defaultdict(int)
    for names in rows:
        for name in names:
            counts[name] += 1
    return frozenset(name for name, count in counts.items() if count >= least)
