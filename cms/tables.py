"""Which modules hold tables. Whoever opens the database passes these on; nothing else needs to know them all."""

MODEL_MODULES = (
    "cms.kernel.models",
    "cms.accounts.models",
    "cms.media.models",
    "cms.authors.models",
    "cms.topics.models",
    "cms.disclaimers.models",
    "cms.site.models",
    "cms.articles.models",
    "cms.comments.models",
    "cms.delivery.models",
)
MIGRATIONS = "cms.migrations"
