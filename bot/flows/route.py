"""Where a message goes when no form is open: commands, openers, codes, and free text.

Free text that opens nothing is never met with "I don't understand" alone: the two or
three likeliest things are offered, and the words go along into whichever is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.events import Contact, File, Photo, Place, Said, Tap, Text
from bot.flows.answers import tapped
from bot.flows.case_verbs import deed_in
from bot.flows.form import Act, Do, Look, Moment, Open, Resume, Who
from bot.flows.request_words import read_call
from bot.flows.small_talk import around
from bot.flows.words import HELP, RESUME, means, plain
from bot.reading.read import read
from bot.reading.reading import Context, Reading

CASE_CODE = re.compile(r"\b(PA-?[2-9A-HJKMNP-Z]{4,6})\b", re.IGNORECASE)
REPORT_CODE = re.compile(r"\b(BC-?[2-9A-HJKMNP-Z]{4,6})\b", re.IGNORECASE)
_COMMAND = re.compile(r"^/([a-z_]+)(?:@\w+)?(?:\s+(.*))?$", re.IGNORECASE | re.DOTALL)
_INVITE = re.compile(
    r"^(?:ma(?: moi)?\s*:?\s*)?([2-9A-HJKMNP-Z]{4}-?[2-9A-HJKMNP-Z]{4})$", re.IGNORECASE
)


@dataclass(frozen=True)
class Openers:
    """Which words open what: folded phrase or command → the act's flow; `looks` are look-ups.

    `deeds` are the words of buttons that do a thing at once ("do.calendar.new"), for channels without buttons.
    """

    forms: Mapping[str, str]
    looks: Mapping[str, str]
    deeds: Mapping[str, str] = field(default_factory=dict)

    def act(self, phrase: str, rest: str = "") -> Act | None:
        """The act that a command or phrase stands for, None when it stands for nothing."""
        args = {"rest": rest} if rest else {}
        if phrase in self.forms:
            return Open(self.forms[phrase], args)
        if phrase in self.looks:
            return Look(self.looks[phrase], args)
        return tap(Tap(self.deeds[phrase])) if phrase in self.deeds else None

    def deed(self, phrase: str) -> Do | None:
        """What a phrase does at once, whatever form is open; None for what opens a form of its own."""
        act = tap(Tap(self.deeds[phrase])) if phrase in self.deeds else None
        return act if isinstance(act, Do) else None


def openers(
    forms: Sequence[tuple[str, Sequence[str]]],
    looks: Sequence[tuple[str, Sequence[str]]],
    deeds: Mapping[str, str] | None = None,
) -> Openers:
    """Gather (flow, phrases) pairs into one table. Raises ValueError when two claim the same phrase."""
    said = {plain(words): token for words, token in (deeds or {}).items()}
    return Openers(_table(forms), _table(looks), said)


def _table(pairs: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    table: dict[str, str] = {}
    for flow, phrases in pairs:
        for phrase in phrases:
            folded = plain(phrase)
            if table.setdefault(folded, flow) != flow:
                raise ValueError(f"“{phrase}” opens both {table[folded]} and {flow}")
    return table


def command(words: str, table: Openers) -> Act | None:
    """The act of a slash command ("/tiendo", "/start HD7K3F9Q"); None for other text or an unknown command."""
    found = _COMMAND.match(words.strip())
    if found is None:
        return None
    name, rest = found.group(1).lower(), (found.group(2) or "").strip()
    if name == "start":
        return Open("register", {"code": rest}) if rest else Look("help", {"start": "1"})
    return table.act(f"/{name}", rest)


def tap(said: Tap) -> Act | None:
    """The act of a button that stands for itself, whatever form is open.

    "go.report.17" opens a form, "do.case.take.PA-7F3K" does a thing at once, "look.progress" shows one.
    """
    kind, flow, arg = tapped(said)
    args = {"arg": arg} if arg else {}
    if kind == "go" and flow:
        return Resume(arg) if flow == "resume" else Open(flow, args)
    if kind == "do" and flow:
        return Do(flow, args)
    return Look(flow, args) if kind == "look" and flow else None


def case_deed(words: str) -> Act | None:
    """The act of words that say what to do with a case ("nhận PA-7F3K"), for channels without buttons."""
    deed = deed_in(words)
    return None if deed is None else tap(Tap(deed))


def route(
    said: Said, who: Who, moment: Moment, table: Openers, context: Context
) -> tuple[Act, ...]:
    """What to do with a message when no form is open. Empty when there is nothing to answer."""
    match said:
        case Tap():
            act = tap(said)
            return (act,) if act else (Look("help", {"stale": "1"}),)
        case Text(words):
            return _routed_words(words, who, moment, table, context)
        case Photo(media=media, caption=caption) | File(media=media, caption=caption) if media:
            photos = (media,)
            if caption.strip():
                return _read_words(caption, photos, who, moment, context)
            return (Open("likely", {"photo": "1"}, "", photos),)
        case Contact(number, own=True) if not who.room:
            return (Open("phone", {"card": number}),)
        case Place(lat, lon):
            return (Open("likely", {"place": f"{lat},{lon}"}),)
    return (Look("help", {"unheard": said.__class__.__name__.lower()}),)


def _routed_words(
    words: str, who: Who, moment: Moment, table: Openers, context: Context
) -> tuple[Act, ...]:
    act = command(words, table) or table.act(plain(words)) or _named_report(words, table)
    if act:
        return (_in_room(act, who),)
    if means(words, HELP):
        return (Look("help"),)
    if means(words, RESUME):
        return (Resume(),)
    deed = case_deed(words)
    if deed:
        return (deed,)
    if _calls_on_others(words, who, moment):
        return (Open("request", {}, words),)
    code = CASE_CODE.search(words)
    if code and len(words) < _LONGEST_CODE_LINE:
        return (Look("case", {"code": code.group(1).upper()}),)
    invite = _INVITE.match(" ".join(words.split()))
    if invite:
        return (Open("register", {"code": invite.group(1)}),)
    talk = around(words, reporter=is_reporter(who), official=is_official(who))
    if talk:
        return (talk,)
    return _read_words(words, (), who, moment, context)


def _named_report(words: str, table: Openers) -> Act | None:
    """What is said of one report by its code: "sửa báo cáo BC-7F3K", "duyệt BC-7F3K", or the code alone."""
    code = REPORT_CODE.search(words)
    if code is None:
        return None
    said = plain(REPORT_CODE.sub("", words))
    act = table.act(said, code.group(1)) if said else Open("review", {"rest": code.group(1)})
    return act if isinstance(act, Open) and act.flow in ("correct", "review") else None


def is_reporter(who: Who) -> bool:
    """Whether the speaker reports for a unit, their own or the group's."""
    return bool(who.roles) or who.group_unit is not None


