"""Running the operations in this folder: what one is sent with stands in comments at its head."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cms.kernel.viewer import ANONYMOUS, SYSTEM
from tests.reading.asking import Asker

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.graphql"))
_VARIABLES = re.compile(r"^# variables: (.*)$", re.MULTILINE)
#: Where a statement is broken into lines, to be read and compared.
_BREAKS = re.compile(
    r" (?=UNION ALL |FROM |WHERE |ORDER BY |LIMIT |CROSS JOIN |LEFT JOIN )"
    r"|(?<!CROSS)(?<!LEFT) (?=JOIN )"
    r"|(?<=,) (?=l\d+ AS )"
)


@dataclass(frozen=True)
class Recording:
    """What an operation answered, as JSON with line breaks, and the statements it sent."""

    answer: str
    statements: str


async def record(ask: Asker, name: str) -> Recording:
    """Run the operation in `NAME.graphql` as whoever its head names (`# viewer: editor`, else nobody)."""
    text = (FOLDER / f"{name}.graphql").read_text(encoding="utf-8")
    found = _VARIABLES.search(text)
    variables: dict[str, Any] = orjson.loads(found[1]) if found else {}
    ask.runner.sent.clear()
    data = await ask(text, viewer=SYSTEM if "# viewer: editor" in text else ANONYMOUS, **variables)
    statements = ";\n\n".join(_BREAKS.sub("\n", sql) for sql in ask.runner.sent)
    return Recording(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode() + "\n", statements + ";\n")


def answer_file(name: str) -> Path:
    """Where the answer of an operation is kept; it is the same from both databases."""
    return FOLDER / f"{name}.json"


def statement_file(name: str, dialect: str) -> Path:
    """Where the statement of an operation is kept, for one of the databases."""
    return FOLDER / f"{name}.{dialect}.sql"
