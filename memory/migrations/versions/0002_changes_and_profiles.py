"""Changes, so that undo is exact; profiles, so that tastes last. What schema 1 dated by turn becomes one change a turn."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Adds the tables and columns, and a change for each turn in which something came or went."""
    op.create_table(
        "changes",
        sa.Column(
            "session_id", sa.String(64), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("undoes", sa.Integer),
    )
    op.create_table(
        "profile_preferences",
        *_profile(),
        sa.Column("polarity", sa.String(1), nullable=False),
        sa.Column("strength", sa.String(8), nullable=False),
        sa.Column("insisted", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "profile_events",
        *_profile(),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.add_column("sessions", sa.Column("user_id", sa.String(128), nullable=False, server_default=""))
    for table in ("events", "preferences"):
        op.add_column(table, sa.Column("change", sa.Integer, nullable=False, server_default="0"))
        op.add_column(table, sa.Column("withdrawn", sa.Integer))
        op.add_column(table, sa.Column("lasting", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("preferences", sa.Column("insisted", sa.Boolean, nullable=False, server_default=sa.false()))
    _date_by_changes()
    for table in ("events", "preferences"):
        with op.batch_alter_table(table) as altered:
            altered.drop_column("withdrawn_turn")
    op.execute("UPDATE about SET value = '2' WHERE name = 'schema'")


def _profile() -> list[sa.Column[str] | sa.Column[int]]:
    return [
        sa.Column("user_id", sa.String(128), primary_key=True),
        sa.Column("catalog", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
    ]


def _date_by_changes() -> None:
    """A change for each turn with its utterance for words; what came or went in the turn belongs to it.

    Turn 0 is what was pressed before the first message; change n + 1 is that of turn n. A change in which nothing came
    or went is of the kind "nothing", which no undo takes back.
    """
    op.execute(
        "INSERT INTO changes (session_id, id, kind, turn, words) "
        "SELECT session_id, number + 1, 'said', number, substr(utterance, 1, 200) FROM turns"
    )
    op.execute(
        "INSERT INTO changes (session_id, id, kind, turn, words) SELECT id, 1, 'button', 0, '' FROM sessions"
    )
    for table in ("events", "preferences"):
        op.execute(f"UPDATE {table} SET change = turn + 1, withdrawn = withdrawn_turn + 1")
    untouched = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.session_id = changes.session_id "
        f"AND changes.id IN ({table}.change, {table}.withdrawn))"
        for table in ("events", "preferences")
    )
    op.execute(f"UPDATE changes SET kind = 'nothing' WHERE {untouched}")
