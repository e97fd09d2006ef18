"""The database's schema, step by step; Alembic walks it. Schema version N is reached by `versions/000N_….py`."""

import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

_one_at_a_time = threading.Lock()  # Alembic keeps what it works on in module globals
HEAD = "2"  # the schema this code reads and writes


def schema_of(connection: Connection) -> str | None:
    """The schema version of a database; None when it is empty."""
    if not inspect(connection).has_table("about"):
        return None
    found: str | None = connection.execute(text("SELECT value FROM about WHERE name = 'schema'")).scalar()
    return found


def migrate(connection: Connection) -> None:
    """Brings the database to HEAD within the connection's transaction, unless another process just did."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    now = schema_of(connection)
    if now == HEAD:
        return
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    steps = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if now is not None and now not in steps:
        raise ValueError(f"it has schema {now}, not {HEAD}")
    with _one_at_a_time:
        if now is not None:
            command.stamp(config, now)  # before Alembic came, schema 1 was written without it
        command.upgrade(config, "head")
