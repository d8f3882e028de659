"""What clients make of a refusal, of a query and a mutation, of a token that is revoked, and of a server that stops.

The one thing to know: nobody comes back here by itself, so that what a client was told last stands to be read. The
exception is the stop, after which the same clients must find the other server by themselves.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx2

from bench.clients.cutting import cutting
from bench.clients.driving import Clients, DidNotHappen, Kind
from bench.clients.findings import Finding, Trial
from bench.clients.newsroom import Newsroom, prepare
from bench.clients.resuming import DOCUMENT
from bench.crash.processes import Server, faults_in, served

_QUEUE: Final = "subscription { moderationQueue { cursor kind commentId } }"
MODERATE: Final = (
    "mutation ($ids: [ID!]!, $action: ModerationAction!) {"
    " moderateComments(ids: $ids, action: $action) { comments { id status } errors { code } } }"
)
_REVOKE: Final = "mutation ($id: ID!) { revokeApiToken(id: $id) { errors { code } } }"
_SITE: Final = "{ site { name } }"
_NOBODY: Final = "art_00000000-0000-7000-8000-000000000000"
_SOON: Final = 10.0
_TRIES: Final = 5
_REVOKED_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 5.0
#: Close codes: GraphQL over WebSocket's "Forbidden", and "Service Restart" (RFC 6455's registry).
_FORBIDDEN, _RESTART = 4403, 1012


async def look(url: str, folder: Path, clients: Clients, _trial: Trial) -> list[Finding]:
    """Everything but what takes a crowd, on two servers of one database."""
    newsroom = await prepare(url, tokens=1)
    with served(url, folder, {}, {}) as servers:
        findings = [
            await _refusals(clients, servers[0].url, newsroom),
            await _answers(clients, servers[0].url, newsroom),
            await _revocation(clients, servers, newsroom),
            await _stop(clients, servers, newsroom),
        ]
    return [*findings, Finding("no fault in any log", "", tuple(faults_in(folder)))]


async def ask(url: str, query: str, authorization: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    """The payload of a mutation that must work."""
    async with httpx2.AsyncClient(timeout=60) as client:
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", "authorization": authorization}
        answer = (await client.post(f"{url}/graphql", content=body, headers=headers)).json()
    assert "errors" not in answer, answer  # noqa: S101 - the documents are our own
    (payload,) = answer["data"].values()
    assert payload["errors"] == [], payload  # noqa: S101 - as above
    return payload


# Refusals


async def _refusals(clients: Clients, url: str, newsroom: Newsroom) -> Finding:
    """Every client is told the code of what is refused, and that nothing more comes."""
    cases = {
        "FORBIDDEN": (_QUEUE, {}),
        "NOT_FOUND": (DOCUMENT, {"article": _NOBODY}),
        "BAD_USER_INPUT": (DOCUMENT, {"article": newsroom.article, "after": "yesterday"}),
    }
    names = {(code, kind): f"refused {code} {kind}" for code in cases for kind in Kind}
    for (code, kind), name in names.items():
        query, variables = cases[code]
        clients.begin(name, kind, url, query, variables=variables)
    strangers = {kind: f"stranger {kind}" for kind in Kind}
    for kind, name in strangers.items():
        clients.begin(name, kind, url, _QUEUE, authorization="Bearer cms_nobody")
    await clients.until(
        lambda: all(_is_over(clients, name) for name in (*names.values(), *strangers.values())), _SOON, "refusing"
    )
    broken = [
        f"{name}: {codes} and not {code}"
        for (code, _), name in names.items()
        if (codes := _codes(clients, name)) != [code]
    ]
    told = {kind: _end_of(clients, name) for kind, name in strangers.items()}
    expected = {Kind.SOCKET: str(_FORBIDDEN), Kind.STREAM: "401", Kind.EVENT_SOURCE: "401"}
    broken += [f"a bad token, {kind}: {said}" for kind, said in told.items() if said != expected[kind]]
    for name in (*names.values(), *strangers.values()):
        clients.end(name)
    figures = "; ".join(f"{kind}: {said}" for kind, said in told.items())
    return Finding(f"a refusal has its code ({', '.join(cases)})", f"a bad token: {figures}", broken)


def _codes(clients: Clients, name: str) -> list[str]:
    return [code for each in clients.heard(name) for code in each.codes]


def _is_over(clients: Clients, name: str) -> bool:
    return any(each.what in {"complete", "refused", "failed"} for each in clients.heard(name))


def _end_of(clients: Clients, name: str) -> str:
    """What ended an operation, in a word: a close code, a status, or the codes of errors."""
    for each in reversed(clients.heard(name)):
        known = each.told.get("code") or each.told.get("status") or ", ".join(each.codes)
        if known:
            return str(known)
    return "nothing"


# Queries and mutations


async def _answers(clients: Clients, url: str, newsroom: Newsroom) -> Finding:
    """A query and a mutation have one answer over both libraries, and are complete after it."""
    names = []
    for kind, comment in zip((Kind.SOCKET, Kind.STREAM), newsroom.waiting, strict=True):
        names += [f"query {kind}", f"mutation {kind}"]
        clients.begin(names[-2], kind, url, _SITE)
        variables = {"ids": [comment], "action": "HOLD"}
        clients.begin(names[-1], kind, url, MODERATE, variables=variables, authorization=newsroom.authorization)
    await clients.until(lambda: all(clients.heard(name, "complete") for name in names), _SOON, "answering")
    broken = [
        f"{name}: {[each.told for each in clients.heard(name)]}"
        for name in names
        if len(clients.heard(name, "next")) != 1 or "errors" in clients.heard(name, "next")[0].told["result"]
    ]
    return Finding("a query and a mutation, over ws and sse", f"{len(names)} answers, each complete", broken)


# A token that is revoked


async def _revocation(clients: Clients, servers: Sequence[Server], newsroom: Newsroom) -> Finding:
    """What was begun with a token ends soon after it is revoked, on the server that was told and on the other."""
    ((token, secret),) = newsroom.tokens
    names = {(place, kind): f"revoked {place} {kind}" for place in ("here", "there") for kind in Kind}
    for (place, kind), name in names.items():
        url = servers[place == "there"].url
        clients.begin(name, kind, url, _QUEUE, authorization=f"Bearer {secret}")
    await _all_hear(clients, list(names.values()), servers[0].url, newsroom)
    revoked = time.time()
    await ask(servers[0].url, _REVOKE, newsroom.authorization, id=token)
    await clients.until(
        lambda: all(_ended_at(clients, name, revoked) for name in names.values()), 2 * _REVOKED_SECONDS, "ending"
    )
    seconds = {key: (_ended_at(clients, name, revoked) or 0.0) - revoked for key, name in names.items()}
    broken = [f"{place} {kind}: {took:.1f} s" for (place, kind), took in seconds.items() if took > _REVOKED_SECONDS]
    ends = {kind: {_end_of(clients, names[place, kind]) for place in ("here", "there")} for kind in Kind}
    expected = {kind: {str(_FORBIDDEN) if kind is Kind.SOCKET else "UNAUTHENTICATED"} for kind in Kind}
    broken += [f"{kind} was told {said}" for kind, said in ends.items() if said != expected[kind]]
    for name in names.values():
        clients.end(name)
    figures = "; ".join(
        f"{kind} {' and '.join(f'{seconds[p, kind]:.1f}' for p in ('here', 'there'))} s" for kind in Kind
    )
    return Finding("a revoked token ends what it began, within 5 s, here and there", figures, broken)


async def _all_hear(clients: Clients, names: Sequence[str], url: str, newsroom: Newsroom) -> None:
    """Let everybody hear something: only then it is sure that they follow."""
    await clients.until(lambda: all(clients.heard(name, "connected") for name in names), _SOON, "connecting")
    for action in ("APPROVE", "HOLD") * _TRIES:
        await ask(url, MODERATE, newsroom.authorization, ids=newsroom.waiting, action=action)
        with suppress(DidNotHappen):
            await clients.until(lambda: all(clients.heard(name, "next") for name in names), 1.0, "hearing")
            return


def _ended_at(clients: Clients, name: str, since: float) -> float | None:
    """When a client heard that nothing more comes."""
    ends = [each.at for each in clients.heard(name) if each.what in {"complete", "closed", "failed"}]
    return next((at for at in ends if at >= since), None)


# A server that stops


async def _stop(clients: Clients, servers: Sequence[Server], newsroom: Newsroom) -> Finding:
    """A server that is told to stop lets its listeners go soon, in a way that makes them find another."""
    names = {kind: f"stopped {kind}" for kind in Kind}
    async with cutting(Random(1)) as cutter:  # noqa: S311 - nothing is cut
        cutter.lead_to([servers[1].port])
        variables = {"article": newsroom.article, "after": newsroom.cursor}
        for kind, name in names.items():
            clients.begin(name, kind, cutter.url, DOCUMENT, variables=variables, returns=True)
        await clients.until(lambda: all(clients.heard(name, "connected") for name in names.values()), _SOON, "it")
        cutter.lead_to([servers[0].port])
        begun = time.time()
        await asyncio.to_thread(servers[1].stop)
        took = time.time() - begun
        await clients.until(
            lambda: all(len(clients.heard(name, "connected")) > 1 for name in names.values()), _SOON, "coming back"
        )
        back = {kind: clients.heard(name, "connected")[1].at - begun for kind, name in names.items()}
        codes = [each.told["code"] for each in clients.heard(names[Kind.SOCKET], "closed")]
        for name in names.values():
            clients.end(name)
    broken = [f"it took {took:.1f} s"] if took > _STOP_SECONDS else []
    broken += [] if codes[:1] == [_RESTART] else [f"graphql-ws was told {codes}"]
    figures = "; ".join(f"{kind} back after {seconds:.1f} s" for kind, seconds in back.items())
    return Finding("SIGTERM: everybody goes to the other server", f"stopped in {took:.1f} s, 1012; {figures}", broken)
