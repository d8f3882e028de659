"""Who may change whose account: whoever manages people, as far as they hold what those people hold.

Else a program that only manages people could give itself, by way of an administrator's account, everything.
"""

from cms.accounts.models import Role
from cms.accounts.roles import SCOPES_OF
from cms.kernel.guards import require
from cms.kernel.viewer import Scope, Viewer


def require_over(viewer: Viewer, *roles: Role) -> None:
    """Let the viewer pass who may manage people in these roles, and give the roles.

    Raises:
        NotAllowed: the viewer lacks PEOPLE_MANAGE, or a scope that one of the roles gives.
    """
    require(viewer, Scope.PEOPLE_MANAGE)
    for scope in Scope:
        if any(scope in SCOPES_OF[role] for role in roles):
            require(viewer, scope)
