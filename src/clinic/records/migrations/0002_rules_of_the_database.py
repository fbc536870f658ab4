"""Rules that hold whatever path a write takes: sealed rows stay as they are, and no two visits overlap.

On SQLite they are triggers; on PostgreSQL triggers and exclusion constraints.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

SEALED = (
    "breakglass", "merge", "factentry", "decisionrecord", "override", "overridestep", "treatmentplan", "signature",
    "planlock", "contentversion", "approval", "consenttext", "consent", "document", "review", "auditevent",
)  # fmt: skip
WHO = ("therapist", "room", "patient")
OVERLAP = (
    "SELECT 1 FROM records_visit v WHERE v.{who}_id = NEW.{who}_id AND v.id IS NOT NEW.id "
    "AND v.state <> 'cancelled' AND v.starts < NEW.ends AND NEW.starts < v.ends"
)


def _sqlite() -> list[str]:
    statements = [
        f"CREATE TRIGGER sealed_{table}_{act} BEFORE {act} ON records_{table} "
        f"BEGIN SELECT RAISE(ABORT, 'records_{table}: a sealed row never changes'); END"
        for table in SEALED
        for act in ("UPDATE", "DELETE")
    ]
    for who in WHO:
        for act in ("INSERT", "UPDATE"):
            statements.append(
                f"CREATE TRIGGER visit_{who}_{act} BEFORE {act} ON records_visit WHEN NEW.state <> 'cancelled' "
                f"AND EXISTS ({OVERLAP.format(who=who)}) "
                f"BEGIN SELECT RAISE(ABORT, 'visit_{who}_overlaps'); END"
            )
    return statements


def _postgresql() -> list[str]:
    statements = [
        "CREATE EXTENSION IF NOT EXISTS btree_gist",
        (
            "CREATE FUNCTION records_sealed() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%: a sealed row never changes', TG_TABLE_NAME; END $$"
        ),
    ]
    for table in SEALED:
        statements.append(
            f"CREATE TRIGGER sealed_{table} BEFORE UPDATE OR DELETE ON records_{table} "
            "FOR EACH ROW EXECUTE FUNCTION records_sealed()"
        )
        statements.append(
            f"CREATE TRIGGER sealed_{table}_all BEFORE TRUNCATE ON records_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION records_sealed()"
        )
    for who in WHO:
        statements.append(
            f"ALTER TABLE records_visit ADD CONSTRAINT visit_{who}_overlaps EXCLUDE USING gist "
            f"({who}_id WITH =, tstzrange(starts, ends) WITH &&) WHERE (state <> 'cancelled')"
        )
    return statements


def lay_down(apps: Any, schema_editor: Any) -> None:
    made = _sqlite() if schema_editor.connection.vendor == "sqlite" else _postgresql()
    for statement in made:
        schema_editor.execute(statement, params=None)


def take_up(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        names = [f"sealed_{table}_{act}" for table in SEALED for act in ("UPDATE", "DELETE")]
        names += [f"visit_{who}_{act}" for who in WHO for act in ("INSERT", "UPDATE")]
        for name in names:
            schema_editor.execute(f"DROP TRIGGER {name}", params=None)
        return
    for table in SEALED:
        schema_editor.execute(f"DROP TRIGGER sealed_{table} ON records_{table}", params=None)
        schema_editor.execute(f"DROP TRIGGER sealed_{table}_all ON records_{table}", params=None)
    for who in WHO:
        schema_editor.execute(f"ALTER TABLE records_visit DROP CONSTRAINT visit_{who}_overlaps", params=None)
    schema_editor.execute("DROP FUNCTION records_sealed()", params=None)


def first_head(apps: Any, schema_editor: Any) -> None:
    """The head before the first act. There is always exactly one, so that each act can lock it."""
    apps.get_model("records", "AuditHead").objects.create(pk=1, number=0, last="0" * 64, hash="")


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [
        migrations.RunPython(first_head, migrations.RunPython.noop),
        migrations.RunPython(lay_down, take_up),
    ]
