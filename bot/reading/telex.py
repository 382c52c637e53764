"""Raw Telex keystrokes back into Vietnamese: "duowngf" → "đường", "thoon" → "thôn".

A message typed with the keyboard switched off keeps its keystrokes. No Vietnamese
syllable typed without accents ends in s, f, r, x or j, holds a w or a doubled
vowel, so such a word is Telex when what it decodes to is a possible syllable.
"""

import re
import unicodedata
from functools import lru_cache

_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_HATS = {"a": "â", "e": "ê", "o": "ô"}
_HORNS = {"a": "ă", "o": "ơ", "u": "ư"}
_VOWELS = frozenset("aeiouyâêôăơư")
_BARE = str.maketrans("âêôăơưđ", "aeoaoud")
_LOOKS_TELEX = re.compile(r"[aeiouyw].*[sfrxjw]|aa|ee|oo|dd|[sfrxjw]$|w")

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_ONSETS = "ngh ng nh ch gh gi kh ph qu th tr b c d g h k l m n p r s t v x".split()
_RIMES = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay
    e ec em en eng enh eo ep et eu
    i ia ich iec iem ien ieng iep iet ieu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong op ot
    u ua uan uang uat uay uau uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up
    ut uu uy uya uych uyen uyet uyn uynh uyt uyu y ych ym yn ynh yt yem yen yeng yet yeu
    """.split()
)
_NEVER_TELEX = frozenset("test led box web app zalo wifi ads dj css ios aws dos sos show".split())
# Words people write in English or as abbreviations; reading keystrokes into them would invent words.
_FOREIGN = frozenset(
    """
    as is us or for her his has was car bar tour per test text best rest box fix mix max tax gas bus
    boss mess sos pos show down now how low new news dj ads app web wifi fax six yes plus clean up too
    zoo cool foot food good look book room door tool tools loop free see seen week green keep been deep
    win wave law raw saw row tow view las tex max pass class tos mis ios css dos aws
    """.split()
)


@lru_cache(maxsize=4096)
def decode_word(word: str, also_english: bool = False) -> str | None:
    """One lower-case ASCII word decoded from Telex, or None when it is not Telex.

    Doubled tone keys ("tharri") count once: they are slips far more often than
    the wish to type a literal letter. With `also_english`, words that are English
    as well ("car": "cả") are decoded too.
    """
    if word in _FOREIGN and not also_english:
        return None
    if "dd" in word and not _VOWELS.intersection(word):
        return word.replace("dd", "đ", 1)  # "ddvtn", "2.000dd"
    if len(word) < 2 or not _LOOKS_TELEX.search(word):
        return None
    if word in _NEVER_TELEX:
        return None
    typed = _apply_marks(_DRAWN_OUT.sub(r"\1\1", word))
    if typed is None:
        return None
    letters, tone = typed
    decoded = "".join(letters)
    if decoded == word and not tone:
        return None
    if not _possible_syllable(decoded.translate(_BARE)):
        return None
    return _with_tone(letters, tone)


def _apply_marks(word: str) -> tuple[list[str], str] | None:
    letters: list[str] = []
    tone = ""
    for key in word:
        seen_vowel = any(letter in _VOWELS for letter in letters)
        if key in _TONES and seen_vowel and not (key == "r" and letters[-1] == "t"):
            tone = _TONES[key]
        elif key == "w":
            if not _add_horn(letters):
                letters.append("ư")
        elif key in _HATS and letters and letters[-1] == key:
            letters[-1] = _HATS[key]
        elif key in _HATS and seen_vowel and letters[-1] not in _VOWELS and key in letters:
            letters[_last(letters, key)] = _HATS[key]  # "thonos": the hat typed after the coda
        elif key == "d" and letters and letters[0] == "d":
            letters[0] = "đ"
        else:
            letters.append(key)
    return (letters, tone) if any(letter in _VOWELS for letter in letters) else None


def _last(letters: list[str], key: str) -> int:
    return len(letters) - 1 - letters[::-1].index(key)


def _add_horn(letters: list[str]) -> bool:
    """Put the horn of a w where it belongs; "uo" becomes "ươ" in one stroke."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in _HORNS:
            horned_u = letters[at] == "o" and at > 0 and letters[at - 1] in "uư"
            after_q = at > 1 and letters[at - 2] == "q"
            if letters[at] == "u" and at > 0 and letters[at - 1] == "u":
                letters[at - 1] = "ư"  # "hưu", "cứu"
                return True
            if letters[at] == "a" and at > 0 and letters[at - 1] == "u" and not after_q:
                letters[at - 1] = "ư"  # "mưa", never "muă"
                return True
            letters[at] = _HORNS[letters[at]]
            if horned_u and not after_q:
                letters[at - 1] = "ư"
            return True
        if letters[at] in "ơư":
            return True
    return False


def _possible_syllable(bare: str) -> bool:
    for onset in _ONSETS:
        if bare.startswith(onset):
            rime = bare[len(onset) :]
            if rime in _RIMES or (onset == "gi" and not rime):
                return True
    return bare in _RIMES


def _with_tone(letters: list[str], tone: str) -> str:
    if not tone:
        return "".join(letters)
    at = _tone_place(letters)
    toned = unicodedata.normalize("NFC", letters[at] + tone)
    return "".join([*letters[:at], toned, *letters[at + 1 :]])


def _tone_place(letters: list[str]) -> int:
    """The vowel that carries the tone, by the newer spelling rule (hoà, thuỷ)."""
    vowels = [at for at, letter in enumerate(letters) if letter in _VOWELS]
    glide = len(vowels) > 1 and "".join(letters[:2]) in ("qu", "gi") and vowels[0] == 1
    if glide:
        vowels = vowels[1:]
    marked = [at for at in vowels if letters[at] in "âêôăơư"]
    if marked:
        return marked[-1]
    if len(vowels) == 1:
        return vowels[0]
    has_coda = vowels[-1] < len(letters) - 1
    opening = "".join(letters[at] for at in vowels)
    if len(vowels) == 3 or (len(vowels) == 2 and (has_coda or opening in ("oa", "oe", "uy"))):
        return vowels[1]
    return vowels[0]
