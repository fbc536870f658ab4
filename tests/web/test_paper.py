"""The papers: tagged and readable aloud, the same bytes for the same plan, and nobody's name read as markup."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from clinic.paper import Dose, Holder, Signature, doses, letter_pdf, picture, plan_pdf, press, safety_sheet_pdf
from clinic.paper.labels import ENGLISH
from effleurage.commands.common import read_patient, taken
from effleurage.errors import ForPeople, InputError
from effleurage.facts.answers import Intake
from effleurage.library import Library
from effleurage.pathway import Treatment, treatment
from effleurage.render.bodymap import STYLE, side_words
from effleurage.render.page import plan_values

pytestmark = pytest.mark.one_database

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
TREATED = ("both-conditions", "double-curve", "old-vertebral-fracture", "tablet-this-morning")
PATIENT = Holder(name="Zoë Ångström-Коваленко", born=date(1955, 7, 1), identifier="EFF-000123")
SIGNATURE = Signature(
    name="Mara Lind",
    role="Massage therapist",
    at=datetime(2026, 11, 22, 12, 5, tzinfo=UTC),
    meaning="I made this plan.",
    hash="ab" * 32,
)
COMMON: dict[str, Any] = {
    "signature": SIGNATURE,
    "patient": PATIENT,
    "clinic": ("Quiet Clinic", "12 Quiet Street"),
    "lang": "en",
}
MADE: dict[str, tuple[Intake, Treatment, dict[str, Any]]] = {}
PRESSED: dict[str, dict[str, bytes]] = {}
NASTY = (
    '#include "/etc/passwd"',
    "$x$ * _a_ `b` <script> \\ // @ref ~ -- ' \" = +",
    "#panic() ] [ #{ }",
    "{born} {page} Ada",
    "#sys.inputs.values",
)


def made(name: str, library: Library) -> tuple[Intake, Treatment, dict[str, Any]]:
    """An example with its plan and the values of its page, worked out once."""
    if name not in MADE:
        MADE[name] = _made(name, library)
    return MADE[name]


def _made(name: str, library: Library) -> tuple[Intake, Treatment, dict[str, Any]]:
    path = EXAMPLES / f"{name}.yaml"
    read = read_patient([path], library, on=taken(path))
    whole = treatment(intake=read.intake, library=library, on=read.intake.on)
    page = plan_values(plan=whole.plan, library=library, intake=read.intake, script=whole.script, chosen=whole.chosen)
    return read.intake, whole, page


def papers(name: str, library: Library) -> dict[str, bytes]:
    """Every paper that this example leads to, pressed once."""
    if name not in PRESSED:
        PRESSED[name] = _papers(name, library)
    return PRESSED[name]


def _papers(name: str, library: Library) -> dict[str, bytes]:
    intake, whole, page = made(name, library)
    planned = doses(whole.chosen) if whole.chosen else ()
    found = {
        "plan": plan_pdf(page=page, doses=planned, **COMMON),
        "patient": plan_pdf(page=page, doses=planned, audience="patient", **COMMON),
        "safety": safety_sheet_pdf(page=page, **COMMON),
    }
    for referral in whole.plan.certain_referrals:
        found[f"letter {referral.target}"] = letter_pdf(
            plan=whole.plan, library=library, intake=intake, referral=referral, **COMMON
        )
    return found


@cache
def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    """Text without its spaces: a line that wraps is the same line."""
    return re.sub(r"\s+", "", text)


def body(pdf: bytes) -> str:
    return squeezed("".join(pages(pdf)))


def elements(pdf: bytes) -> Iterator[tuple[str, str]]:
    """Every tag of the structure tree in reading order, with its alternative text."""
    waiting = [PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop(0).get_object()
        if isinstance(node, list):
            waiting[:0] = node
        elif hasattr(node, "get"):
            if "/S" in node:
                yield str(node["/S"]), str(node.get("/Alt", ""))
            if "/K" in node:
                waiting.insert(0, node["/K"])


# ---- every page of every paper


@pytest.mark.parametrize("name", NAMES)
def test_every_page_bears_name_birth_date_number_and_hash(name: str, library: Library) -> None:
    for kind, pdf in papers(name, library).items():
        texts = pages(pdf)
        for at, text in enumerate(map(squeezed, texts), start=1):
            assert squeezed("Zoë Ångström-Коваленко, born 1 July 1955") in text, (kind, at)
            assert f"Page{at}of{len(texts)}" in text, (kind, at)
            assert f"Content{library.protocols.hash[:12]}" in text, (kind, at)
            assert squeezed("Signed 22 November 2026, 12:05 UTC by Mara Lind") in text, (kind, at)


@pytest.mark.parametrize("name", ["both-conditions", "numb-saddle"])
def test_every_paper_is_tagged_and_says_its_language_and_title(name: str, library: Library) -> None:
    for kind, pdf in papers(name, library).items():
        reader = PdfReader(io.BytesIO(pdf))
        root = reader.trailer["/Root"]
        assert root["/Lang"] == "en", kind
        assert root["/MarkInfo"]["/Marked"].value is True, kind
        assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True, kind
        assert b"pdfuaid" in pdf, kind
        assert reader.metadata is not None
        assert reader.metadata.title, kind
        tags = {tag for tag, _ in elements(pdf)}
        assert {"/H1", "/P"} <= tags, (kind, tags)


def test_language_and_region_are_written_and_nonsense_is_refused(library: Library) -> None:
    _, _, page = made("numb-saddle", library)
    pdf = plan_pdf(page=page, **{**COMMON, "lang": "pt-BR"})
    assert PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == "pt-BR"
    with pytest.raises(InputError, match="no language tag"):
        plan_pdf(page=page, **{**COMMON, "lang": "english please"})


def test_the_same_input_gives_the_same_bytes(library: Library) -> None:
    first, second = papers("both-conditions", library), _papers("both-conditions", library)
    assert first == second
    _, _, page = made("both-conditions", library)
    unsigned = {**COMMON, "signature": None}
    assert plan_pdf(page=page, **unsigned) == plan_pdf(page=page, **unsigned)
    later = replace(SIGNATURE, at=datetime(2026, 11, 22, 12, 6, tzinfo=UTC))
    assert plan_pdf(page=page, **{**COMMON, "signature": later}) != plan_pdf(page=page, **COMMON)


def test_a_page_that_was_stored_as_json_prints_the_same(library: Library) -> None:
    _, _, page = made("double-curve", library)
    stored = json.loads(json.dumps(page, default=asdict))
    assert plan_pdf(page=stored, **COMMON) == plan_pdf(page=page, **COMMON)


# ---- names


@pytest.mark.hazard("H01")
@pytest.mark.parametrize("name", NASTY)
def test_a_name_that_looks_like_markup_prints_as_it_is(name: str, library: Library) -> None:
    _, _, page = made("both-conditions", library)
    holder = replace(PATIENT, name=name, identifier=name)
    common = {**COMMON, "patient": holder, "clinic": (name,), "signature": replace(SIGNATURE, name=name)}
    for pdf in (plan_pdf(page=page, **common), safety_sheet_pdf(page=page, **common)):
        for text in map(squeezed, pages(pdf)):
            assert squeezed(f"{name}, born 1 July 1955 · record {name}") in text
            assert squeezed(f"UTC by {name}") in text


@settings(max_examples=40)
@given(name=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_any_name_in_ascii_prints_as_it_is(name: str, library: Library) -> None:
    intake, whole, _ = made("numb-saddle", library)
    referral = whole.plan.certain_referrals[0]
    common = {**COMMON, "patient": replace(PATIENT, name=name)}
    pdf = letter_pdf(plan=whole.plan, library=library, intake=intake, referral=referral, **common)
    assert f"{name},born1July1955" in body(pdf)


@pytest.mark.hazard("H01")
def test_marks_that_turn_the_direction_of_a_name_are_left_out(library: Library) -> None:
    _, _, page = made("numb-saddle", library)
    turned = replace(PATIENT, name="Ada\u202eecalevoL\nLovelace\u0000")
    assert squeezed("AdaecalevoL Lovelace, born") in body(plan_pdf(page=page, **{**COMMON, "patient": turned}))


def test_a_name_without_a_picture_is_printed_in_its_latin_letters(library: Library) -> None:
    _, _, page = made("both-conditions", library)
    holder = replace(PATIENT, name="李小龙", latin="Li Xiaolong")
    for text in pages(plan_pdf(page=page, **{**COMMON, "patient": holder})):
        assert squeezed("Li Xiaolong, born 1 July 1955") in squeezed(text)


@pytest.mark.parametrize(
    "changed, place",
    [
        ({"patient": replace(PATIENT, name="李小龙")}, "patient.name"),
        ({"clinic": ("Quiet Clinic", "Tokyo 東京")}, "clinic.2"),
        ({"signature": replace(SIGNATURE, name="Mara 😀")}, "signature.name"),
    ],
)
def test_letters_without_a_picture_are_an_error_that_says_what_to_do(
    changed: dict[str, Any], place: str, library: Library
) -> None:
    _, _, page = made("numb-saddle", library)
    with pytest.raises(ForPeople) as caught:
        plan_pdf(page=page, **{**COMMON, **changed})
    assert place in caught.value.where
    assert "U+" in caught.value.what
    assert "Latin letters" in caught.value.remedy


def test_a_holder_without_a_name_and_a_signature_without_a_zone_are_bugs() -> None:
    with pytest.raises(ValueError, match="belongs to nobody"):
        Holder(name=" \n", born=date(1955, 7, 1), identifier="")
    with pytest.raises(ValueError, match="time zone"):
        replace(SIGNATURE, at=datetime(2026, 11, 22, 12, 5))  # noqa: DTZ001 - the missing zone is the point


# ---- the plan


@pytest.mark.hazard("H17")
@pytest.mark.parametrize("name", TREATED)
def test_every_ceiling_of_the_limits_is_in_the_plan_and_its_picture(name: str, library: Library) -> None:
    _, whole, _ = made(name, library)
    limits, words = whole.plan.decision.limits, library.protocols.vocabulary
    pdf = papers(name, library)["plan"]
    text = body(pdf)
    drawn = " ".join(alt for tag, alt in elements(pdf) if tag == "/Figure")
    for region in words.regions:
        level = limits.ceiling(region.name)
        same = len({limits.ceiling(other) for other in words.regions_of(region.base)}) == 1
        part = region.term if same else f"{region.term} ({side_words(region.side)})"
        assert squeezed(f"{part}{level}") in text, (region.name, level)
        named = region.term if region.side == "midline" else f"{region.side} {region.term}"
        assert f"{named}: level {level}".lower() in drawn.lower(), (region.name, level)


@pytest.mark.parametrize("name", TREATED)
@pytest.mark.parametrize("kind", ["patient", "safety"])
def test_every_ceiling_is_in_the_short_papers_too(kind: str, name: str, library: Library) -> None:
    _, whole, _ = made(name, library)
    limits, words = whole.plan.decision.limits, library.protocols.vocabulary
    held = {region: limits.ceiling(region.name) for region in words.regions}
    terms = {int(term.name): term.term for term in words.levels if int(term.name) in held.values()}
    _, table = body(papers(name, library)[kind]).split(squeezed("Level Pressure Parts of the body"))
    starts = {level: table.index(squeezed(f"{level} {term}")) for level, term in terms.items()}
    for region, level in held.items():
        end = min((start for start in starts.values() if start > starts[level]), default=starts[level] + 700)
        assert squeezed(region.term) in table[starts[level] : end], (region.name, level)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_forbidden_and_when_to_stop_stand_on_the_first_page(name: str, library: Library) -> None:
    _, _, page = made(name, library)
    first = squeezed(pages(papers(name, library)["plan"])[0])
    assert squeezed(page["headline"]) in first
    assert squeezed(f"Verdict: {page['verdict_words']}") in first
    for row in page["forbidden"]:
        assert squeezed(row["technique"]) in first
    for rule in page["stop_rules"]:
        assert squeezed(rule["term"]) in first
        assert squeezed(rule["act"]) in first
    order = [
        first.index(squeezed(word)) for word in ("Verdict:", "Not to be done", "When to stop") if page["forbidden"]
    ]
    assert order == sorted(order)


def test_the_plan_says_everything_that_its_page_says(library: Library) -> None:
    _, whole, page = made("both-conditions", library)
    assert whole.chosen
    text = body(plan_pdf(page=page, doses=doses(whole.chosen), **COMMON))
    said = [page["headline"], *page["tell"], *page["notices"], page["hash"]]
    said += [each["because"] for each in page["reasons"]] + [each["id"] for each in page["reasons"]]
    said += [item["term"] for need in page["needs"] for item in need["items"]]
    said += [item["means"] for group in page["checks"] for item in group["items"]]
    said += [each["say"] for each in page["evidence"]] + [each["title"] for each in page["regimens"]]
    said += [row["title"] for row in page["session"]["rows"]] + [status["words"] for status in page["statuses"]]
    assert [each for each in said if squeezed(each) not in text] == []


def test_the_doses_are_those_of_the_regimen(library: Library) -> None:
    _, whole, page = made("both-conditions", library)
    chosen = whole.chosen
    assert chosen
    rows = doses(chosen)
    told = {session: row for row in rows for session in range(row.first, row.last + 1)}
    assert list(told) == list(range(1, chosen.course.sessions + 1))
    assert all(row.minutes == chosen.minutes_at(session) for session, row in told.items())
    assert max(row.level for row in rows) == max(touch.level(99) for step in chosen.steps for touch in step.touches)
    text = body(plan_pdf(page=page, doses=[Dose(first=1, last=1, minutes=77, level=1)], **COMMON))
    assert squeezed("Sessions 1 Minutes 77 Highest level 1") in text


def test_a_plan_without_a_signature_says_so_on_every_page(library: Library) -> None:
    _, _, page = made("double-curve", library)
    texts = pages(plan_pdf(page=page, **{**COMMON, "signature": None}))
    assert ENGLISH["not_signed"] in texts[0]
    assert all("Not signed" in text for text in texts)
    assert ENGLISH["not_signed"] not in pages(plan_pdf(page=page, **COMMON))[0]


@pytest.mark.parametrize("kind", ["therapist", "patient"])
def test_an_emergency_shows_the_number_and_whom_to_see_on_one_page(kind: Any, library: Library) -> None:
    _, _, page = made("numb-saddle", library)
    texts = pages(plan_pdf(page=page, audience=kind, **COMMON))
    assert len(texts) == 1
    assert "Call 112" in texts[0]
    assert squeezed("Emergency department: now") in squeezed(texts[0])
    assert "Sessions" not in texts[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_copy_of_the_patient_names_no_rule_and_says_what_to_tell(name: str, library: Library) -> None:
    _, _, page = made(name, library)
    text = body(papers(name, library)["patient"])
    assert [rule.id for rule in library.protocols.rules if rule.id in text] == []
    assert "contraindicated" not in text.lower()
    for said in (*page["tell"], *(rule["term"] for rule in page["stop_rules"])):
        assert squeezed(said) in text


# ---- the letter and the safety sheet


@pytest.mark.parametrize("name", ["nothing-known", "numb-saddle"])
def test_only_certain_referrals_become_letters(name: str, library: Library) -> None:
    intake, whole, _ = made(name, library)
    open_ones = [referral for referral in whole.plan.referrals if not referral.certain]
    assert open_ones
    for referral in open_ones:
        with pytest.raises(InputError, match="open question"):
            letter_pdf(plan=whole.plan, library=library, intake=intake, referral=referral, **COMMON)


@pytest.mark.hazard("H01")
def test_a_referral_of_another_plan_is_no_letter_of_this_one(library: Library) -> None:
    intake, whole, _ = made("both-conditions", library)
    _, other, _ = made("numb-saddle", library)
    with pytest.raises(InputError, match="another plan"):
        letter_pdf(plan=whole.plan, library=library, intake=intake, referral=other.plan.certain_referrals[0], **COMMON)


def test_the_letter_says_how_soon_why_and_what_is_asked(library: Library) -> None:
    found = papers("late-denosumab", library)
    text = body(found["letter gp"])
    for said in ("Letter to: General practitioner", "Please see this person", "today", ENGLISH["no_diagnosis"]):
        assert squeezed(said) in text
    assert squeezed("Please say whether massage may be given") in text
    assert len([kind for kind in found if kind.startswith("letter")]) == 3


@pytest.mark.hazard("H27")
@pytest.mark.parametrize("name", NAMES)
def test_the_safety_sheet_is_one_page_with_all_that_stops_and_whom_to_call(name: str, library: Library) -> None:
    _, _, page = made(name, library)
    texts = pages(papers(name, library)["safety"])
    assert len(texts) == 1
    text = squeezed(texts[0])
    assert squeezed("Emergency number: 112 Quiet Clinic · 12 Quiet Street") in text
    for row in page["forbidden"]:
        assert squeezed(row["technique"]) in text
    for rule in page["stop_rules"]:
        assert squeezed(rule["act"]) in text


def test_a_safety_sheet_that_cannot_fit_goes_on_and_is_not_cut(library: Library) -> None:
    _, _, page = made("both-conditions", library)
    rules = [{"term": f"Sign {at}", "act": "Stop. " * 9, "alarming": True} for at in range(80)]
    texts = pages(safety_sheet_pdf(page={**page, "stop_rules": rules}, **COMMON))
    assert len(texts) > 1
    assert "Sign 79" in texts[-1]


# ---- the picture and the labels


def test_every_class_of_the_drawing_has_a_colour_that_the_press_knows(library: Library) -> None:
    _, _, page = made("double-curve", library)
    for drawing in page["body_maps"]:
        svg = picture.for_paper(str(drawing))["svg"]
        assert svg.count("<style>") == 1
        assert "var(" not in svg
        used = {name for names in re.findall(r'class="([^"]+)"', svg) for name in names.split()}
        hatched = {"level-0"} if 'fill="url(#' in svg else set()
        assert used - {"body-map"} - hatched <= set(re.findall(r"\.body-map \.([\w-]+)", svg))
    assert ".level-3{fill:" in STYLE


def test_labels_can_be_said_in_another_language_and_a_strange_one_is_refused(library: Library) -> None:
    _, _, page = made("numb-saddle", library)
    months = "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"
    said = {"months": months, "plan_title": "План масажу", "born": "дата народження {date}"}
    text = body(plan_pdf(page=page, labels=said, **{**COMMON, "lang": "uk"}))
    assert squeezed("План масажу") in text
    assert squeezed("дата народження 1 липня 1955") in text
    with pytest.raises(InputError, match="plan_titel"):
        plan_pdf(page=page, labels={"plan_titel": "x"}, **COMMON)


def test_every_label_is_printed_somewhere() -> None:
    sources = [*press.TEMPLATES.glob("*.typ"), *Path(press.__file__).parent.glob("*.py")]
    text = "".join(path.read_text("utf-8") for path in sources if path.name != "labels.py")
    used = set(re.findall(r"\bl\.(\w+)", text)) | set(re.findall(r'"(\w+)"', text))
    assert sorted(set(ENGLISH) - used) == []
    assert sorted(set(re.findall(r"\bl\.(\w+)", text)) - set(ENGLISH)) == []
