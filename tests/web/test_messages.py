"""The words of the pages are whole in every language, and a page says nothing that nobody could translate."""

from __future__ import annotations

import gettext
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import translation
from pytest_django.fixtures import Settings

from clinic.accounts.models import Clinic, Location, Role, User
from clinic.actions import plan_treatment
from clinic.actions.links import add_guardian
from clinic.actions.plan_treatment import choose_plan
from clinic.actions.set_aside import set_aside
from clinic.paper.issued import headings
from clinic.paper.labels import ENGLISH
from clinic.records import languages
from clinic.records.content import library
from clinic.records.models import Patient
from effleurage import translation as content
from effleurage.decision.aside import Hold, hold
from tests.web.asking import QUESTIONS, asked, built_in, enter, filled, go_through, unknown
from tests.web.conftest import NOW, House
from tests.web.desk_people import at_desk, booked, room_of, service_of
from tests.web.test_documents import letter
from tests.web.test_import import bundle, condition, density, imported
from tests.web.test_plans import answered, signed
from tests.web.test_portal import EMERGENCIES
from tests.web.words import english, language, texts
from tools import messages

pytestmark = pytest.mark.one_database

WIDE = {**{code: 0xFF21 + code - 65 for code in range(65, 91)}, **{code: 0xFF41 + code - 97 for code in range(97, 123)}}
"""Each letter as wide as a Chinese one: nobody writes so by mistake, and everybody can still read it."""
FIXED = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|</?\w[^>]*>)")


# ---- the files


def test_every_text_has_its_words_in_every_language_and_the_compiled_files_say_the_same() -> None:
    assert not [*messages.problems()]


@pytest.mark.parametrize("code", messages.SPOKEN)
def test_gettext_reads_what_was_compiled(code: str) -> None:
    with messages.path_of(code, "mo").open("rb") as file:
        found = gettext.GNUTranslations(file)
    words = messages.read(code)
    for entry in words.values():
        text = entry.text
        if text.many:
            assert [found.ngettext(text.one, text.many, n) for n in (1, 3, 5)] == [*entry.forms]
        else:
            assert (found.pgettext(text.context, text.one) if text.context else found.gettext(text.one)) == entry.forms[
                0
            ]
    assert found.ngettext("%(years)d year", "%(years)d years", 21) == words["%(years)d year"].forms[0]
    assert found.ngettext("%(years)d year", "%(years)d years", 12) == words["%(years)d year"].forms[2]


def test_writing_changes_nothing_where_all_is_in_step(tmp_path: Path) -> None:
    for code in messages.SPOKEN:
        messages.path_of(code, "po", tmp_path).parent.mkdir(parents=True)
        messages.path_of(code, "po", tmp_path).write_bytes(messages.path_of(code, "po").read_bytes())
    assert messages.write(tmp_path) == {"uk": 0, "ru": 0}
    for file in sorted(tmp_path.rglob("*.?o")):
        assert file.read_bytes() == (messages.LOCALE / file.relative_to(tmp_path)).read_bytes(), file.name


@pytest.mark.parametrize(
    "forms, said",
    [
        (("",), "no words for"),
        (("Пацієнтові %(name)s",), "other %(placeholders)s"),
        (("Ще 13 із %(count)s",), "the number 12 is missing"),
        (("Ще 12 items %(count)s",), "Latin letters"),
        (("12 ещё из %(count)s ы",), "letters of another language"),
        (("Ще 12 <b>із</b> %(count)s",), "other mark-up"),
    ],
)
def test_a_wrong_translation_is_named(forms: tuple[str, ...], said: str) -> None:
    text = messages.Text("12 more of %(count)s")
    entry = messages.Words(text, forms)
    found = [*messages.wrong("uk", entry), *messages.missing("uk", {text: "x.html"}, {text.key: entry})]
    assert any(said in each for each in found), found


def test_a_doubtful_one_a_lost_form_and_one_that_is_said_nowhere_are_named() -> None:
    text = messages.Text("%(n)s step", "%(n)s steps")
    assert [*messages.wrong("uk", messages.Words(text, ("%(n)s крок", "%(n)s кроки"), doubted=True))] == [
        "marked as doubtful",
        "not as many forms as the language has",
    ]
    gone = messages.missing("uk", {}, {text.key: messages.Words(text, ("", "", ""))})
    assert [*gone] == ["uk: '%(n)s step' is said nowhere any more."]


