"""Puts the sample content into a database, by the verbs that editors use, each at the time it is said to have happened.

The one thing to know: it is one transaction, so a database holds the whole sample or none of it, and loading it again
changes nothing. Comments need the process's key: call `cms.kernel.secrecy.use_secret` first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from cms.articles.actions import create_article, publish_article, unpublish_article, update_article
from cms.articles.disclaiming import create_disclaimer, revise_disclaimer
from cms.articles.drafts import ArticleChange, ArticleDraft, CommentRules, Contribution, Copyright, LeadImage, Seo
from cms.articles.models import Article, ArticleRevision, ContributorRole
from cms.authors.actions import create_author
from cms.authors.models import Author
from cms.comments.actions import moderate_comments, post_comment
from cms.comments.drafts import CommentDraft, Guest
from cms.comments.models import Comment, CommentStatus, ModerationAction
from cms.comments.policy import terms_in_effect
from cms.disclaimers.actions import DisclaimerDraft, DisclaimerRevision
from cms.disclaimers.models import Disclaimer, DisclaimerPlacement, DisclaimerScope
from cms.disclaimers.policies import revise_policy
from cms.kernel import clock
from cms.kernel.database import Database, transaction
from cms.kernel.errors import StateConflict
from cms.kernel.ids import GlobalId, NodeType
from cms.kernel.viewer import SYSTEM
from cms.media.actions import register_media
from cms.media.models import Media
from cms.media.texts import RichTextInput
from cms.site.actions import found_site, the_site
from cms.site.models import Site
from cms.topics.actions import TopicDraft, create_topic
from cms.topics.models import Topic
from seed import model
from seed.content import load_content, read_image, with_ids
from seed.drafts import SOURCE, author_draft, media_draft, policy_revision, site_draft, storage_key

_A_MOMENT = timedelta(minutes=1)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What of the sample is in the database.

    Attributes:
        is_new: whether this call put it there.
        held: how many of the comments wait for a moderator.
        front_page_id: the global id of the article a newcomer is shown first; its path is one of the site's.
    """

    is_new: bool
    images: int
    authors: int
    topics: int
    disclaimers: int
    articles: int
    comments: int
    held: int
    front_page_id: str
    front_page_slug: str
    front_page_path: str


def _quietly(_message: str) -> None:
    """Say nothing."""


async def load_sample(
    database: Database, media_store: Path, progress: Progress = _quietly, *, content: model.Content | None = None
) -> Loaded:
    """Load the sample content into a database without a site, or find that it is there.

    Args:
        database: open and migrated.
        media_store: the folder of files; images that it lacks are written to it in any case.
        progress: is told in a few words what was done.
        content: what to load; what lies in `seed/content/` when left out.

    Raises:
        StateConflict: there is a site, and it is another one.
    """
    content = content or load_content()
    for image in content.images:
        _keep(media_store, image)
    is_new = await _load_once(database, content, progress)
    return await _summary(content, is_new=is_new)


async def _load_once(database: Database, content: model.Content, progress: Progress) -> bool:
    async with transaction(database):
        if await Article.filter(source=SOURCE).exists():
            progress("The sample is here already; nothing was changed")
            return False
        if await Site.exists():
            raise StateConflict("There is a site already: load the sample into an empty database.")
        await _Loading(database, content).everything(progress)
        return True


def _keep(media_store: Path, image: model.Image) -> None:
    """Write an image's file to its place in the store, whole or not at all, unless it is there."""
    data = read_image(image)
    path = media_store / storage_key(image, data)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        part.replace(path)


async def _summary(content: model.Content, *, is_new: bool) -> Loaded:
    """Counts from the database, which editors may have changed since."""
    front = await Article.get(source=SOURCE, source_id=content.site.front_page_article)
    slug = (await ArticleRevision.get(id=front.head_id)).slug
    path = (await the_site()).article_path.replace("{locale}", front.locale).replace("{slug}", slug)
    return Loaded(
        is_new=is_new,
        images=await Media.filter(source=SOURCE).count(),
        authors=await Author.filter(source=SOURCE).count(),
        topics=await Topic.filter(source=SOURCE).count(),
        disclaimers=await Disclaimer.filter(slug__in=[each.slug for each in content.disclaimers]).count(),
        articles=await Article.filter(source=SOURCE).count(),
        comments=await Comment.filter(source=SOURCE).count(),
        held=await Comment.filter(source=SOURCE, status=CommentStatus.PENDING).count(),
        front_page_id=str(GlobalId(NodeType.ARTICLE, front.id)),
        front_page_slug=slug,
        front_page_path=path,
    )


