"""Room for leases on each page of deliveries.

Revision: 0031
Follows: 0030
"""

from collections.abc import Sequence

from alembic import op

revision: str = '0031'
down_revision: str | None = '0030'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # A lease changes nothing that stands in an index: with room on its page it writes the row alone.
    op.execute('ALTER TABLE delivery SET (fillfactor = 50)')


def downgrade() -> None:
    op.execute('ALTER TABLE delivery RESET (fillfactor)')
