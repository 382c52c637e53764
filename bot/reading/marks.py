"""A message with everything the lexicon knows marked in it, and its clauses counted."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.reading.lexicon import TALK, Combination, Hit, Lexicon
from bot.reading.tokens import Token, Tokens

_CLAUSE_SIGNS = frozenset(",;.!?()[]•|→👉")
_SENTENCE_SIGNS = frozenset(".!?;")
_TURNING_WORDS = frozenset({"nhưng", "mà", "nhung", "song"})
# When accents are missing and two senses are equally long, the earlier of these tables is meant.
_PRECEDENCE = {
    ("unit", ""): 0,
    ("counted", "participants"): 1,
    ("counted", "households"): 1,
    ("counted", "trees"): 1,
    ("not_counted", ""): 2,
    ("counted", "points"): 3,
    ("counted", ""): 4,
}


@dataclass(slots=True)
class Marks:
    """The tokens of one message with lexicon hits by place, clauses and blocked tokens.

    `nouns` holds at each token, in text order, the best unit, counted or not-counted noun
    that begins there; `blocked` says why a token's figure can be no result (a date, a name …).
    """

    tokens: Tokens
    hits: list[Hit]
    items: tuple[Token, ...]
    plains: list[str]
    forms: list[str]
    nouns: dict[int, Hit] = field(default_factory=dict)
    materials: dict[int, Hit] = field(default_factory=dict)
    numbered_before: dict[int, Hit] = field(default_factory=dict)
    tables: dict[str, list[Hit]] = field(default_factory=dict)
    cues: dict[str, list[Hit]] = field(default_factory=dict)
    cues_by_last: dict[int, list[Hit]] = field(default_factory=dict)
    cues_by_sentence: dict[tuple[str, int], list[Hit]] = field(default_factory=dict)
    organisations: dict[int, int] = field(default_factory=dict)
    brackets: list[int] = field(default_factory=list)
    closings: list[int] = field(default_factory=list)
    combinations: tuple[Combination, ...] = ()
    blocked: dict[int, str] = field(default_factory=dict)
    clauses: list[int] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)

    def plain(self, at: int) -> str:
        """The folded word at a position, empty outside the message."""
        return self.plains[at] if 0 <= at < len(self.plains) else ""

    def form(self, at: int) -> str:
        """The accented word at a position, empty outside the message."""
        return self.forms[at] if 0 <= at < len(self.forms) else ""

    def hits_of(self, table: str) -> list[Hit]:
        """The hits of one of the lexicon's tables, in text order."""
        return self.tables.get(table, [])

    def cue_hits(self, *labels: str) -> Iterator[Hit]:
        """The cues with one of the labels, in text order per label."""
        for label in labels:
            yield from self.cues.get(label, ())

    def cues_beside(self, label: str, at: int) -> list[Hit]:
        """The cues with a label that begin in the sentence of a token, in text order."""
        return self.cues_by_sentence.get((label, self.sentences[at]), [])

    def cue_ending_at(self, last: int, *labels: str) -> Hit | None:
        """A cue whose last word stands at `last`."""
        for hit in self.cues_by_last.get(last, ()):
            if hit.entry.label in labels:
                return hit
        return None

    def starts_in(self, start: int, end: int) -> Iterator[int]:
        """The tokens that begin within folded text [start, end)."""
        at = bisect_left(self.items, start, key=lambda token: token.start)
        while at < len(self.items) and self.items[at].start < end:
            yield at
            at += 1

    def closes_between(self, start: int, end: int) -> bool:
        """Whether a bracket is closed at a token from `start` up to but not including `end`."""
        at = bisect_left(self.closings, start)
        return at < len(self.closings) and self.closings[at] < end

    def same_clause(self, one: int, other: int) -> bool:
        return self.clauses[one] == self.clauses[other]

    def same_sentence(self, one: int, other: int) -> bool:
        return self.sentences[one] == self.sentences[other]


