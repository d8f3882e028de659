"""GraphiQL, the page on which a developer tries queries: Strawberry's, with our first query in its editor.

Its scripts come from the net. Where they cannot be had, a plain editor of ours stands in their place.
"""

import json
import re
from functools import cache
from pathlib import Path

from strawberry.http.ides import get_graphql_ide_html

_FOLDER = Path(__file__).parent
FIRST_QUERY = (_FOLDER / "first_query.graphql").read_text(encoding="utf-8")
_EXAMPLE = re.compile(r"const EXAMPLE_QUERY = `.*?`;", re.DOTALL)


@cache
def graphiql_page() -> str:
    """The page as HTML."""
    # `<` is written as an escape so that no text of ours can end the script.
    first = json.dumps(FIRST_QUERY).replace("<", "\\u003c")
    page = _EXAMPLE.sub(lambda _: f"const EXAMPLE_QUERY = {first};", get_graphql_ide_html())
    page = page.replace("<title>Strawberry GraphiQL</title>", "<title>Masthead GraphiQL</title>")
    plain = (_FOLDER / "plain_editor.html").read_text(encoding="utf-8").replace("FIRST_QUERY", first)
    return page.replace("</body>", f"{plain}</body>")
