"""The application as a whole, on both databases: started, asked, watched and stopped."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from cms.app import create_app
from cms.kernel.database import Database, Dialect, open_database
from cms.kernel.settings import Environment, Settings
from cms.reading.sqlite_runner import SqliteRunner
from cms.tables import MIGRATIONS, MODEL_MODULES
from schema.graphiql import FIRST_QUERY
from schema.schema import export
from seed.loader import load_sample
from tests.databases import execute, name_of, postgres_database
from tests.serving import ASK_SITE, SITE, asking, fill, post, running, settings_for

pytestmark = pytest.mark.asyncio

ORIGIN = "https://paper.example.org"
on_sqlite = pytest.mark.parametrize("dialect", [Dialect.SQLITE], ids=str)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a development server on a migrated, empty database."""
    return settings_for(database_url, tmp_path)


@pytest_asyncio.fixture
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody to ask it."""
    async with running(settings) as opened:
        yield opened


# Answering


async def test_the_first_query_shows_the_sample_page_and_its_picture(database_url: str, tmp_path: Path) -> None:
    """What a newcomer runs first fails, is cut short, or shows a picture that is not there."""
    media = tmp_path / "media"

    async def load(database: Database) -> None:
        await load_sample(database, media)

    await fill(database_url, load)
    async with running(settings_for(database_url, tmp_path, public_url="https://cms.example.org")) as client:
        told = (await post(client, asking(FIRST_QUERY))).json()
        article = told["data"]["article"]
        picture = article["leadImage"]["media"]["url"]
        got = await client.get(picture.removeprefix("https://cms.example.org"))

    assert list(told) == ["data"]
    assert (article["title"], article["publishedAt"]) == (
        "The Long Way Home: What Walking Does for a Crowded Mind",
        "2013-05-14T06:30:00Z",
    )
    assert article["commentCount"] == article["comments"]["totalCount"] + sum(
        comment["replyCount"] for comment in article["comments"]["nodes"]
    )
    assert told["data"]["site"]["name"] == "Ground Floor"
    assert picture.startswith("https://cms.example.org/media/")
    assert (got.status_code, got.headers["content-type"].partition("/")[0]) == (200, "image")
    assert got.content in {path.read_bytes() for path in media.rglob("*") if path.is_file()}


@on_sqlite
async def test_an_application_that_was_not_started_says_so(settings: Settings) -> None:
    """A server that sends no lifespan events would answer with a fault that explains nothing."""
    transport = httpx2.ASGITransport(app=create_app(settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://cms.test") as client:
        with pytest.raises(RuntimeError, match="must send lifespan events"):
            await post(client, asking(ASK_SITE))


async def test_it_can_be_stopped_and_started_again(settings: Settings) -> None:
    """A connection that was left open would keep the database from the next process."""
    await fill(settings.database_url)
    for _ in range(2):
        async with running(settings) as client:
            assert (await post(client, asking(ASK_SITE))).json() == SITE

    async with open_database(settings.database_url, MODEL_MODULES, MIGRATIONS) as database:
        assert database.dialect in Dialect


@on_sqlite
async def test_the_schema_is_shown_as_it_is_exported(client: httpx2.AsyncClient) -> None:
    """A client would write its types from another schema than the one that answers."""
    told = await client.get("/schema.graphql")

    assert (told.status_code, told.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert told.text == export()


# Being watched


async def test_a_migrated_server_is_alive_and_ready(client: httpx2.AsyncClient) -> None:
    """A load balancer would send nobody here."""
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (200, {"ready": True})


async def test_a_server_that_waits_for_its_migrations_is_not_ready(empty_database_url: str, tmp_path: Path) -> None:
    """Readers would be sent to a server that can answer nothing."""
    async with running(settings_for(empty_database_url, tmp_path)) as client:
        alive, ready = await client.get("/healthz"), await client.get("/readyz")
        asked = await post(client, asking(ASK_SITE))

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "reason": "migrations are pending"})
    assert [error["extensions"]["code"] for error in asked.json()["errors"]] == ["INTERNAL_SERVER_ERROR"]


async def test_a_server_whose_database_is_gone_is_not_ready(
    postgres_url: str, postgres_template: str, tmp_path: Path
) -> None:
    """It would go on being sent readers; and the driver's words would be sent to them."""
    with postgres_database(postgres_url, postgres_template) as url:
        async with running(settings_for(url, tmp_path)) as client:
            name = name_of(url)
            await execute(postgres_url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await execute(
                postgres_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            told = [await client.get("/readyz") for _ in range(2)]
            asked = [await post(client, asking(ASK_SITE)) for _ in range(2)]
            alive = await client.get("/healthz")
            await execute(postgres_url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            healed = [await client.get("/readyz"), await post(client, asking("{ articles { totalCount } }"))]

    expected = (503, {"ready": False, "reason": "the database does not answer"})
    assert [(answer.status_code, answer.json()) for answer in told] == [expected] * 2
    assert alive.status_code == 200
    for answer in asked:
        assert [error["message"] for error in answer.json()["errors"]] == ["Something went wrong on our side."]
    assert [answer.json() for answer in healed] == [
        {"ready": True},
        {"data": {"articles": {"totalCount": 0}}},
    ]


@on_sqlite
async def test_a_production_log_is_one_json_object_a_line(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever is given a request id could not find it, or would find what a reader wrote beside it."""

    async def failing(*_: object, **__: object) -> None:
        raise RuntimeError("the disk\nis full")

    monkeypatch.setattr(SqliteRunner, "rows", failing)
    production = settings_for(settings.database_url, tmp_path, environment=Environment.PRODUCTION)
    async with running(production) as client:
        query = "query Q($slug: String!) { article(by: { slug: $slug }) { title } }"
        told = await post(client, asking(query, {"slug": "what-a-reader-wrote"}))

    (line,) = capsys.readouterr().out.splitlines()
    logged = json.loads(line)
    assert (logged["event"], logged["level"]) == ("operation failed", "error")
    assert logged["request_id"] == told.json()["errors"][0]["extensions"]["requestId"]
    assert logged["exception"].endswith("RuntimeError: the disk\nis full")
    assert "what-a-reader-wrote" not in line


# Files


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """The folder of files with one picture in it, and things beside it that are nobody's business."""
    folder = tmp_path / "media" / "ab"
    folder.mkdir(parents=True)
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "page.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    (tmp_path / "media-secret").write_text("not for anybody", encoding="utf-8")
    (tmp_path / "media" / "link").symlink_to(tmp_path / "media-secret")
    return tmp_path / "media"


@on_sqlite
@pytest.mark.usefixtures("media")
async def test_files_are_served_to_be_kept_and_never_run(client: httpx2.AsyncClient) -> None:
    """An uploaded page could act for whoever opens it; or every visit would fetch each picture again."""
    picture, page = await client.get("/media/ab/picture.png"), await client.get("/media/ab/page.html")
    again = await client.get("/media/ab/picture.png", headers={"if-none-match": picture.headers["etag"]})

    assert (picture.status_code, picture.content, again.status_code) == (200, b"\x89PNG\r\n\x1a\n", 304)
    assert (picture.headers["content-type"], page.headers["content-type"]) == ("image/png", "text/html; charset=utf-8")
    for told in (picture, page, again):
        assert told.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert told.headers["x-content-type-options"] == "nosniff"
        assert told.headers["content-security-policy"] == "default-src 'none'; sandbox"


@on_sqlite
@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(
    "path",
    [
        "",
        "ab",
        "ab/",
        "nothing.png",
        "../media-secret",
        "%2e%2e/media-secret",
        "..%2fmedia-secret",
        "ab/..%2f..%2fmedia-secret",
        "%2e%2e%2fmedia-secret",
        "..%5cmedia-secret",
        "....//media-secret",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "ab/picture.png%00.txt",
        "x" * 5000,
        "link",
        "../cms.db",
    ],
)
async def test_nothing_but_files_in_the_folder_is_served(client: httpx2.AsyncClient, path: str) -> None:
    """Anybody could read the database, or the key."""
    told = await client.get(f"/media/{path}")

    assert (told.status_code, told.text) == (404, "Not Found")


@on_sqlite
async def test_without_a_folder_there_is_no_file(client: httpx2.AsyncClient) -> None:
    """Before the first upload, a wrong address would be a fault of ours."""
    assert (await client.get("/media/ab/picture.png")).status_code == 404


# Pages of others


def _asked_by_a_page(client: httpx2.AsyncClient, origin: str = ORIGIN) -> httpx2.Request:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    return client.build_request("OPTIONS", "/graphql", headers={"origin": origin, **asked})


@on_sqlite
async def test_pages_of_others_may_not_ask_unless_named(client: httpx2.AsyncClient) -> None:
    """Any page could read what its visitor's network lets it reach."""
    before = await client.send(_asked_by_a_page(client))
    asked = await post(client, asking(ASK_SITE), origin=ORIGIN)

    assert before.status_code == 405
    assert not [name for told in (before, asked) for name in told.headers if name.startswith("access-control")]


@on_sqlite
@pytest.mark.parametrize(("origins", "allowed"), [((ORIGIN, "https://b.example.org"), ORIGIN), (("*",), "*")])
async def test_pages_that_are_named_may_ask(
    settings: Settings, tmp_path: Path, origins: tuple[str, ...], allowed: str
) -> None:
    """A paper's own pages, which stand elsewhere, could not be built on this."""
    async with running(settings_for(settings.database_url, tmp_path, cors_origins=origins)) as client:
        before, after = await client.send(_asked_by_a_page(client)), await post(client, asking(ASK_SITE), origin=ORIGIN)

    assert (before.status_code, before.headers["access-control-allow-origin"]) == (200, allowed)
    assert after.headers["access-control-allow-origin"] == allowed
    assert "access-control-allow-credentials" not in after.headers


@on_sqlite
async def test_other_pages_stay_out_when_some_are_named(settings: Settings, tmp_path: Path) -> None:
    """Naming one would open the door to all."""
    async with running(settings_for(settings.database_url, tmp_path, cors_origins=(ORIGIN,))) as client:
        before = await client.send(_asked_by_a_page(client, "https://other.example.org"))
        after = await post(client, asking(ASK_SITE), origin="https://other.example.org")

    assert before.status_code == 400
    assert "access-control-allow-origin" not in after.headers


# GraphiQL


@on_sqlite
async def test_a_browser_gets_graphiql_in_development(client: httpx2.AsyncClient) -> None:
    """A newcomer would find nothing to try."""
    told = await client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (told.status_code, told.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>Masthead GraphiQL</title>" in told.text
    assert json.dumps(FIRST_QUERY) in told.text
    assert "EXAMPLE_QUERY = `" not in told.text


@on_sqlite
async def test_a_browser_gets_an_answer_where_it_asks_a_question(client: httpx2.AsyncClient) -> None:
    """A link to an answer would show the page to try queries on."""
    told = await client.get("/graphql", params={"query": "{ __typename }"}, headers={"accept": "text/html"})

    assert told.json() == {"data": {"__typename": "Query"}}


@on_sqlite
async def test_there_is_no_graphiql_in_production(settings: Settings, tmp_path: Path) -> None:
    """A page with scripts of others would stand on the address of the paper."""
    production = settings_for(settings.database_url, tmp_path, environment=Environment.PRODUCTION)
    async with running(production) as client:
        told = await client.get("/graphql", headers={"accept": "text/html"})

    assert (told.status_code, told.headers["content-type"]) == (400, "application/json")