def mark(tokens: Tokens, lexicon: Lexicon) -> Marks:
    """Find the lexicon's words in a message and count its clauses and sentences."""
    items = tokens.items
    plains, forms = [token.plain for token in items], [token.form for token in items]
    marks = Marks(tokens, lexicon.scan(tokens), items, plains, forms)
    tables: dict[str, list[Hit]] = defaultdict(list)
    named, looked_at = False, -1
    for hit in marks.hits:
        first, last, entry = hit
        table = entry.table
        if table in TALK:
            if first == last:
                if first != looked_at:
                    named, looked_at = _is_name(tokens, first), first
                if named:
                    continue  # the sluice "Lấp" fills nothing in
            tables[table].append(hit)
            continue
        tables[table].append(hit)
        if table in ("unit", "counted", "not_counted"):
            if _better_noun(hit, marks.nouns.get(hit.first), tokens):
                marks.nouns[hit.first] = hit
        elif table == "material":
            marks.materials.setdefault(hit.first, hit)
        elif table == "numbered":
            marks.numbered_before.setdefault(hit.last + 1, hit)
        elif table == "cue":
            marks.cues.setdefault(hit.entry.label, []).append(hit)
            marks.cues_by_last.setdefault(hit.last, []).append(hit)
        elif table == "organisation":
            marks.organisations[hit.first] = max(hit.last, marks.organisations.get(hit.first, 0))
    for at in [at for at in marks.nouns if _is_particle(marks, at)]:
        del marks.nouns[at]
    marks.tables = dict(tables)
    _count_clauses(marks)
    for label, cues in marks.cues.items():
        for hit in cues:
            key = label, marks.sentences[hit.first]
            marks.cues_by_sentence.setdefault(key, []).append(hit)
    marks.combinations = lexicon.combinations
    return marks


_COUNTED_TIMES = frozenset({"quy", "thang", "nam", "ky", "dot", "vu"})
_SPOKEN_TO = frozenset({"bac", "chi", "anh", "em", "moi", "cac", "ca"})


def _is_particle(marks: Marks, at: int) -> bool:
    """ "đợt 1 nha bác" is no house, "đợt 2 dc 46kg" no đồng chí, "quy 1 dong phi" no money."""
    form = marks.form(at)
    if form == "dong":
        return marks.plain(at - 2) in _COUNTED_TIMES and marks.plain(at - 1).isdigit()
    if form == "nha":
        return marks.plain(at + 1) in _SPOKEN_TO
    return form == "dc" and at + 1 < len(marks.items) and marks.items[at + 1].sort == "number"


def _is_name(tokens: Tokens, at: int) -> bool:
    """Whether a word is written as a name behind another word: "cống Lấp", "xóm Chùa"."""
    if at == 0 or tokens.items[at].newline or tokens.items[at - 1].sort != "word":
        return False
    word = tokens.quote(at, at)
    return (
        len(word) > 1 and word[0].isupper() and word[1:].islower() and not _titled(tokens, at - 1)
    )


def _titled(tokens: Tokens, at: int) -> bool:
    return tokens.quote(at, at)[0].isupper()


def _better_noun(hit: Hit, held: Hit | None, tokens: Tokens) -> bool:
    if held is None or hit.last > held.last:
        return True
    if hit.last < held.last:
        return False
    return _noun_rank(hit, tokens) < _noun_rank(held, tokens)


def _noun_rank(hit: Hit, tokens: Tokens) -> tuple[bool, int]:
    entry = hit.entry
    words = tokens.items[hit.first : hit.last + 1]
    # "ban" typed without accents may be bạn as well as bản; typed among accents it is "ban".
    differs = words[0].accented and tuple(token.form for token in words) != entry.form
    rank = _PRECEDENCE.get((entry.table, entry.label), _PRECEDENCE.get((entry.table, ""), 9))
    return differs, rank


def _count_clauses(marks: Marks) -> None:
    clause = sentence = 0
    for at, token in enumerate(marks.items):
        sign = token.plain if token.sort == "sign" else ""
        if sign == "(":
            marks.brackets.append(at)
        elif sign == ")":
            marks.closings.append(at)
        if token.newline:
            clause, sentence = clause + 1, sentence + 1
        elif sign in _CLAUSE_SIGNS:
            clause += 1
            sentence += sign in _SENTENCE_SIGNS
        elif sign and not sign.isascii():
            clause, sentence = clause + 1, sentence + 1  # an emoji ends what was said
        elif token.form in _TURNING_WORDS:
            clause += 1
        marks.clauses.append(clause)
        marks.sentences.append(sentence)
