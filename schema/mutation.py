"""Where a write begins: the verbs of every feature, gathered."""

import strawberry

from schema.account_mutations import AccountMutations
from schema.article_mutations import ArticleMutations
from schema.author_mutations import AuthorMutations
from schema.comment_mutations import CommentMutations
from schema.contact_mutations import ContactMutations
from schema.descriptions import described
from schema.disclaimer_mutations import DisclaimerMutations
from schema.preview_mutations import PreviewMutations
from schema.privacy_mutations import PrivacyMutations
from schema.reply_mutations import ReplyMutations
from schema.site_mutations import SiteMutations
from schema.topic_mutations import TopicMutations


@described
@strawberry.type
class Mutation(
    ArticleMutations,
    PreviewMutations,
    AuthorMutations,
    CommentMutations,
    ReplyMutations,
    ContactMutations,
    PrivacyMutations,
    TopicMutations,
    DisclaimerMutations,
    SiteMutations,
    AccountMutations,
):
    """Everything that can be done. Each payload tells what did not work in `errors`; then nothing was changed."""
