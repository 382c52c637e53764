"""The words this package knows, as data: loaded, checked, merged, and found in messages.

The packaged files are `lexicon.yaml` (measures and the words around figures) and
`lexicon-kinds.yaml` (kinds, complaint categories, movements). An official may add
words in a file of the same shape; nothing is ever taken away by adding.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.reading.fold import fold
from bot.reading.tokens import Token, Tokens, tokenize

MEASURES = (
    "participants", "households", "trees", "waste_kg", "road_km", "area_ha", "bags", "sessions",
    "vehicles", "points", "money_vnd", "percent", "violations_count", "models", "other",
)  # fmt: skip
# Tables whose single words are evidence only; nouns and units beside a figure stand on firmer ground.
TALK = frozenset({"kind", "category", "urgent", "special", "combination"})
DIMENSIONS = ("mass", "length", "area", "volume", "money", "percent")


# The C loader is ten times faster where PyYAML was built with it; both are the safe ones.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LexiconError(Exception):
    """A lexicon file cannot be used; the message says which entry and why."""


class Combination(BaseModel):
    """Words that show a category only together: one of each list adds the weight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: str
    weight: float
    all: list[list[str]]


class LexiconFile(BaseModel):
    """The shape of a lexicon file; every section may be left out of an addition."""

    model_config = ConfigDict(extra="forbid")

    units: dict[str, dict[str, float]] = Field(default_factory=dict)
    counted: dict[str, list[str]] = Field(default_factory=dict)
    not_counted: dict[str, list[str]] = Field(default_factory=dict)
    numbered: list[str] = Field(default_factory=list)
    slogans: list[str] = Field(default_factory=list)
    materials: dict[str, list[str]] = Field(default_factory=dict)
    cues: dict[str, list[str]] = Field(default_factory=dict)
    kinds: dict[str, dict[float, list[str]]] = Field(default_factory=dict)
    categories: dict[str, dict[float, list[str]]] = Field(default_factory=dict)
    combinations: list[Combination] = Field(default_factory=list)
    urgent: list[str] = Field(default_factory=list)
    needs_accents: list[str] = Field(default_factory=list)
    movements: dict[str, list[str]] = Field(default_factory=dict)
    special: dict[str, list[str]] = Field(default_factory=dict)
    places: dict[str, list[str]] = Field(default_factory=dict)
    organisations: list[str] = Field(default_factory=list)


class Entry(NamedTuple):
    """One phrase of the lexicon: its words, the table it stands in, its label and weight."""

    plain: tuple[str, ...]
    form: tuple[str, ...]
    table: str
    label: str
    weight: float
    needs_accents: bool = False


class Hit(NamedTuple):
    """A phrase found in a message, from token `first` up to and including `last`."""

    first: int
    last: int
    entry: Entry


# A thousand are made for a long message; the tuple's own constructor is half as dear.
_hit = tuple.__new__


class Phrase(NamedTuple):
    """A phrase with everything it stands for."""

    plain: tuple[str, ...]
    form: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases, looked up without search.

    `by_form`: single words by their accented key; `by_plain`: single words for texts
    without accents; `phrases`: longer ones by their first two folded words.
    """

    by_form: Mapping[str, tuple[Entry, ...]]
    by_plain: Mapping[str, tuple[Entry, ...]]
    phrases: Mapping[tuple[str, str], tuple[Phrase, ...]]
    combinations: tuple[Combination, ...] = ()

    def scan(self, tokens: Tokens) -> list[Hit]:
        """Every phrase found anywhere in the message, longer ones first at each place."""
        hits: list[Hit] = []
        items = tokens.items
        plains = [token.plain for token in items]
        last_at = len(items) - 1
        for at, pair in enumerate(zip_longest(plains, plains[1:], fillvalue="")):
            for phrase in self.phrases.get(pair, ()):
                last = at + len(phrase.plain) - 1
                if last <= last_at and _matches(items, at, last, phrase):
                    hits += [_hit(Hit, (at, last, entry)) for entry in phrase.entries]
            token, plain = items[at], pair[0]
            if token.accented or token.form != plain:
                entries = self.by_form.get(accented_key(token.form))
            else:
                entries = self.by_plain.get(plain)
            if entries:
                hits += [_hit(Hit, (at, at, entry)) for entry in entries]
        return hits


def _matches(items: tuple[Token, ...], at: int, last: int, phrase: Phrase) -> bool:
    for offset, plain in enumerate(phrase.plain):
        if items[at + offset].plain != plain:
            return False
    for token, form in zip(items[at : last + 1], phrase.form, strict=True):
        # Accents that differ make another word, unless only the tone sits elsewhere (hòa, hoà).
        typed_accents = token.form != token.plain and token.form != form
        if typed_accents and accented_key(token.form) != accented_key(form):
            return False
    return True


@lru_cache(maxsize=8192)
def accented_key(word: str) -> str:
    """A word with its tone mark at the end, so that both spellings of "hoà" are one."""
    if word.isascii():
        return word
    letters, tone = [], ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in "\u0300\u0301\u0303\u0309\u0323":
            tone = letter
        else:
            letters.append(letter)
    return "".join(letters) + tone


_installed: list[Lexicon] = []


def install_lexicon(extra: Path) -> None:
    """From now on this process reads with the packaged words and those of an office's own file.

    Raises:
        LexiconError: as `load_lexicon`; the words in use stay as they were.
    """
    _installed[:] = [load_lexicon(extra)]


def uninstall_lexicon() -> None:
    """Back to the packaged words alone."""
    _installed.clear()


def load_lexicon(extra: Path | None = None) -> Lexicon:
    """The lexicon in use, or the packaged one with an official's own words when a file is given.

    Raises:
        LexiconError: the file is missing, no YAML, or names a section or measure unknown here.
    """
    if extra is None:
        return _installed[0] if _installed else _packaged()
    try:
        text = extra.read_text(encoding="utf-8")
    except OSError as error:
        raise LexiconError(f"{extra.name}: {error.strerror}") from error
    return build_lexicon(merge(_packaged_file(), parse_lexicon(text, extra.name)))


def parse_lexicon(text: str, name: str = "lexicon") -> LexiconFile:
    """A lexicon file's text checked against its schema; `name` is used in errors."""
    try:
        parsed = LexiconFile.model_validate(yaml.load(text, Loader=_LOADER) or {})
    except (yaml.YAMLError, ValueError) as error:
        raise LexiconError(f"{name}: {error}") from error
    for section, known in (("units", DIMENSIONS), ("counted", MEASURES)):
        unknown = set(getattr(parsed, section)) - set(known)
        if unknown:
            raise LexiconError(f"{name}: {section} does not know {', '.join(sorted(unknown))}")
    return parsed


