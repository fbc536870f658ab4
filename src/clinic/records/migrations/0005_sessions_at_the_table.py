"""Sessions at the table and what follows them; what is written once there, the database keeps as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SEALED = (
    "sessionevent", "oddevent", "settlement", "signednote", "noteaddition", "reaction", "adverseevent",
    "adversereview", "regimenstop", "scoreentry",
)  # fmt: skip


def _sqlite() -> Iterator[tuple[str, str]]:
    for table in SEALED:
        for act in ("UPDATE", "DELETE"):
            name = f"sealed_{table}_{act}"
            yield (
                (
                    f"CREATE TRIGGER {name} BEFORE {act} ON records_{table} "
                    f"BEGIN SELECT RAISE(ABORT, 'records_{table}: a sealed row never changes'); END"
                ),
                f"DROP TRIGGER {name}",
            )


def _postgresql() -> Iterator[tuple[str, str]]:
    for table in SEALED:
        for name, when, each in (
            (f"sealed_{table}", "UPDATE OR DELETE", "ROW"),
            (f"sealed_{table}_all", "TRUNCATE", "STATEMENT"),
        ):
            yield (
                (
                    f"CREATE TRIGGER {name} BEFORE {when} ON records_{table} "
                    f"FOR EACH {each} EXECUTE FUNCTION records_sealed()"
                ),
                f"DROP TRIGGER {name} ON records_{table}",
            )


def _rules(schema_editor: Any) -> list[tuple[str, str]]:
    return list(_sqlite() if schema_editor.connection.vendor == "sqlite" else _postgresql())


def lay_down(apps: Any, schema_editor: Any) -> None:
    for statement, _ in _rules(schema_editor):
        schema_editor.execute(statement, params=None)


def take_up(apps: Any, schema_editor: Any) -> None:
    for _, statement in _rules(schema_editor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_invitation"),
        ("records", "0004_protocols"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="accesslink",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("intake", "Answer the questions"),
                    ("portal", "See the plan"),
                    ("contact", "Say how the session was borne"),
                    ("outcome", "Answer a questionnaire"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("emergency", "An emergency answer"),
                    ("red_flag", "A new red flag"),
                    ("break_glass", "A chart opened from outside the care team"),
                    ("override", "A rule was set aside"),
                    ("second_person", "A hard stop waits for a second person"),
                    ("locked", "A plan was locked"),
                    ("link_closed", "A private link was closed after wrong birth dates"),
                    ("protocol", "A protocol was published or withdrawn"),
                    ("import", "Imported facts wait to be confirmed"),
                    ("harm", "Harm was reported"),
                    ("worrying", "A worrying answer after a session"),
                    ("conflict", "Two tablets recorded one session"),
                    ("odd", "Something in the record of a session needs a look"),
                    ("unsent", "A tablet has not sent its sessions for a day"),
                    ("cosign", "A student's note waits for a second signature"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="AdverseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("regimen", models.CharField(blank=True, max_length=80)),
                ("content_hash", models.CharField(blank=True, max_length=64)),
                ("what", models.CharField(max_length=40)),
                (
                    "grade",
                    models.CharField(
                        choices=[("mild", "mild"), ("moderate", "moderate"), ("major", "major")], max_length=10
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("by", models.CharField(max_length=60)),
                ("by_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="adverse_events", to="records.patient"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AdverseReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "grade",
                    models.CharField(
                        choices=[("mild", "mild"), ("moderate", "moderate"), ("major", "major")], max_length=10
                    ),
                ),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="records.adverseevent"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MassageSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("number", models.PositiveSmallIntegerField()),
                ("dose", models.PositiveSmallIntegerField()),
                ("content_hash", models.CharField(max_length=64)),
                ("script", models.TextField()),
                ("script_hash", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "ready"),
                            ("refused", "not started"),
                            ("running", "under way"),
                            ("stopped", "stopped"),
                            ("finished", "finished"),
                            ("closed", "closed"),
                        ],
                        default="ready",
                        max_length=10,
                    ),
                ),
                ("conflict", models.BooleanField(default=False)),
                ("withdrawn", models.BooleanField(default=False)),
                ("reaction", models.CharField(blank=True, max_length=40)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="records.patient"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sessions", to="records.treatmentplan"
                    ),
                ),
                (
                    "visit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="session", to="records.visit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("due_at", models.DateTimeField()),
                ("why", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[("due", "due"), ("answered", "answered"), ("closed", "closed without an answer")],
                        default="due",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="records.accesslink",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contacts", to="records.patient"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="records.massagesession",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="session",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adverse_events",
                to="records.massagesession",
            ),
        ),
        migrations.CreateModel(
            name="NoteDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("template", models.CharField(max_length=20)),
                ("sections", models.JSONField()),
                ("record_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="draft", to="records.massagesession"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("name", models.CharField(max_length=40)),
                ("words", models.TextField(blank=True)),
                ("by", models.CharField(max_length=60)),
                ("by_name", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reactions",
                        to="records.contact",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reactions", to="records.patient"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reactions",
                        to="records.massagesession",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RegimenStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("regimen", models.CharField(max_length=80)),
                ("released", models.BooleanField(default=False)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="regimen_stops", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ScoreEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("instrument", models.CharField(max_length=60)),
                ("content_hash", models.CharField(max_length=64)),
                ("answers", models.JSONField()),
                ("score", models.CharField(blank=True, max_length=12)),
                ("on", models.CharField(max_length=26)),
                (
                    "via",
                    models.CharField(
                        choices=[("link", "by private link"), ("tablet", "on the tablet"), ("paper", "from paper")],
                        max_length=10,
                    ),
                ),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.CharField(max_length=60)),
                ("entered_name", models.CharField(max_length=120)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="records.patient"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="records.treatmentplan",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scores",
                        to="records.massagesession",
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="records.scoreentry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.CharField(max_length=22)),
                ("why", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="settlements",
                        to="records.massagesession",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignedNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("document", models.TextField()),
                ("document_hash", models.CharField(max_length=64)),
                ("record_hash", models.CharField(max_length=64)),
                ("content_hash", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=120)),
                ("role", models.CharField(max_length=20)),
                ("meaning", models.CharField(max_length=200)),
                ("student", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="note", to="records.massagesession"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NoteAddition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("addendum", "addendum"), ("in_error", "entered in error"), ("cosigned", "co-signed")],
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("name", models.CharField(max_length=120)),
                ("role", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="additions", to="records.signednote"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Tablet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public", models.CharField(max_length=22, unique=True)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("half", models.CharField(max_length=64)),
                ("salt", models.CharField(max_length=64)),
                ("verifier", models.CharField(max_length=64)),
                ("wrong_pins", models.PositiveSmallIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("offset_ms", models.BigIntegerField(default=0)),
                ("unsent", models.PositiveIntegerField(default=0)),
                ("oldest_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tablets", to="accounts.clinic"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tablets", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SessionEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.CharField(max_length=22, unique=True)),
                ("device", models.CharField(max_length=22)),
                ("seq", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("body", models.TextField()),
                ("hash", models.CharField(max_length=64)),
                ("offset_ms", models.BigIntegerField(default=0)),
                ("received_at", models.DateTimeField()),
                (
                    "received_from",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="records.massagesession"
                    ),
                ),
                (
                    "tablet",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.tablet"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OddEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.CharField(max_length=40)),
                ("why", models.CharField(max_length=20)),
                ("body", models.TextField()),
                ("hash", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
                    ),
                ),
                (
                    "received_from",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="odd_events",
                        to="records.massagesession",
                    ),
                ),
                (
                    "tablet",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.tablet"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HarmLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "grade",
                    models.CharField(
                        choices=[("mild", "mild"), ("moderate", "moderate"), ("major", "major")],
                        max_length=10,
                        verbose_name="grade",
                    ),
                ),
                ("events", models.PositiveSmallIntegerField(verbose_name="reports")),
                ("days", models.PositiveSmallIntegerField(verbose_name="within days")),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="harm_limits", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("clinic", "grade"), name="harm_limit_once")],
            },
        ),
        migrations.AddIndex(
            model_name="massagesession",
            index=models.Index(fields=["patient", "-id"], name="records_mas_patient_0d380a_idx"),
        ),
        migrations.AddIndex(
            model_name="massagesession",
            index=models.Index(fields=["clinic", "state"], name="records_mas_clinic__4f642d_idx"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["state", "due_at"], name="records_con_state_0947e3_idx"),
        ),
        migrations.AddIndex(
            model_name="adverseevent",
            index=models.Index(fields=["regimen", "at"], name="records_adv_regimen_aab0d1_idx"),
        ),
        migrations.AddIndex(
            model_name="scoreentry",
            index=models.Index(fields=["patient", "instrument", "-id"], name="records_sco_patient_477a5f_idx"),
        ),
        migrations.AddConstraint(
            model_name="sessionevent",
            constraint=models.UniqueConstraint(fields=("session", "device", "seq"), name="session_event_once"),
        ),
        migrations.AddConstraint(
            model_name="oddevent",
            constraint=models.UniqueConstraint(fields=("clinic", "event", "hash"), name="odd_event_once"),
        ),
        migrations.RunPython(lay_down, take_up),
    ]
