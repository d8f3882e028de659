"""What can be seen in a text without understanding it: selling, shouting, insults, hidden characters, borrowed names.

Every function takes text and tells what it saw; what follows from it is decided in `moderation`. Lists are short on
purpose: what they catch is looked at by a person, and what they let through can be reported by a reader.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cms.kernel.text import fold

#: Said by people who sell, and hardly by anybody else.
SALES_TALK = (
    "best price",
    "best prices",
    "lowest price",
    "lowest prices",
    "visit my",
    "visit our site",
    "visit our website",
    "visit our shop",
    "check out my site",
    "check out my website",
    "check out my channel",
    "link in bio",
    "link in my bio",
    "link in my profile",
    "buy now",
    "shop now",
    "limited time offer",
    "while stocks last",
    "free quote",
    "money back guarantee",
    "guaranteed approval",
    "no credit check",
    "bad credit",
    "without prescription",
    "free spins",
    "welcome bonus",
    "get your ex back",
    "spell caster",
    "guest posts",
    "seo services",
    "bester preis",
    "jetzt kaufen",
    "jetzt bestellen",
    "jetzt spielen",
    "ohne schufa",
    "geld-zurück-garantie",
    "link in meinem profil",
    "besuchen sie meine seite",
    "compra ahora",
    "préstamos rápidos",
    "bono de bienvenida",
    "amarres de amor",
    "achetez maintenant",
    "satisfait ou remboursé",
    "résultat garanti",
)
#: Innocent words that stop being so beside an address. What a reader may well quote stands here, too.
COMMERCE = (
    "discount",
    "discounts",
    "coupon",
    "coupons",
    "voucher",
    "promo",
    "promo code",
    "with code",
    "with the code",
    "click here",
    "order now",
    "order today",
    "limited offer",
    "earn money",
    "make money fast",
    "work from home",
    "free shipping",
    "free delivery",
    "free trial",
    "on sale",
    "for sale",
    "outlet",
    "wholesale",
    "cheap",
    "affordable",
    "unbeatable",
    "casino",
    "betting",
    "slots",
    "payday loan",
    "loans",
    "forex",
    "crypto",
    "backlinks",
    "replica",
    "our customers",
    "our team",
    "our services",
    "rabatt",
    "gutschein",
    "sonderangebot",
    "geld verdienen",
    "kostenloser versand",
    "kredite",
    "descuento",
    "envío gratis",
    "giros gratis",
    "préstamos",
    "réduction",
    "livraison gratuite",
    "pas cher",
)
#: Addressed to a person they end a conversation; said of a thing they may be let through.
INSULTS = (
    "idiot",
    "idiots",
    "moron",
    "morons",
    "imbecile",
    "scum",
    "retard",
    "drop dead",
    "kill yourself",
    "arschloch",
)

_PERCENT_OFF = re.compile(r"\b\d{1,3} ?% (?:off|discount|rabatt|de descuento|de réduction|de remise)\b")
# Whoever wants to go on talking where nobody listens has something to sell: four languages, one messenger.
_ELSEWHERE = re.compile(
    r"\b(?:contact|contactez|contáct|consulta|message|write|text|schreib)\w*[^.!?]{0,40}\b(?:whatsapp|chat app)\b"
)
_BARE_ADDRESS = re.compile(r"(?<![\w/.@])www\.[\w-]+\.\w", re.IGNORECASE)
_UNSEEN = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e"
# Between letters of scripts that never need them; Persian, Khmer or an emoji do.
_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u052f]"
_INSIDE_A_WORD = re.compile(f"{_LETTER}[{_UNSEEN}]+{_LETTER}")
_WITHOUT_UNSEEN = str.maketrans("", "", _UNSEEN)
_MIN_SHOUTED_LETTERS = 20
_SHOUTED_SHARE = 0.7

_SIGNS, _DRAWN_LIKE_SIGNS = "01!|$@3457i", "olllsaeastl"
_CYRILLIC, _DRAWN_LIKE_CYRILLIC = "авеіјкмнорстухѕ", "abeljkmhopctyxs"
_GREEK, _DRAWN_LIKE_GREEK = "αβεικνορτυχ", "abelkvoptyx"
_LOOKS_LIKE = str.maketrans(_SIGNS + _CYRILLIC + _GREEK, _DRAWN_LIKE_SIGNS + _DRAWN_LIKE_CYRILLIC + _DRAWN_LIKE_GREEK)


def says_something(text: str) -> bool:
    """Whether anything in `text` can be seen: a letter, a digit, a mark of punctuation or a symbol."""
    return any(unicodedata.category(char)[0] in "LNPS" for char in text)


def without_unseen(text: str) -> str:
    """`text` without characters of no width, which break up words for machines and for nobody else."""
    return text.translate(_WITHOUT_UNSEEN)


def hides_inside_words(text: str) -> bool:
    """Whether a character of no width stands inside a word in which no script needs one."""
    return _INSIDE_A_WORD.search(text) is not None


def bare_addresses(text: str) -> int:
    """How many addresses stand in `text` that begin with `www.` and so did not become links."""
    return len(_BARE_ADDRESS.findall(text))


def sales_talk(folded: str) -> str | None:
    """The first phrase of SALES_TALK in folded text, or an invitation to go on elsewhere."""
    return _first(_SALES_TALK, folded) or _first(_ELSEWHERE, folded)


def commerce(folded: str) -> str | None:
    """The first word of COMMERCE in folded text, or so many per cent off."""
    return _first(_PERCENT_OFF, folded) or _first(_COMMERCE, folded)


def insult(folded: str) -> str | None:
    """The first word of INSULTS in folded text."""
    return _first(_INSULTS, folded)


def shouts(text: str) -> bool:
    """Whether at least 20 letters have a case, and seven in ten of them are capitals."""
    capitals, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    return capitals + small >= _MIN_SHOUTED_LETTERS and capitals >= _SHOUTED_SHARE * (capitals + small)


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """What `name` looks like at a glance: accents, spaces and marks gone, look-alikes as one letter (after UTS #39).

    `l`, `i`, `1` and `|` are one, and so are `o`, `0` and the Cyrillic and Greek letters drawn like them.
    """
    plain = "".join(char for char in unicodedata.normalize("NFD", fold(name)) if not unicodedata.combining(char))
    drawn = "".join(char for char in plain.translate(_LOOKS_LIKE) if char.isalnum())
    return drawn.replace("rn", "m").replace("vv", "w")


def _whole_words(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)")


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None


_SALES_TALK, _COMMERCE, _INSULTS = _whole_words(SALES_TALK), _whole_words(COMMERCE), _whole_words(INSULTS)