@dataclass(slots=True)
class _Loading:
    """One load: what was made so far, by the slug or key it has in the sample."""

    database: Database
    content: model.Content
    media: dict[str, UUID] = field(default_factory=dict)
    authors: dict[str, UUID] = field(default_factory=dict)
    topics: dict[str, UUID] = field(default_factory=dict)
    disclaimers: dict[str, UUID] = field(default_factory=dict)
    articles: dict[str, UUID] = field(default_factory=dict)
    comments: dict[str, UUID] = field(default_factory=dict)

    async def everything(self, progress: Progress) -> None:
        """Load it all: each thing after what it names, and comments before their article closes them."""
        for step in (self._found, self._write_legal_texts, self._publish, self._discuss):
            progress(await step())

    async def _found(self) -> str:
        """The publication with its pictures, people and topics, all as old as itself."""
        at = _founded_at(self.content)
        await found_site(self.database, SYSTEM, site_draft(self.content.site), at=at)
        for image in self.content.images:
            draft = media_draft(image, read_image(image))
            self.media[image.key] = (await register_media(self.database, SYSTEM, draft, at=at)).id
        for author in self.content.authors:
            made = await create_author(self.database, SYSTEM, author_draft(author), at=at)
            self.authors[author.slug] = made.id
        for topic in self.content.topics:
            await self._add_topic(topic, at)
        return f"{len(self.media)} images, {len(self.authors)} authors, {len(self.topics)} topics"

    async def _write_legal_texts(self) -> str:
        for disclaimer in self.content.disclaimers:
            await self._add_disclaimer(disclaimer)
        for policy in self.content.policies:
            await revise_policy(self.database, SYSTEM, policy_revision(policy), at=policy.effective_from)
        return f"{len(self.disclaimers)} disclaimers, {len(self.content.policies)} versions of policies"

    async def _publish(self) -> str:
        for article in self.content.articles:
            await self._add_article(article)
        return f"{len(self.articles)} articles"

    async def _discuss(self) -> str:
        for article, comment in _as_they_came(self.content):
            await self._add_comment(article, comment)
        for article in self.content.articles:
            await self._set_comment_rules(article)
        return f"{len(self.comments)} comments"

    async def _add_topic(self, topic: model.Topic, at: datetime) -> None:
        draft = TopicDraft(
            name=topic.name,
            slug=topic.slug,
            description=topic.description,
            parent_id=self.topics[topic.parent] if topic.parent else None,
            source=SOURCE,
            source_id=topic.slug,
        )
        self.topics[topic.slug] = (await create_topic(self.database, SYSTEM, draft, at=at)).id

    async def _add_disclaimer(self, disclaimer: model.Disclaimer) -> None:
        first, *later = disclaimer.versions
        draft = DisclaimerDraft(
            title=first.title,
            body=RichTextInput(markdown=first.body),
            scope=DisclaimerScope(disclaimer.scope),
            placement=DisclaimerPlacement(disclaimer.placement),
            slug=disclaimer.slug,
            topic_ids=tuple(self.topics[slug] for slug in disclaimer.topics),
            author_ids=tuple(self.authors[slug] for slug in disclaimer.authors),
        )
        made = await create_disclaimer(self.database, SYSTEM, draft, at=first.effective_from)
        self.disclaimers[disclaimer.slug] = made.disclaimer_id
        for version in later:
            revision = DisclaimerRevision(
                disclaimer_id=made.disclaimer_id, title=version.title, body=RichTextInput(markdown=version.body)
            )
            await revise_disclaimer(self.database, SYSTEM, revision, at=version.effective_from)

    async def _add_article(self, article: model.Article) -> None:
        """Write an article and do with it what its state says; what has no time of its own is written now."""
        made = await create_article(self.database, SYSTEM, self._article(article), at=article.published_at)
        self.articles[article.slug] = made.id
        # Publishing at a time to come schedules.
        if starts_at := article.published_at or article.publish_at:
            await publish_article(self.database, SYSTEM, made.id, at=starts_at)
        if article.unpublished_at:
            await unpublish_article(self.database, SYSTEM, made.id, at=article.unpublished_at)

    def _article(self, article: model.Article) -> ArticleDraft:
        lead, rights, seo = article.lead_image, article.copyright, article.seo
        return ArticleDraft(
            title=article.title,
            slug=article.slug,
            locale=article.locale,
            translation_of=self.articles[article.translation_of] if article.translation_of else None,
            standfirst=article.standfirst,
            body=RichTextInput(markdown=self._body(article)),
            lead_image=LeadImage(self.media[lead.key], lead.alt, lead.caption, lead.credit) if lead else None,
            contributors=tuple(
                Contribution(self.authors[each.author], ContributorRole(each.role), each.credited_as)
                for each in article.contributors
            ),
            topic_ids=tuple(self.topics[slug] for slug in article.topics),
            disclaimer_ids=tuple(self.disclaimers[slug] for slug in article.disclaimers),
            copyright=Copyright(rights.holder, rights.year, rights.statement, rights.license_url) if rights else None,
            seo=Seo(seo.title, seo.description, seo.canonical_url, seo.no_index) if seo else None,
            source=SOURCE,
            source_id=article.slug,
        )

    def _body(self, article: model.Article) -> str:
        articles, media = _named(NodeType.ARTICLE, self.articles), _named(NodeType.MEDIA, self.media)
        return with_ids(article.body, articles, media)

    async def _add_comment(self, article: model.Article, comment: model.Comment) -> None:
        """Post a comment under the terms of its day; where a first comment is held that should be shown, show it."""
        at, source_id = comment.created_at, _comment_key(article, comment.key)
        terms = await terms_in_effect(at)
        draft = CommentDraft(
            self.articles[article.slug],
            comment.body,
            parent_id=self.comments[_comment_key(article, comment.reply_to)] if comment.reply_to else None,
            guest=Guest(comment.name, comment.email, comment.url),
            accepted_terms_id=terms.id if terms else None,
            channel="seed",
            contributor_author_id=self.authors[comment.contributor] if comment.contributor else None,
        )
        posted = await post_comment(self.database, SYSTEM, draft, at=at, source=SOURCE, source_id=source_id)
        self.comments[source_id] = posted.comment.id
        if posted.comment.status is CommentStatus.PENDING and comment.expect == "shown":
            with clock.at(at + _A_MOMENT):
                await moderate_comments(self.database, SYSTEM, [posted.comment.id], ModerationAction.APPROVE)

    async def _set_comment_rules(self, article: model.Article) -> None:
        """Give an article rules of its own, after the comments that came before them."""
        if article.comment_policy is None:
            return
        stored = await Article.get(id=self.articles[article.slug])
        times = [*(comment.created_at for comment in article.comments), stored.updated_at]
        change = ArticleChange(
            article_id=stored.id,
            expected_version=stored.version,
            comments=CommentRules(open=article.comment_policy.open),
        )
        await update_article(self.database, SYSTEM, change, at=max(times) + _A_MOMENT)


def _founded_at(content: model.Content) -> datetime:
    """When the publication began: what has no time of its own is as old as the first text that is in effect."""
    times = [version.effective_from for disclaimer in content.disclaimers for version in disclaimer.versions]
    return min(*times, *(policy.effective_from for policy in content.policies))


def _as_they_came(content: model.Content) -> Iterator[tuple[model.Article, model.Comment]]:
    """Every comment with its article, in the order they were written: who is known already depends on it."""
    pairs = ((article, comment) for article in content.articles for comment in article.comments)
    yield from sorted(pairs, key=lambda pair: pair[1].created_at)


def _comment_key(article: model.Article, key: str) -> str:
    return f"{article.slug}/{key}"


def _named(node_type: NodeType, keys: Mapping[str, UUID]) -> dict[str, str]:
    """The same with global ids, as texts name what they mention."""
    return {name: str(GlobalId(node_type, key)) for name, key in keys.items()}
