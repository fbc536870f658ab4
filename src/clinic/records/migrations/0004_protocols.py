"""What was found out about a version of the content, and three rules about publishing that hold whatever path a write
takes: nobody approves their own proposal, an approval names the hash that is proposed, and none comes in force with
fewer than two approvals. The content that ships with the program has no author, and needs none.
"""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

WRONG_APPROVAL = (
    "NEW.by_id = (SELECT by_id FROM records_proposal WHERE id = NEW.proposal_id) "
    "OR NEW.hash <> (SELECT v.hash FROM records_contentversion v JOIN records_proposal p ON p.version_id = v.id "
    "WHERE p.id = NEW.proposal_id)"
)
TOO_FEW = (
    "NEW.state = 'published' AND NEW.by_id IS NOT NULL "
    "AND (SELECT COUNT(*) FROM records_approval WHERE proposal_id = NEW.id) < 2"
)

SQLITE = (
    *(
        f"CREATE TRIGGER sealed_examination_{act} BEFORE {act} ON records_examination "
        "BEGIN SELECT RAISE(ABORT, 'records_examination: a sealed row never changes'); END"
        for act in ("UPDATE", "DELETE")
    ),
    (
        f"CREATE TRIGGER approval_by_another BEFORE INSERT ON records_approval WHEN {WRONG_APPROVAL} "
        "BEGIN SELECT RAISE(ABORT, 'approval_by_another'); END"
    ),
    *(
        f"CREATE TRIGGER publishing_needs_two_{act} BEFORE {act} ON records_proposal WHEN {TOO_FEW} "
        "BEGIN SELECT RAISE(ABORT, 'publishing_needs_two'); END"
        for act in ("INSERT", "UPDATE")
    ),
)
SQLITE_BACK = (
    "DROP TRIGGER sealed_examination_UPDATE",
    "DROP TRIGGER sealed_examination_DELETE",
    "DROP TRIGGER approval_by_another",
    "DROP TRIGGER publishing_needs_two_INSERT",
    "DROP TRIGGER publishing_needs_two_UPDATE",
)
POSTGRESQL = (
    (
        "CREATE TRIGGER sealed_examination BEFORE UPDATE OR DELETE ON records_examination "
        "FOR EACH ROW EXECUTE FUNCTION records_sealed()"
    ),
    (
        "CREATE TRIGGER sealed_examination_all BEFORE TRUNCATE ON records_examination "
        "FOR EACH STATEMENT EXECUTE FUNCTION records_sealed()"
    ),
    (
        f"CREATE FUNCTION approval_by_another() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {WRONG_APPROVAL} "
        "THEN RAISE EXCEPTION USING MESSAGE = 'approval_by_another', ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER approval_by_another BEFORE INSERT ON records_approval "
        "FOR EACH ROW EXECUTE FUNCTION approval_by_another()"
    ),
    (
        f"CREATE FUNCTION publishing_needs_two() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {TOO_FEW} "
        "THEN RAISE EXCEPTION USING MESSAGE = 'publishing_needs_two', ERRCODE = 'check_violation'; END IF; "
        "RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER publishing_needs_two BEFORE INSERT OR UPDATE ON records_proposal "
        "FOR EACH ROW EXECUTE FUNCTION publishing_needs_two()"
    ),
)
POSTGRESQL_BACK = (
    "DROP TRIGGER publishing_needs_two ON records_proposal",
    "DROP FUNCTION publishing_needs_two()",
    "DROP TRIGGER approval_by_another ON records_approval",
    "DROP FUNCTION approval_by_another()",
    "DROP TRIGGER sealed_examination ON records_examination",
    "DROP TRIGGER sealed_examination_all ON records_examination",
)


def lay_down(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def take_up(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRESQL_BACK:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_visits_and_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="proposal",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="Examination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("proofs", "proofs"), ("difference", "difference")], max_length=12),
                ),
                ("hash", models.CharField(max_length=64)),
                ("base_hash", models.CharField(blank=True, max_length=64)),
                ("program", models.CharField(max_length=20)),
                ("ok", models.BooleanField()),
                ("results", models.JSONField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "hash", "base_hash", "program"), name="examined_once_by_a_release"
                    )
                ]
            },
        ),
        migrations.RunPython(lay_down, take_up),
    ]
