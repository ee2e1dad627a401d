"""Out of verdicts go the numbers of some proofs of a unit: those of one of its owners.

Revision: 0034
Follows: 0033
"""

from collections.abc import Sequence

from alembic import op

revision: str = '0034'
down_revision: str | None = '0033'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# A proof that a verdict rests on keeps its place without its number; one that it only knew of goes: with another number
# it might be the better of two of one day, and facts that are replayed would give another verdict.
FORGET = """
CREATE FUNCTION warranty_verdict_forget_some(units uuid[], refs text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ref text;
    said text;
    gone bigint;
    total bigint := 0;
BEGIN
    FOREACH ref IN ARRAY refs LOOP
        said := '"reference": ' || to_jsonb(ref)::text;
        UPDATE warranty_verdict SET
            facts = CASE WHEN position(said IN verdict::text) > 0
                THEN replace(facts::text, said, '"reference": "(erased)"')::jsonb
                ELSE jsonb_set(facts, '{proofs}', (
                    SELECT coalesce(jsonb_agg(proof ORDER BY place), '[]'::jsonb)
                    FROM jsonb_array_elements(facts->'proofs') WITH ORDINALITY AS known (proof, place)
                    WHERE proof->>'reference' IS DISTINCT FROM ref))
                END,
            verdict = replace(verdict::text, said, '"reference": "(erased)"')::jsonb
        WHERE unit_id = ANY (units) AND position(said IN facts::text || verdict::text) > 0;
        GET DIAGNOSTICS gone = ROW_COUNT;
        total := total + gone;
    END LOOP;
    RETURN total;
END
$$
"""


def upgrade() -> None:
    op.execute(FORGET)
    op.execute("REVOKE ALL ON FUNCTION warranty_verdict_forget_some(uuid[], text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION warranty_verdict_forget_some(uuid[], text[]) TO aftersales_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION warranty_verdict_forget_some(uuid[], text[])")
