"""Everything that can be read, by name. Importing this lets every feature add what it knows to the floors below."""

from cms.accounts.audit_entities import AUDIT_ENTRY
from cms.accounts.entities import API_TOKEN, USER
from cms.articles.entities import ENTITIES as ARTICLES
from cms.authors.entities import AUTHOR
from cms.comments.entities import ENTITIES as COMMENTS
from cms.disclaimers.entities import DISCLAIMER, DISCLAIMER_VERSION, POLICY_VERSION
from cms.media.entities import MEDIA
from cms.media.reading import TEXT_REFERENCE
from cms.reading.root import QUERY
from cms.site.entities import CONTENT_ROUTE, GONE, REDIRECT, SITE
from cms.topics.entities import TOPIC

ENTITIES = {
    entity.name: entity
    for entity in (
        QUERY,
        USER,
        API_TOKEN,
        AUDIT_ENTRY,
        MEDIA,
        TEXT_REFERENCE,
        AUTHOR,
        TOPIC,
        DISCLAIMER,
        DISCLAIMER_VERSION,
        POLICY_VERSION,
        SITE,
        REDIRECT,
        GONE,
        CONTENT_ROUTE,
        *ARTICLES,
        *COMMENTS,
    )
}
