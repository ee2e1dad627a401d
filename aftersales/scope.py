"""Who is asking, and what they may see. Every repository function takes a Scope; there is no query without one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from aftersales.errors import Forbidden
from aftersales.i18n import N_


class ActorKind(StrEnum):
    """What kind of principal did something."""

    STAFF = "staff"
    CUSTOMER = "customer"
    CLIENT = "client"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a staff id, a person's id, an API client's id, or nobody in particular for the system."""

    kind: ActorKind
    id: UUID | None = None


SYSTEM_ACTOR = Actor(ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one caller may do and see.

    `grants` maps a permission to the branches it holds in; None means every branch. `assigned_only` narrows documents
    to those on streams where the caller has an assignment (technicians). A customer's scope names the one `stream_id`
    of their link and the `person_id` it was made for; `read_only` links (printed on paper) change nothing. An API
    client's scope is a part of that of its maker, `behalf`, who answers for it.
    """

    actor: Actor
    grants: Mapping[str, frozenset[UUID] | None] = field(default_factory=dict)
    assigned_only: bool = False
    stream_id: UUID | None = None
    person_id: UUID | None = None
    read_only: bool = False
    behalf: UUID | None = None

    @property
    def staff_id(self) -> UUID | None:
        """The member of staff who asks, or for whom a program asks; None for customers and the system."""
        return self.actor.id if self.actor.kind is ActorKind.STAFF else self.behalf

    @property
    def own_stream(self) -> UUID:
        """The one stream of a customer's link. Raises Forbidden (`auth.customers_only`) for anybody else."""
        if self.stream_id is None:
            raise Forbidden("auth.customers_only", "Only the customer may do this, with the link we sent them.")
        return self.stream_id

    @property
    def own_person(self) -> UUID:
        """The person a customer's link was made for. Raises Forbidden (`auth.customers_only`) for anybody else."""
        if self.person_id is None:
            raise Forbidden("auth.customers_only", "Only the customer may do this, with the link we sent them.")
        return self.person_id

    def can(self, permission: str, branch_id: UUID | None = None) -> bool:
        """Whether the permission is held, in `branch_id` if one is given, else in any branch."""
        if self.actor.kind is ActorKind.SYSTEM:
            return True
        if permission not in self.grants:
            return False
        branches = self.grants[permission]
        return branches is None or branch_id is None or branch_id in branches

    def require(self, permission: str, branch_id: UUID | None = None) -> None:
        """Raise Forbidden (`auth.permission_missing`) unless `can`."""
        if not self.can(permission, branch_id):
            raise Forbidden(
                "auth.permission_missing",
                N_("This needs the permission {permission}, which you do not hold here. Ask your manager.").format(
                    permission=permission
                ),
                permission=permission,
            )

    def branches(self, permission: str) -> frozenset[UUID] | None:
        """The branches in which `permission` holds: None for all, empty for none."""
        if self.actor.kind is ActorKind.SYSTEM:
            return None
        return self.grants.get(permission, frozenset())


SYSTEM = Scope(SYSTEM_ACTOR)
"""For workers, importers and demo data: sees and may do everything, and is recorded as the system."""
