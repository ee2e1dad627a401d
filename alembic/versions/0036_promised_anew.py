"""A message that was put off until its time was over promises another.

Revision: 0036
Follows: 0035
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0036'
down_revision: str | None = '0035'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WHERE = sa.text("step = 'made'")
_BY_TIME, _ONCE = 'uq_promise_step_made_by_time', 'uq_promise_step_made'


def upgrade() -> None:
    _instead(_ONCE, _BY_TIME, 'due_at')


def downgrade() -> None:
    _instead(_BY_TIME, _ONCE)


def _instead(old: str, new: str, *more: str) -> None:
    columns = ['case_id', 'version', 'kind', *more]
    with op.get_context().autocommit_block():
        op.create_index(new, 'promise_step', columns, unique=True, postgresql_where=_WHERE,
            postgresql_concurrently=True)
        op.drop_index(old, table_name='promise_step', postgresql_concurrently=True)
