"""Broken twins: one small sabotage for each check of comments, done behind the servers' back, that it must find."""

from bench.crash.breaking import NothingToBreak, Sabotage, one_of
from bench.crash.comments import promises
from bench.crash.comments.acts import Verb
from bench.crash.comments.memory import Kept, Memory
from bench.crash.comments.promises import Check
from cms.articles.models import Article
from cms.comments.models import Comment, CommentFlag, CommentReaction, CommentStatus, ModerationDecision
from cms.kernel.database import Database
from cms.kernel.events import EventType
from cms.kernel.ids import new_id
from cms.kernel.models import Event, Idempotency

Break = Sabotage[Check, [Database, Memory]]


async def _lose_a_text(_database: Database, memory: Memory) -> None:
    kept = _last(memory, Verb.POST)
    await Comment.filter(id=kept.answer.nodes[0]).update(body_text="")


async def _forget_an_edit(_database: Database, _memory: Memory) -> None:
    event = await one_of(Event.filter(type=EventType.COMMENT_EDITED.value))
    await event.delete()


async def _undo_a_deletion(_database: Database, memory: Memory) -> None:
    await Comment.filter(id=_last(memory, Verb.DELETE).act.comment).update(status=CommentStatus.PENDING)


async def _lose_a_decision(_database: Database, _memory: Memory) -> None:
    await (await one_of(ModerationDecision.exclude(moderator_id=None).exclude(reason=None))).delete()


async def _lose_a_report(_database: Database, _memory: Memory) -> None:
    await (await one_of(CommentFlag.all())).delete()


async def _change_a_reaction(_database: Database, _memory: Memory) -> None:
    reaction = await one_of(CommentReaction.all())
    other = next(kind for kind in type(reaction.reaction) if kind is not reaction.reaction)
    await CommentReaction.filter(id=reaction.id).update(reaction=other)


async def _open_what_was_closed(_database: Database, memory: Memory) -> None:
    article = await Article.get(id=_last(memory, Verb.RULE).act.comment)
    await Article.filter(id=article.id).update(comments_open=not article.comments_open)


async def _spoil_a_token(_database: Database, memory: Memory) -> None:
    memory.deaf.append(next(iter(memory.tokens)))


async def _move_a_thread(_database: Database, _memory: Memory) -> None:
    reply = await one_of(Comment.filter(depth=1))
    other = await one_of(Comment.filter(depth=0, article_id=reply.article_id).exclude(id=reply.parent_id))
    await Comment.filter(id=reply.id).update(parent_id=other.id, root_id=other.id)


async def _make_a_cycle(_database: Database, _memory: Memory) -> None:
    reply = await one_of(Comment.filter(depth__gt=1))
    assert reply.parent_id is not None  # noqa: S101 - a reply has one
    above = await Comment.get(id=reply.parent_id)
    await Comment.filter(id=above.id).update(parent_id=reply.id)


async def _hide_a_comment(database: Database, _memory: Memory) -> None:
    # Of an approved one the table itself refuses this, so the other way round: a place that nobody may see.
    hidden = await one_of(Comment.filter(is_listed=False))
    await database.connection.execute_query(f"UPDATE comment SET is_listed = (1 = 1) WHERE id = '{hidden.id}'")  # noqa: S608 - our own id


async def _miscount(_database: Database, _memory: Memory) -> None:
    comment = await one_of(Comment.all())
    await Comment.filter(id=comment.id).update(reply_count=comment.reply_count + 1)


async def _forget_a_change(_database: Database, _memory: Memory) -> None:
    await (await one_of(Event.filter(type=EventType.COMMENT_REMOVED.value))).delete()


async def _forget_a_key(_database: Database, _memory: Memory) -> None:
    await (await one_of(Idempotency.filter(mutation=Verb.REACT.value))).delete()


async def _do_it_twice(_database: Database, _memory: Memory) -> None:
    copy = await one_of(Comment.filter(depth=0))
    copy.id = new_id()
    await copy.save(force_create=True)


async def _tell_of_a_fault(_database: Database, memory: Memory) -> None:
    memory.faults.append("500: database is locked")


BREAKS: tuple[Break, ...] = (
    Sabotage(promises.comments_are_there, _lose_a_text),
    Sabotage(promises.edits_are_told, _forget_an_edit),
    Sabotage(promises.deletions_stand, _undo_a_deletion),
    Sabotage(promises.decisions_are_kept, _lose_a_decision),
    Sabotage(promises.reports_are_kept, _lose_a_report),
    Sabotage(promises.reactions_are_kept, _change_a_reaction),
    Sabotage(promises.rules_are_kept, _open_what_was_closed),
    Sabotage(promises.tokens_find_their_comments, _spoil_a_token),
    Sabotage(promises.threads_keep_their_shape, _move_a_thread),
    Sabotage(promises.threads_are_trees, _make_a_cycle),
    Sabotage(promises.comments_are_listed, _hide_a_comment),
    Sabotage(promises.counts_are_right, _miscount),
    Sabotage(promises.histories_are_told, _forget_a_change),
    Sabotage(promises.keys_have_their_rows, _forget_a_key),
    Sabotage(promises.comments_are_there_once, _do_it_twice),
    Sabotage(promises.answers_are_clean, _tell_of_a_fault),
)


def _last(memory: Memory, verb: Verb) -> Kept:
    """The last acknowledged act of a kind."""
    found = list(memory.of(verb))
    if not found:
        raise NothingToBreak(verb.value)
    return found[-1]
