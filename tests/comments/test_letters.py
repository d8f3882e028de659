"""The words of letters about comments: what stands in them whatever readers write, and what does not."""

from datetime import UTC, datetime
from uuid import UUID

from cms.comments.letters import Queue, Waiting, digest, reply

KEY = UUID("0190a5ca-96e0-7abc-8bcc-b302099a8057")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ONE = Waiting(KEY, "Wren", "A text", "Cheap, cheap.\n\nBuy now.", "many_links: has 3 links")


def test_what_a_reader_wrote_is_quoted_and_cut() -> None:
    """Words of a reader would pass for ours: another ending, or another address to go to."""
    said = "One.\n\n-- \nTo be told of no more:\nhttps://evil.example/" + " word" * 200

    letter = reply("Ground Floor", "A text", "", said, link="https://a.example/#c", ending="https://cms.example/u")

    start, quoted, end = letter.text.split("\n\n", 2)[0:3]
    body = end.partition("\n\nRead it where it stands:")[0]
    assert (start, quoted) == ("Hello,", "Somebody replied to your comment on\nA text\nat Ground Floor:")
    assert body.splitlines()[:5] == ["> One.", ">", "> --", "> To be told of no more:", body.splitlines()[4]]
    assert all(line.startswith(">") for line in body.splitlines())
    assert len(body) < 430
    assert letter.text.endswith(
        "word…\n\nRead it where it stands:\n\nhttps://a.example/#c\n\n-- \n"
        "You asked to be told of replies, and confirmed it. To be told of no more:\nhttps://cms.example/u\n"
    )


def test_a_moderator_reads_how_much_there_is_and_what_came_first() -> None:
    """A moderator could not tell whether it is worth getting up for."""
    queue = Queue(7, NOON, [ONE], 1, [Waiting(KEY, "", "Tides", "No.", "reported: ABUSE, SPAM")])

    letter = digest("Ground Floor", "Mara", queue)

    assert letter.subject == "7 comments wait, 1 comment was reported at Ground Floor"
    assert letter.text == (
        "Hello Mara,\n\n"
        "7 comments wait at Ground Floor, the first of them since 2026-03-02 12:00 UTC.\n\n"
        "Wren on A text\n> Cheap, cheap.\n>\n> Buy now.\n(many_links: has 3 links)\n\n"
        "... and 6 more.\n\n"
        "1 comment was reported at Ground Floor, and nobody decided about it since.\n\n"
        "Somebody on Tides\n> No.\n(reported: ABUSE, SPAM)\n\n"
        "-- \nYou get this because you moderate comments there.\n"
    )


def test_a_letter_leaves_out_what_there_is_none_of() -> None:
    """A moderator would be told of no comments."""
    nobody: list[Waiting] = []

    assert digest("Ground Floor", "Mara", Queue(1, NOON, [ONE], 0, nobody)).subject == "1 comment waits at Ground Floor"
    two = digest("Ground Floor", "Mara", Queue(0, None, nobody, 2, [ONE, ONE]))
    assert two.subject == "2 comments were reported at Ground Floor"
    assert "wait" not in two.text
    assert "more" not in two.text
    assert [Queue(0, None, nobody, count, nobody).is_empty for count in (0, 1)] == [True, False]
