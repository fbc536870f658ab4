"""Letters and reports: what is taken in, who reads it, and that it is handed back as a file and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from clinic.accounts.models import Role
from clinic.actions.documents import LARGEST, add_document, review_document
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.records.consents import given_consents
from clinic.records.journal import verify
from clinic.records.models import AuditEvent, Document, Patient, Review
from effleurage.errors import InputError
from tests.web.asking import text
from tests.web.conftest import NOW, House
from tests.web.test_consents import staff_client
from tests.web.test_plans import signed

PDF, JPEG, PNG = b"%PDF-1.7\nletter", b"\xff\xd8\xff\xe0 picture", b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))


def letter(house: House, patient: Patient, data: bytes = PDF) -> Document:
    doing = house.doing(Role.FRONT_DESK)
    return add_document(doing, public=patient.public, kind="letter", title="Dr. Imagined, 20 November", data=data)


@pytest.mark.parametrize(
    "data,kind", [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")], ids=["pdf", "jpeg", "png"]
)
def test_a_file_is_what_its_first_bytes_say(house: House, data: bytes, kind: str) -> None:
    made = letter(house, house.patient(), data)
    assert (made.media_type, bytes(Document.objects.get().body)) == (kind, data)
    assert AuditEvent.objects.filter(event="document.add").count() == 1
    with transaction.atomic(), pytest.raises(DatabaseError):
        Document.objects.update(title="another")
    assert verify() == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg onload='x'/>",
        b"GIF89a",
        b" %PDF-1.7",
        b"MZ\x90",
        PDF + b"x" * LARGEST,
    ],
    ids=["empty", "html", "svg", "gif", "shifted", "program", "large"],
)
def test_what_is_no_paper_or_too_large_is_refused_and_nothing_is_kept(house: House, data: bytes) -> None:
    patient = house.patient()
    with pytest.raises(InputError):
        letter(house, patient, data)
    assert not Document.objects.exists()


def test_a_review_is_made_once_by_a_carer_and_records_what_the_doctor_gives(house: House) -> None:
    patient = house.patient()
    made = letter(house, patient)
    with pytest.raises(NotAllowed):
        review_document(house.doing(Role.FRONT_DESK), public=patient.public, document=made.public, text="Read.")
    review_document(
        house.doing(Role.THERAPIST), public=patient.public, document=made.public, text="Gentle massage, not the chest.",
        author="Dr. Imagined", consents=["medical_clearance"],
    )  # fmt: skip
    given = given_consents(patient)["medical_clearance"]
    assert (given.document, given.by, given.how) == (made, "Dr. Imagined", "letter")
    with pytest.raises(InputError, match="already"):
        review_document(
            house.doing(Role.CLINICAL_LEAD), public=patient.public, document=made.public, text="Read again."
        )
    assert Review.objects.count() == 1
    assert verify() == []


@pytest.mark.parametrize(
    "note,author,kinds,why",
    [
        (" ", "", [], "empty"),
        ("Read.", "", ["medical_clearance"], "who signed"),
        ("Read.", "Dr. Imagined", ["treatment"], "no letter can give"),
        ("Read.", "Dr. Imagined", ["guardian_consent"], "no letter can give"),
    ],
)
def test_a_review_without_words_or_signer_or_of_a_patients_consent_is_refused(
    house: House, note: str, author: str, kinds: list[str], why: str
) -> None:
    patient = house.patient()
    made = letter(house, patient)
    with pytest.raises(InputError, match=why):
        review_document(
            house.doing(Role.THERAPIST),
            public=patient.public,
            document=made.public,
            text=note,
            author=author,
            consents=kinds,
        )
    assert not Review.objects.exists()


def test_a_document_of_somebody_else_does_not_exist_here(house: House) -> None:
    patient, other = house.patient(), house.patient("Eva", "Holm")
    made = letter(house, other)
    with pytest.raises(NotFound):
        review_document(house.doing(Role.THERAPIST), public=patient.public, document=made.public, text="Read.")
    client = staff_client(house, Role.THERAPIST)
    assert client.get(f"/p/{patient.public}/documents/{made.public}/file/").status_code == 404


def test_the_file_comes_as_an_attachment_that_no_browser_shows_as_a_page(house: House) -> None:
    patient = house.patient()
    made = letter(house, patient)
    answer = staff_client(house, Role.THERAPIST).get(f"/p/{patient.public}/documents/{made.public}/file/")
    assert answer.content == PDF
    assert answer["Content-Disposition"] == f'attachment; filename="{patient.number}-{made.pk}.pdf"'
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    assert (
        staff_client(house, Role.FRONT_DESK).get(f"/p/{patient.public}/documents/{made.public}/file/").status_code
        == 403
    )


def upload(client: Client, patient: Patient, data: bytes) -> int:
    file = SimpleUploadedFile("page.html", data, content_type="text/html")
    form = {"do": "add", "kind": "report", "title": "Bone density, Imagined", "file": file}
    return client.post(f"/p/{patient.public}/documents/", form).status_code


def test_the_desk_adds_a_report_and_does_not_read_its_title_afterwards(house: House) -> None:
    patient = house.patient()
    desk, carer = staff_client(house, Role.FRONT_DESK), staff_client(house, Role.THERAPIST)
    assert upload(desk, patient, PDF) == 302
    desk.get(f"/p/{patient.public}/documents/")
    assert upload(desk, patient, b"<html>") == 422
    page = f"/p/{patient.public}/documents/"
    assert "to be reviewed" in text(desk.get(page))
    assert "Bone density" not in text(desk.get(page))
    assert "Bone density" in text(carer.get(page))
    made = Document.objects.get()
    assert carer.post(f"{page}{made.public}/", {"note": "T-score in the hip.", "author": ""}).status_code == 302
    assert "T-score in the hip." in text(carer.get(f"{page}{made.public}/"))
    assert desk.get(f"{page}{made.public}/").status_code == 403


def test_the_papers_that_can_be_printed_are_linked(house: House) -> None:
    patient, plan = signed(house)
    page = text(staff_client(house, Role.THERAPIST).get(f"/p/{patient.public}/documents/"))
    assert f"/p/{patient.public}/plan/{plan.public}/patient.pdf" in page
