"""Made-up texts for large sets: sentences that look like prose, from a few words and a given source of chance.

The one thing to know: the same source gives the same texts, so every call changes what the next one answers.
"""

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ADJECTIVES = _words("narrow patient borrowed quiet wooden ordinary crooked early northern forgotten mended steep")
_NOUNS = _words("staircase kettle timetable ferry courtyard ledger lantern orchard tram library window bakery")
_DESCRIBED = tuple(f"{adjective} {noun}" for adjective in _ADJECTIVES for noun in _NOUNS)
_DID = (
    "waits beside",
    "was measured twice against",
    "looks nothing like",
    "was painted to match",
    "outlasted",
    "keeps the light from",
    "reminds the neighbours of",
    "has been compared with",
    "smells faintly of",
    "was paid for with",
)
_WHEN = (
    "in the first week of spring",
    "whenever it rains",
    "as far as anybody remembers",
    "on the second Tuesday of the month",
    "before the shops open",
    "and nobody has objected",
    "to the surprise of the committee",
    "for reasons that were never written down",
)
_GIVEN = _words("Alder Bram Cosima Dov Elske Fenna Gorm Hedda Ivo Jory Kester Linnet Mabry Nils Odile Piran")
_FAMILY = _words("Ashgrove Birtwell Candlish Dunmere Eastlake Farthing Goswick Hollin Inchbald Jessop Kilburnie")
_SUBJECTS = _words("Harbours Gardens Schools Weather Markets Repairs Music Rivers Kitchens Letters")
_PLACES = ("", " downtown", " abroad", " indoors")
_PARAGRAPHS, _SENTENCES = 9, (2, 5)


def sentence(chance: Random) -> str:
    """One sentence of about 85 characters."""
    first, second = chance.choice(_DESCRIBED), chance.choice(_DESCRIBED)
    return f"The {first} {chance.choice(_DID)} the {second} {chance.choice(_WHEN)}."


def paragraph(chance: Random) -> str:
    """From two to five sentences."""
    return " ".join(sentence(chance) for _ in range(chance.randint(*_SENTENCES)))


def body(chance: Random) -> str:
    """An article's text in Markdown, about 3.5 KB: headings, a quote, a list, a link, emphasis."""
    paragraphs = [paragraph(chance) for _ in range(_PARAGRAPHS)]
    items = "\n".join(f"- {sentence(chance)}" for _ in range(3))
    linked = chance.choice(_DESCRIBED)
    parts = [
        *paragraphs[:3],
        f"## The {chance.choice(_DESCRIBED)}",
        f"*{sentence(chance)}* {paragraphs[3]}",
        f"> {sentence(chance)}",
        *paragraphs[4:6],
        f"## The {chance.choice(_DESCRIBED)}",
        items,
        f"{paragraphs[6]} Compare [the {linked}](https://archive.example.org/{linked.replace(' ', '-')}).",
        f"**{sentence(chance)}** {paragraphs[7]}",
        paragraphs[8],
    ]
    return "\n\n".join(parts)


def title(chance: Random) -> str:
    """A headline."""
    return f"{chance.choice(_DESCRIBED).capitalize()}, {chance.choice(_DESCRIBED)}"


def remark(chance: Random) -> str:
    """A comment of one to four sentences, the first in the writer's own voice; some stress it or quote."""
    opening = chance.choice(("I must say:", "Thank you.", "*Really?*", "> You wrote it, I read it.\n\n", "We checked."))
    return " ".join([opening, *(sentence(chance) for _ in range(chance.randint(1, 4)))])


def name(number: int) -> str:
    """Somebody's name; 176 different ones."""
    family, given = divmod(number, len(_GIVEN))
    return f"{_GIVEN[given]} {_FAMILY[family % len(_FAMILY)]}"


def subject(number: int) -> str:
    """A topic's name; 40 different ones, of which the first ten are the widest."""
    place, which = divmod(number, len(_SUBJECTS))
    return _SUBJECTS[which] + _PLACES[place % len(_PLACES)]