def test_code_and_templates_are_read_as_django_reads_them() -> None:
    code = "from django.utils.translation import gettext_lazy as later, npgettext\nlater('One ' 'two')\n"
    code += "npgettext('c', 'a day', '%(n)s days', n)\n"
    assert [*messages.in_code(code)] == [messages.Text("One two"), messages.Text("a day", "%(n)s days", "c")]
    page = "{% translate 'Sign in' as x %}{% blocktranslate count n=k %}{{ n }} is 5 %{% plural %}{{ n }} are"
    found = [*messages.in_template(f"{{% load i18n %}}{page}{{% endblocktranslate %}}")]
    assert found == [messages.Text("Sign in"), messages.Text("%(n)s is 5 %%", "%(n)s are")]


def test_what_a_signature_means_can_be_said_in_every_language() -> None:
    said = {text.one for text in messages.said()}
    assert plan_treatment.MEANING in said


# ---- which languages are offered


@pytest.fixture
def catalogues(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """Catalogues of our own in place of the real ones."""
    for code in ("en", *messages.SPOKEN):
        messages.path_of(code, "mo", tmp_path).parent.mkdir(parents=True)
        messages.path_of(code, "mo", tmp_path).write_bytes(messages.path_of(code, "mo").read_bytes())
    settings.LOCALE_PATHS = [tmp_path]
    languages._offers.cache_clear()
    yield tmp_path
    languages._offers.cache_clear()


def blocked() -> dict[str, str]:
    return {offer.code: offer.blocked for offer in languages.languages()}


@pytest.mark.django_db
def test_a_language_whose_pages_lack_one_text_is_not_offered_and_says_which(catalogues: Path) -> None:
    assert not any(blocked().values())
    words = messages.read("uk")
    del words["Get help now"]
    messages.path_of("uk", "mo", catalogues).write_bytes(messages.compiled("uk", words))
    languages._offers.cache_clear()
    assert [offer.code for offer in languages.offered()] == ["en", "ru"]
    assert "Get help now" in blocked()["uk"]


@pytest.mark.django_db
def test_a_language_without_any_catalogue_is_not_offered(catalogues: Path) -> None:
    messages.path_of("ru", "mo", catalogues).unlink()
    languages._offers.cache_clear()
    assert [offer.code for offer in languages.offered()] == ["en", "uk"]


@pytest.mark.django_db
def test_one_missing_safety_sentence_blocks_the_language_and_is_named(
    catalogues: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "content"
    shutil.copytree(content.HOME, home)
    path = home / "uk" / "screening.yaml"
    first = next(entry for entry in content.read_entries("uk", "screening", home).values() if entry.safety)
    path.write_text(path.read_text("utf-8").replace(f"uk: {messages.quoted(first.words)}", 'uk: ""', 1), "utf-8")
    monkeypatch.setattr(languages, "translated", lambda found, code: content.translation(library(found), code, home))
    assert blocked()["uk"] == f"1 safety sentences are not translated, first: {first.en} ({first.at})."
    assert not blocked()["ru"]


# ---- what the pages say


def wide(text: str) -> str:
    return "".join(part if FIXED.fullmatch(part) else part.translate(WIDE) for part in FIXED.split(text))


@pytest.fixture
def wide_pages(tmp_path: Path, settings: Settings) -> Iterator[None]:
    """Ukrainian in wide letters: what stands on a page in common ones went past the catalogue."""
    texts_said = messages.said()
    spoken = {
        text.key: messages.Words(text, (wide(text.many),) * 3 if text.many else (wide(text.one),))
        for text in texts_said
    }
    for code, words in (("en", messages.as_english(texts_said)), ("uk", spoken), ("ru", spoken)):
        messages.path_of(code, "mo", tmp_path).parent.mkdir(parents=True)
        messages.path_of(code, "mo", tmp_path).write_bytes(messages.compiled(code, words))
    settings.LOCALE_PATHS = [tmp_path]
    languages._offers.cache_clear()
    yield
    languages._offers.cache_clear()


def reading(house: House, role: Role, code: str) -> Client:
    """Somebody of the staff, signed in with both factors, reading in a language."""
    User.objects.filter(pk=house.people[role].pk).update(language=code)
    return at_desk(house, role)


def furnished(house: House) -> list[Patient]:
    """Patients at several stages, so that the pages have something to say."""
    first, found = answered(house, "both-conditions.yaml")
    doing = house.doing(Role.THERAPIST, fresh=True)
    choose_plan(doing, public=first.public, regimen=found.plan.available[0].regimen.id)
    rule = next(rule.id for rule in found.decision.holding if hold(rule) is Hold.SOFT)
    set_aside(
        doing, public=first.public, rule=rule, reason="doctor_agreed", text="The family doctor agreed in a letter."
    )
    letter(house, first)
    imported(house, first, bundle(condition(), density(-2.9)))
    second, _ = signed(house)
    add_guardian(house.doing(Role.FRONT_DESK), public=second.public, name="Gerda", relation="Mother")
    booked(house, second, room_of(house), service_of(house), datetime(2026, 11, 22, 15))  # noqa: DTZ001 - wall clock
    return [first, second, house.patient("Nobody", "Asked")]


def crawl(client: Client, *starts: str, of_a_kind: int = 2) -> dict[str, str]:
    """Every page that can be reached by links from these, at most so many of one kind, by its address."""
    pages: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    todo = [*starts]
    while todo:
        url = todo.pop(0)
        kind = re.sub(r"/name\d+|/(?:rules?|facts|letters?|texts)/[^/]+|/[0-9a-f]{64}.*", "/-", url.split("?")[0])
        if url in pages or kinds[kind] >= of_a_kind or "/sign-out" in url or url.endswith(".pdf"):
            continue
        answer = client.get(url)
        if answer.streaming or "text/html" not in answer.headers["Content-Type"]:
            continue
        kinds[kind] += 1
        pages[url] = answer.content.decode()
        todo += [unescape(link) for link in re.findall(r'(?:href|hx-get)="(/[^"#]*)', pages[url])]
    return pages


def starts() -> list[str]:
    """Every page of the staff and of signing in that needs no object."""
    return [reverse(name) for name in _bare(get_resolver(), "") if not name.startswith("portal:")]


def _bare(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _bare(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif not pattern.pattern.regex.groupindex and pattern.name:
            yield prefix + pattern.name


def known() -> re.Pattern[str]:
    """Names of people, places and things that stay as they are in every language, and codes."""
    rows = [
        *User.objects.values_list("name", "email"),
        *Patient.objects.values_list("given", "family", "public", "number"),
    ]
    rows += [*Clinic.objects.values_list("name"), *Location.objects.values_list("name", "zone")]
    names = {word for row in rows for word in row} | {*STAYS, *(rule.id for rule in built_in().protocols.rules)}
    whole = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    return re.compile(rf"(?<![A-Za-z])(?:{whole})(?![A-Za-z])|\b[0-9a-f]{{8,}}\b|https?://\S+|\.\w+|[\w.-]+\.yaml")


STAYS = (
    "Effleurage", "FHIR", "JSON", "PDF", "JPEG", "PNG", "UTF-8", "API", "PIN", "clinic verify", "Europe/Kyiv", "FRAX",
    "DXA", "Massage", "Linden", "Gerda", "The family doctor agreed in a letter.", "Dr. Imagined, 20 November",
    "Mother", "UTC", "clinic doctor", "SD", "PEG", "GAD", "PROMIS", "SOAP", "DAP", "femur", "other.json", "AB", "NA",
    "English",
)  # fmt: skip
"""Names, and what the people of these tests wrote themselves."""


SOURCE = re.compile(r"/style/|/protocols/|/consents/texts/\w+/en/|.*/journal/")
"""Pages that show a text as it was written: the sample of all components, protocols and consents as their authors
wrote them, and the journal with the names of acts."""


def leaks(pages: dict[str, str]) -> list[str]:
    names = known()
    found = {url: english(page, names) for url, page in pages.items() if not SOURCE.match(url)}
    titles = {title for title, _ in built_in().protocols.sources.values()}
    return sorted(
        f"{text[:160]} ({url})"
        for url, said in found.items()
        for text in said
        if not any(text.startswith(title) for title in titles)
    )


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=5))


@pytest.mark.usefixtures("wide_pages")
@pytest.mark.parametrize("role", [Role.CLINICAL_LEAD, Role.OWNER])
def test_no_page_of_the_staff_says_anything_past_the_catalogue(house: House, role: Role) -> None:
    furnished(house)
    pages = crawl(reading(house, role, "uk"), *starts(), "/no-such-page/")
    assert len(pages) > 30
    assert not leaks(pages), "\n".join(leaks(pages))


@pytest.mark.usefixtures("wide_pages")
def test_no_page_of_a_patient_says_anything_past_the_catalogue(house: House) -> None:
    pages = {}
    for patient in furnished(house):
        patient.language = "uk"
        patient.save()
        client = enter(house, patient, purpose="portal")
        pages |= crawl(client, "/my/", QUESTIONS, "/my/plan/", "/my/consents/")
    for turn in range(12):
        page = client.get(QUESTIONS)
        pages[f"{QUESTIONS} {turn}"] = page.content.decode()
        client.post(QUESTIONS, filled(page, unknown) if b'name="asked"' in page.content else {})
    pages["left"] = client.post("/my/leave/").content.decode()
    assert len(pages) > 15
    assert not leaks(pages), "\n".join(leaks(pages))


@pytest.mark.usefixtures("wide_pages")
def test_whoever_is_not_there_yet_reads_nothing_past_the_catalogue(house: House) -> None:
    client = Client(headers={"Accept-Language": "uk"})
    pages = crawl(client, *starts(), "/my/", "/i/no-such-link/", "/join/no-such-invitation/")
    assert not leaks(pages), "\n".join(leaks(pages))


@pytest.mark.usefixtures("wide_pages")
def test_what_is_wrong_with_a_number_is_said_in_the_language_of_the_reader(house: House) -> None:
    patient = house.patient()
    patient.language = "uk"
    patient.save()
    client = enter(house, patient)
    go_through(client, stop_at="height_now")
    page = client.get(QUESTIONS)
    sent = client.post(QUESTIONS, {**filled(page), "q-height_now": "3"})
    assert wide("This does not fit as it stands.") in sent.content.decode()
    assert not leaks({QUESTIONS: sent.content.decode()})


# ---- the language of a page


@pytest.mark.parametrize("code", messages.SPOKEN)
def test_a_private_link_opens_in_the_language_of_the_patient_and_can_be_switched(house: House, code: str) -> None:
    patient = house.patient()
    patient.language = code
    patient.save()
    client = enter(house, patient)
    page = client.get(QUESTIONS)
    assert (language(page.content.decode()), page.headers["Content-Language"]) == (code, code)
    assert messages.read(code)["Next"].forms[0] in [*texts(page.content.decode())]
    client.post("/language/", {"language": "en", "next": QUESTIONS})
    assert language(client.get(QUESTIONS).content.decode()) == "en"


def test_a_carer_reads_in_their_own_language_and_dates_follow_it(house: House) -> None:
    patient = house.patient()
    client = reading(house, Role.CLINICAL_LEAD, "uk")
    page = client.get(f"/p/{patient.public}/").content.decode()
    assert language(page) == "uk"
    assert any("12 квітня 1951" in text for text in texts(page))
    client.post("/language/", {"language": "ru", "next": "/"})
    page = client.get(f"/p/{patient.public}/").content.decode()
    assert language(page) == "ru"
    assert any("12 апреля 1951" in text for text in texts(page))


@pytest.mark.parametrize("code", messages.SPOKEN)
def test_the_emergency_page_tells_the_reader_in_their_language_what_to_do(house: House, code: str) -> None:
    patient = house.patient()
    patient.language = code
    patient.save()
    patient.clinic.emergency_number = "103"
    patient.clinic.save()
    client = enter(house, patient)
    go_through(client, stop_at=EMERGENCIES[0])
    page = client.get(QUESTIONS)
    client.post(QUESTIONS, {"asked": " ".join(asked(page)), "batch": f"={EMERGENCIES[0]}"})
    said = [*texts(client.get(QUESTIONS).content.decode())]
    words = messages.read(code)
    assert words["Please stop here and get help now"].forms[0] in said
    assert words["Call %(phone)s"].forms[0] % {"phone": "103"} in said
    assert not [text for text in said if re.search(r"[A-Za-z]{3,}", text.replace("North", "").replace("English", ""))]


@pytest.mark.parametrize("code", ["en", *messages.SPOKEN])
def test_a_paper_has_its_headings_in_the_language_of_its_content(code: str) -> None:
    with translation.override("en"):
        found = headings(code)
    assert found.keys() == ENGLISH.keys()
    assert len(found["months"].split()) == 12
    assert (found["sign"] == "Sign") is (code == "en")
    if code == "uk":
        assert (found["sign"], found["born"]) == ("Ознака", "нар. {date}")


def test_allauth_brings_its_own_words() -> None:
    for code in messages.SPOKEN:
        with translation.override(code):
            assert translation.gettext("Incorrect code.") != "Incorrect code."