def is_official(who: Who) -> bool:
    """Whether the speaker may ask units for something and see who has not reported."""
    return any(role.role in _MAY_ASK for role in who.roles)


def _calls_on_others(words: str, who: Who, moment: Moment) -> bool:
    """Whether an official asks units for something until a day; a form is drafted, nothing sent."""
    if not is_official(who):
        return False
    call = read_call(words, moment.today)
    return call is not None and call.due_at is not None


_MAY_ASK = frozenset({"admin", "reviewer", "leader"})
"""Roles whose "các thôn báo số hộ bị ngập …" is a call on others, not a report of their own."""

_LONGEST_CODE_LINE = 60
"""A line this short with a case code in it asks about that case; a longer one is a message of its own."""


def _in_room(act: Act, who: Who) -> Act:
    """In a group "/dangky" registers the group, not the person."""
    if who.room and isinstance(act, Open) and act.flow == "register":
        return Look("group", act.args)
    return act


def _read_words(
    words: str, photos: tuple[int, ...], who: Who, moment: Moment, context: Context
) -> tuple[Act, ...]:
    reading = read(words, moment.today, context)
    flow = sure_flow(reading, who)
    if flow:
        return (Open(flow, {"latest": "1"} if flow == "correct" else {}, words, photos),)
    if reading.kind in ("greeting", "thanks"):
        return (Look("help", {reading.kind: "1"}),)
    if reading.kind == "progress":
        return (Look("progress"),)
    if reading.kind == "spam" and reading.kind_confidence >= _SURE:
        return (Look("help", {"spam": "1"}),)
    more = {"photo": "1"} if photos else {}
    return (Open("likely", {"kind": reading.kind, "words": words, **more}, "", photos),)


_SURE = 0.8
"""Confidence from which a message opens its form at once; the confirm page still shows everything read."""


def sure_flow(reading: Reading, who: Who) -> str:
    """The form a reading clearly belongs to for this person, "" when it should be offered instead."""
    reporter = is_reporter(who)
    if reading.kind == "correction" and reporter:
        return "correct"  # nothing is lost when it was none: the report opens at its confirm page
    if reading.kind_confidence < _SURE:
        return ""
    match reading.kind:
        case "campaign" if reporter and reading.values:
            return "campaign"
        case "indicator" if reporter and reading.values:
            return "report"
        case "violation":
            return "violation"
        case "difficulty" if reporter:
            return "difficulty"
    return ""
