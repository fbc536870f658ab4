"""The journal as people read it: whose rows, by which filters, checked piece by piece, taken out as a harmless file."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.models import Role
from clinic.actions.lists import read_list
from clinic.actions.open_chart import open_chart
from clinic.actions.plan_treatment import choose_plan
from clinic.desk import journal as page_of
from clinic.desk.journal import harmless
from clinic.records.journal import verify
from clinic.records.journal_part import check_part
from clinic.records.models import FactEntry
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, rows_of, text
from tests.web.test_plans import answered


def numbers(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-label="Number">(\d+)<', page)]


def test_lead_and_owner_read_it_and_nobody_else(house: House) -> None:
    for role in (Role.FRONT_DESK, Role.THERAPIST):
        client = at_desk(house, role)
        for name in ("journal", "journal_export", "journal_check"):
            assert client.get(reverse(f"desk:{name}")).status_code == 403
    for role in (Role.CLINICAL_LEAD, Role.OWNER):
        assert at_desk(house, role).get("/journal/").status_code == 200
    assert len(rows_of("journal.read")) == 2, "reading the journal stands in it too"


def test_no_row_of_another_clinic_is_shown(house: House, other_house: House) -> None:
    own, strange = house.patient(), other_house.patient("Otto", "Foreign")
    for url in ("/journal/", f"/journal/?number={strange.number}", "/journal/export/"):
        page = text(at_desk(house, Role.OWNER).get(url))
        assert "South" not in page
    assert own.number in text(at_desk(house, Role.OWNER).get("/journal/"))
    assert at_desk(house, Role.CLINICAL_LEAD).get(f"/p/{strange.public}/journal/").status_code == 404


def test_each_filter_narrows_to_what_it_names(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)  # who reads the journal is written into it
    ada, ida = house.patient(), house.patient("Ida", "Holm")
    open_chart(house.doing(Role.THERAPIST), public=ida.public, right="chart.read", about="overview")
    client = at_desk(house, Role.CLINICAL_LEAD)
    [opened] = rows_of("record.read")
    registered = {row.patient_id: row.number for row in rows_of("patient.register")}
    assert numbers(text(client.get("/journal/", {"number": ida.number}))) == [opened.number, registered[ida.pk]]
    assert numbers(text(client.get("/journal/", {"event": "record."}))) == [opened.number]
    therapist = f"user:{house.people[Role.THERAPIST].public}"
    by = numbers(text(client.get("/journal/", {"person": therapist})))
    assert by == [opened.number, registered[ida.pk], registered[ada.pk]]
    assert set(by) < set(numbers(text(client.get("/journal/", {"day": "2026-11-22"}))))
    assert numbers(text(client.get("/journal/", {"day": "2026-11-20"}))) == []
    assert client.get("/journal/", {"day": "x"}).status_code == 422


def test_older_rows_follow_page_by_page_and_none_is_missed(house: House) -> None:
    for number in range(120):
        read_list(house.doing(Role.THERAPIST), about=f"day:{number}")
    client, seen, url = at_desk(house, Role.CLINICAL_LEAD), [], "/journal/?event=list.read"
    while url:
        page = text(client.get(url))
        seen += numbers(page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = "/journal/" + found[1].replace("&amp;", "&") if found else ""
    assert seen == sorted((row.number for row in rows_of("list.read")), reverse=True)
    assert len(seen) == 120


def test_the_owner_sees_no_word_about_anybodys_body(house: House) -> None:
    patient, _found = answered(house, "both-conditions.yaml")
    open_chart(house.doing(Role.THERAPIST), public=patient.public, right="chart.read", about="rule screening.secret")
    lead, owner = (text(at_desk(house, role).get("/journal/")) for role in (Role.CLINICAL_LEAD, Role.OWNER))
    assert "screening.secret" in lead
    assert "screening.secret" not in owner
    assert "screening.secret" not in text(at_desk(house, Role.OWNER).get("/journal/export/"))


def test_the_file_runs_no_formula(house: House) -> None:
    for start in "=+-@\t\r":
        assert harmless(f"{start}1").startswith("'")
    house.people[Role.THERAPIST].name = "=HYPERLINK(1)"
    house.people[Role.THERAPIST].save()
    house.patient()
    client = at_desk(house, Role.CLINICAL_LEAD)
    answer = client.get("/journal/export/")
    rows = list(csv.reader(io.StringIO(text(answer))))
    assert rows[0][:3] == ["number", "when", "who"]
    assert [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell] == []
    assert any("'=HYPERLINK(1)" in row for row in rows)
    assert len(rows_of("journal.export")) == 1


def test_the_check_goes_piece_by_piece_and_says_that_all_is_well(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_of, "STEP", 3)
    answered(house, "mild-scoliosis.yaml")
    for number in range(6):
        read_list(house.doing(Role.THERAPIST), about=f"day:{number}")
    client, after, pieces = at_desk(house, Role.CLINICAL_LEAD), "0", 0
    while True:
        page = text(client.post("/journal/check/", {"after": after}, headers={"HX-Request": "true"}))
        pieces += 1
        found = re.search(r'name="after" value="(\d+)"', page)
        if found is None:
            break
        after = found[1]
    assert pieces >= 3
    assert "All is as it was written" in page
    assert rows_of("journal.check")[-1].about.endswith("faults:0")


def tampered(sql: str, *values: object) -> None:
    """A change past the database's own refusal: its triggers are taken away first."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in ("auditevent", "factentry"):
                for act in ("UPDATE", "DELETE"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS sealed_{table}_{act}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("auditevent", "factentry"):
                cursor.execute(f"ALTER TABLE records_{table} DISABLE TRIGGER sealed_{table}")
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    "sql,words",
    [
        ("UPDATE records_auditevent SET actor_name = 'x' WHERE number = 2", "act 2: it was changed"),
        ("DELETE FROM records_auditevent WHERE number = 2", "act 2: it is gone"),
        ("UPDATE records_factentry SET origin = 'x'", "records_factentry"),
        ("UPDATE records_audithead SET number = number + 1", "gone"),
    ],
)
def test_the_check_finds_what_was_changed_and_so_does_the_whole_one(house: House, sql: str, words: str) -> None:
    house.patient()
    read_list(house.doing(Role.THERAPIST), about="day:1")
    assert check_part(0, 100).faults == ()
    tampered(sql)
    assert any(words in fault for fault in check_part(0, 100).faults)
    assert verify()


def test_a_lead_sees_who_opened_a_chart_and_an_owner_does_not(house: House) -> None:
    patient, found = answered(house, "mild-scoliosis.yaml")
    choose_plan(house.doing(Role.THERAPIST), public=patient.public, regimen=found.plan.available[0].regimen.id)
    url = reverse("desk:patient_journal", args=[patient.public])
    page = text(at_desk(house, Role.CLINICAL_LEAD).get(url))
    assert "plan.choose" in page
    assert "Therapist North" in page
    assert rows_of("record.read")[-1].about == "journal"
    assert at_desk(house, Role.OWNER).get(url).status_code == 403
    assert at_desk(house, Role.THERAPIST).get(url).status_code == 403
    assert FactEntry.objects.filter(patient=patient).exists()


def test_the_journal_takes_few_queries(house: House) -> None:
    for number in range(60):
        house.patient("Ada", f"Berg{number}")
    client = at_desk(house, Role.CLINICAL_LEAD)
    client.get("/journal/")
    with CaptureQueriesContext(connection) as found:
        client.get("/journal/")
    assert len(found) <= 15, "\n".join(query["sql"][:160] for query in found)