def merge(base: LexiconFile, added: LexiconFile) -> LexiconFile:
    """Both files' words; where a unit is in both, the added factor counts."""
    return LexiconFile.model_validate(_merged(base.model_dump(), added.model_dump()))


def _merged(base: Any, added: Any) -> Any:
    if isinstance(base, dict):
        return {
            key: _merged(base[key], added[key])
            if key in base and key in added
            else (base | added)[key]
            for key in base | added
        }
    return [*base, *added] if isinstance(base, list) else added


def build_lexicon(file: LexiconFile) -> Lexicon:
    """The searchable form of a lexicon file."""
    senses: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    ambiguous = {_entry(word, "", "", 0).form for word in file.needs_accents}
    for entry in _entries(file):
        doubtful = entry.table in TALK and entry.form in ambiguous
        senses[entry.form].append(entry._replace(needs_accents=doubtful))
    by_form: dict[str, list[Entry]] = defaultdict(list)
    by_plain: dict[str, list[Entry]] = defaultdict(list)
    phrases: dict[tuple[str, str], list[Phrase]] = defaultdict(list)
    for form, entries in senses.items():
        plain = entries[0].plain
        if len(plain) > 1:
            phrases[plain[0], plain[1]].append(Phrase(plain, form, tuple(entries)))
            continue
        by_form[accented_key(form[0])] += entries
        bare_too = [entry for entry in entries if plain == form or not entry.needs_accents]
        by_plain[plain[0]] += bare_too
    return Lexicon(
        {word: tuple(found) for word, found in by_form.items()},
        {word: tuple(found) for word, found in by_plain.items() if found},
        {
            pair: tuple(sorted(found, key=lambda phrase: -len(phrase.plain)))
            for pair, found in phrases.items()
        },
        tuple(file.combinations),
    )


def _entries(file: LexiconFile) -> Iterator[Entry]:
    for dimension, factors in file.units.items():
        for words, factor in factors.items():
            yield _entry(words, "unit", dimension, factor)
    labelled: tuple[tuple[str, Mapping[str, list[str]]], ...] = (
        ("counted", file.counted), ("not_counted", file.not_counted), ("material", file.materials),
        ("cue", file.cues), ("movement", file.movements), ("special", file.special), ("place", file.places),
    )  # fmt: skip
    for table, lists in labelled:
        for label, phrases in lists.items():
            for words in phrases:
                yield _entry(words, table, label, 1)
    for number, combination in enumerate(file.combinations):
        for part, choices in enumerate(combination.all):
            for words in choices:
                yield _entry(words, "combination", f"{number}.{part}", 1)
    for table, weighted in (("kind", file.kinds), ("category", file.categories)):
        for label, weights in weighted.items():
            for weight, phrases in weights.items():
                for words in phrases:
                    yield _entry(words, table, label, weight)
    for table, plain_list in (
        ("numbered", file.numbered), ("slogan", file.slogans), ("urgent", file.urgent),
        ("organisation", file.organisations),
    ):  # fmt: skip
        for words in plain_list:
            yield _entry(words, table, table, 1)


def _entry(words: str, table: str, label: str, weight: float) -> Entry:
    tokens = tokenize(unicodedata.normalize("NFC", str(words)).lower()).items
    if not tokens:
        raise LexiconError(f"{table} {label}: an empty phrase")
    # Abbreviations such as "hs" must not be taken for Telex keystrokes.
    form = tuple(token.form if fold(token.form) != token.form else token.plain for token in tokens)
    return Entry(tuple(token.plain for token in tokens), form, table, label, weight)


@cache
def _packaged_file() -> LexiconFile:
    here = files("bot.reading")
    parts = [
        parse_lexicon((here / name).read_text(encoding="utf-8"), name)
        for name in ("lexicon.yaml", "lexicon-kinds.yaml")
    ]
    return merge(*parts)


@cache
def _packaged() -> Lexicon:
    return build_lexicon(_packaged_file())
