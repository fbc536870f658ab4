"""Versions of the protocols: nobody changes alone what is in force, one person can stop it, and nothing is lost."""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.models import Competence, Membership, Role, User
from clinic.actions.frame import Doing
from clinic.actions.people import staff
from clinic.actions.permissions import NotAllowed, NotFound
from clinic.actions.plan_treatment import choose_plan, release_plan, sign_plan
from clinic.actions.policies import why_not_use
from clinic.actions.protocols import (
    approve_version,
    keep_examination,
    proposal_of,
    propose_version,
    publish_version,
    refuse_version,
    withdraw_version,
)
from clinic.actions.protocols_checks import checked, current_base, failing_cases
from clinic.actions.protocols_impact import assess, behind, refresh_lists
from clinic.desk import protocols_work
from clinic.desk import protocols_worker as worker
from clinic.records.content import NoContent, built_in, in_force
from clinic.records.journal import verify
from clinic.records.models import (
    Approval,
    AuditEvent,
    Examination,
    Notice,
    Patient,
    PatientState,
    PlanLock,
    Proposal,
    TreatmentPlan,
)
from clinic.records.replay import replay
from clinic.records.standing import PlanState, standing
from effleurage.errors import ForPeople, InputError
from effleurage.library import Library
from tests.web.conftest import NOW, House
from tests.web.desk_people import signed_in, text
from tests.web.protocol_texts import BAD, GENERAL, Files, reworded, shipped, with_rule
from tests.web.test_plans import answered, signed

WHY = "Agreed at the meeting of the carers."


def colleague(house: House, name: str, role: Role = Role.THERAPIST) -> User:
    """One more clinician, trained for everything."""
    user = User(public=house.token(), clinic=house.clinic, email=f"{name}@north.test", name=name, made_at=NOW)
    user.set_unusable_password()
    user.save()
    Membership.objects.create(user=user, location=house.location, role=role)
    for competence in built_in().protocols.vocabulary.competences:
        Competence.objects.create(user=user, name=competence.name)
    return user


def by(house: House, user: User, *, fresh: bool = True) -> Doing:
    return Doing(actor=staff(user, fresh=fresh), now=NOW, token=house.token, via="test")


@dataclass
class Team:
    """The lead, who proposes and publishes, and two clinicians who approve."""

    house: House
    lead: Doing
    clinicians: tuple[Doing, ...]

    def proposed(self, files: Files, title: str = "A careful step") -> Proposal:
        return propose_version(self.lead, title=title, why=WHY, files=files)

    def examined(self, proposal: Proposal) -> Proposal:
        """As if the solver had found nothing wrong; what it does find is tested apart from the acts."""
        step = {"kind": "difference", "ok": True}
        for kind, base in (("proofs", ""), ("difference", proposal.base_hash)):
            keep_examination(
                self.lead,
                kind=kind,
                content_hash=proposal.version.hash,
                base_hash=base,
                ok=True,
                results={"steps": [step]},
            )
        while not assess(self.lead, public=proposal.public, count=50).impact["done"]:
            pass
        return Proposal.objects.get(pk=proposal.pk)

    def approved(self, proposal: Proposal) -> Proposal:
        for doing in self.clinicians:
            approve_version(doing, public=proposal.public, content_hash=proposal.version.hash)
        return proposal

    def published(self, files: Files) -> Proposal:
        proposal = self.approved(self.examined(self.proposed(files)))
        return publish_version(self.lead, public=proposal.public)


@pytest.fixture
def team(house: House) -> Team:
    two = tuple(by(house, colleague(house, name)) for name in ("Mara", "Nils"))
    return Team(house, house.doing(Role.CLINICAL_LEAD), two)


def in_force_hash(house: House) -> str:
    try:
        return in_force(house.clinic.pk).protocols.hash
    except NoContent:
        return ""


# Proposing


def test_a_proposed_version_is_kept_whole_and_changes_nothing_yet(team: Team) -> None:
    made = team.proposed(with_rule())
    assert made.state == Proposal.State.PROPOSED
    assert made.base_hash == in_force_hash(team.house) == built_in().protocols.hash
    assert checked(with_rule()).protocols.hash == made.version.hash
    assert verify() == []


def test_the_same_text_is_not_proposed_again(team: Team) -> None:
    with pytest.raises(InputError, match="Nothing differs"):
        team.proposed(shipped())
    team.proposed(reworded())
    with pytest.raises(InputError, match="proposed already"):
        team.proposed(reworded())


def test_only_the_lead_proposes_and_only_with_a_reason(team: Team) -> None:
    with pytest.raises(NotAllowed):
        propose_version(team.clinicians[0], title="Mine", why=WHY, files=reworded())
    with pytest.raises(InputError, match="too short"):
        propose_version(team.lead, title="Mine", why="ok", files=reworded())


@pytest.mark.one_database
@pytest.mark.hazard("H08")
@pytest.mark.parametrize("mistake", BAD)
def test_a_bad_protocol_is_refused_or_cannot_be_published(mistake: str, team: Team) -> None:
    """Most are refused with file and line; what loads and passes its cases fails a proof or cannot be compared."""
    fault = refusal(team, BAD[mistake])
    if fault is not None:
        assert fault.where
        assert fault.remedy or fault.what
        assert "/tmp" not in str(fault)
        assert not Proposal.objects.filter(state=Proposal.State.PROPOSED).exists()
        return
    proposal, found = Proposal.objects.get(state=Proposal.State.PROPOSED), checked(BAD[mistake])
    faults = first_fault(found)
    assert faults, "nothing found this mistake"
    for kind, base in (("proofs", ""), ("difference", proposal.base_hash)):
        ok = kind not in faults
        keep_examination(
            team.lead, kind=kind, content_hash=proposal.version.hash, base_hash=base, ok=ok, results={"steps": []}
        )
    with pytest.raises(InputError, match=r"proved|compared"):
        publish_version(team.lead, public=proposal.public)
    with pytest.raises(InputError, match=r"proved|compared"):
        approve_version(team.clinicians[0], public=proposal.public, content_hash=proposal.version.hash)


def refusal(team: Team, files: Files) -> ForPeople | None:
    """Why these files cannot even be proposed."""
    try:
        team.proposed(files)
    except ForPeople as fault:
        return fault
    return None


def first_fault(found: Library) -> list[str]:
    """Which examination finds something: the difference first, as it is quick where it cannot be made at all."""
    if found.protocols.facts.by_name["t_score_spine"].unit != built_in().protocols.facts.by_name["t_score_spine"].unit:
        return ["difference" for line in worker.difference(built_in(), found) if line.get("ok") is False]
    wrong = next((line for line in worker.proofs(found) if line.get("ok") is False), None)
    return ["proofs"] if wrong else []


def test_there_are_fifty_bad_protocols_and_the_good_ones_pass(team: Team) -> None:
    assert len(BAD) >= 50
    for files in (reworded(), with_rule()):
        assert failing_cases(team.proposed(files).version.hash) == ()


# Approving and publishing


def test_two_others_approve_and_the_lead_publishes_and_the_next_decision_is_by_it(team: Team) -> None:
    patient, _ = answered(team.house, "mild-scoliosis.yaml")
    made = team.published(with_rule())
    assert standing(patient, now=NOW).library.protocols.hash == made.version.hash
    assert Proposal.objects.get(version__hash=built_in().protocols.hash).state == Proposal.State.REPLACED
    assert {notice.role for notice in Notice.objects.filter(kind=Notice.Kind.PROTOCOL)} == {"therapist", "front_desk"}
    assert verify() == []


@pytest.mark.hazard("H08")
def test_the_same_person_does_not_approve_twice(team: Team) -> None:
    made = team.examined(team.proposed(with_rule()))
    approve_version(team.clinicians[0], public=made.public, content_hash=made.version.hash)
    with pytest.raises(InputError, match="approved it already"):
        approve_version(team.clinicians[0], public=made.public, content_hash=made.version.hash)
    with pytest.raises(InputError, match="1 of 2"):
        publish_version(team.lead, public=made.public)
    again = Approval.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(proposal=made, by=again.by, name=again.name, hash=again.hash, at=NOW)


@pytest.mark.hazard("H08")
def test_the_author_does_not_approve_by_the_page_or_around_it(team: Team) -> None:
    made = team.examined(team.proposed(with_rule()))
    lead = team.house.doing(Role.CLINICAL_LEAD, fresh=True)
    with pytest.raises(InputError, match="author"):
        approve_version(lead, public=made.public, content_hash=made.version.hash)
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        Approval.objects.create(proposal=made, by=made.by, name="x", hash=made.version.hash, at=NOW)


@pytest.mark.hazard("H08")
def test_the_database_refuses_another_hash_and_too_few_approvals(team: Team) -> None:
    made = team.examined(team.proposed(with_rule()))
    user = User.objects.get(name="Mara")
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        Approval.objects.create(proposal=made, by=user, name="x", hash="0" * 64, at=NOW)
    Proposal.objects.filter(state=Proposal.State.PUBLISHED).update(state=Proposal.State.REPLACED)
    with pytest.raises(IntegrityError, match="publishing_needs_two"), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(state=Proposal.State.PUBLISHED)


def test_an_approval_needs_a_clinician_who_has_just_signed_in_again_and_what_was_shown(team: Team) -> None:
    made = team.examined(team.proposed(with_rule()))
    tired = by(team.house, User.objects.get(name="Mara"), fresh=False)
    with pytest.raises(InputError, match="sign in again"):
        approve_version(tired, public=made.public, content_hash=made.version.hash)
    with pytest.raises(InputError, match="not what is proposed"):
        approve_version(team.clinicians[0], public=made.public, content_hash="0" * 64)
    for role in (Role.FRONT_DESK, Role.OWNER):
        with pytest.raises(NotAllowed):
            approve_version(team.house.doing(role, fresh=True), public=made.public, content_hash=made.version.hash)


def test_nothing_is_approved_or_published_before_everything_was_worked_out(team: Team) -> None:
    made = team.proposed(with_rule())
    with pytest.raises(InputError, match="proofs were not run") as fault:
        approve_version(team.clinicians[0], public=made.public, content_hash=made.version.hash)
    assert "difference" in fault.value.what
    assert "patients" in fault.value.what


def test_a_version_whose_base_was_replaced_is_proposed_anew(team: Team) -> None:
    one = team.approved(team.examined(team.proposed(with_rule())))
    other = team.published(reworded())
    with pytest.raises(InputError, match="come in force since"):
        publish_version(team.lead, public=one.public)
    assert in_force_hash(team.house) == other.version.hash
    refuse_version(team.lead, public=one.public, reason="Proposed anew on what is in force.")
    again = team.published(with_rule())
    assert in_force_hash(team.house) == again.version.hash


def test_a_refused_version_stays_on_record_and_is_not_published(team: Team) -> None:
    made = team.approved(team.examined(team.proposed(with_rule())))
    refuse_version(team.lead, public=made.public, reason="We found a better wording.")
    with pytest.raises(InputError, match="not waiting"):
        publish_version(team.lead, public=made.public)
    assert in_force_hash(team.house) == built_in().protocols.hash


# Withdrawing


@pytest.mark.hazard("H08")
@pytest.mark.hazard("H07")
def test_withdrawing_acts_at_once_and_locks_every_plan_made_by_it(team: Team) -> None:
    patient, plan = signed(team.house)
    shipped_one = Proposal.objects.get(state=Proposal.State.PUBLISHED)
    withdraw_version(team.lead, public=shipped_one.public, reason="A ceiling in it is wrong.")
    with pytest.raises(NoContent):
        standing(patient, now=NOW)
    lock = PlanLock.objects.get(plan=plan)
    assert (lock.kind, lock.reason) == (PlanLock.Kind.WITHDRAWN, "A ceiling in it is wrong.")
    state = PatientState.objects.get(patient=patient)
    assert (state.verdict, state.may_treat, state.plan, state.content_hash) == ("", False, "locked", "")
    assert verify() == []


@pytest.mark.hazard("H07")
def test_an_earlier_version_comes_back_and_its_own_plans_with_it(team: Team) -> None:
    patient, plan = signed(team.house)
    first = Proposal.objects.get(state=Proposal.State.PUBLISHED)
    made = team.published(with_rule())
    assert standing(patient, now=NOW).plan_state is PlanState.OUTDATED
    withdraw_version(team.lead, public=made.public, reason="The check cannot be done here.", back_to=first.public)
    assert in_force_hash(team.house) == built_in().protocols.hash
    assert standing(patient, now=NOW).plan_state is PlanState.SIGNED
    assert not PlanLock.objects.filter(plan=plan).exists()
    assert list(replay()) == []


def test_a_withdrawn_version_does_not_come_back_by_the_side_door(team: Team) -> None:
    first = Proposal.objects.get(state=Proposal.State.PUBLISHED)
    made = team.published(with_rule())
    withdraw_version(team.lead, public=made.public, reason="The check cannot be done here.", back_to=first.public)
    with pytest.raises(InputError, match="never in force here, or was withdrawn"):
        withdraw_version(team.lead, public=first.public, reason="And now the other one.", back_to=made.public)
    with pytest.raises(InputError, match="not in force"):
        withdraw_version(team.lead, public=made.public, reason="Once more for good measure.")


def test_after_a_stop_the_next_version_is_measured_by_the_withdrawn_one(team: Team) -> None:
    first = Proposal.objects.get(state=Proposal.State.PUBLISHED)
    withdraw_version(team.lead, public=first.public, reason="A ceiling in it is wrong.")
    assert current_base(team.house.clinic.pk) == built_in().protocols.hash
    made = team.published(with_rule())
    assert in_force_hash(team.house) == made.version.hash


# What it touches


def test_the_impact_counts_who_gets_stricter_and_names_them(team: Team) -> None:
    """Whoever has said nothing is limited by all that is possible already; so nothing changes for them."""
    team.house.patient("Bo", "Dahl")
    old, _ = answered(team.house, "mild-scoliosis.yaml")
    made = team.examined(team.proposed(with_rule(when="age >= 70")))
    counts = {name: made.impact[name] for name in ("same", "stricter", "looser", "unreadable")}
    assert made.impact["seen"] == 2 == sum(counts.values())
    assert counts["looser"] == counts["unreadable"] == 0
    assert counts["stricter"] == 1
    assert [row[0] for row in made.impact["named"]] == [old.public]
    assert AuditEvent.objects.filter(event="protocol.impact").exists()
    assert verify() == []


def test_the_impact_agrees_with_what_standing_says_afterwards(team: Team) -> None:
    patients = [answered(team.house, name)[0] for name in ("mild-scoliosis.yaml", "osteoporosis.yaml")]
    before = {each.pk: standing(each, now=NOW).decision.possible_word for each in patients}
    made = team.published(with_rule(when="age >= 50"))
    after = {each.pk: standing(each, now=NOW).decision.possible_word for each in patients}
    stricter = sum(1 for key in before if after[key] & ~before[key])
    assert made.impact["stricter"] == stricter > 0
    assert {name[0] for name in made.impact["named"]} == {
        each.public for each in patients if before[each.pk] != after[each.pk]
    }


def test_lists_are_brought_up_in_steps_and_said_to_be_behind_until_then(team: Team) -> None:
    for _ in range(3):
        team.house.patient()
    team.published(with_rule())
    assert behind(team.house.clinic.pk).count() == 3
    assert refresh_lists(team.lead, count=2) == 2
    assert refresh_lists(team.lead, count=2) == 1
    assert behind(team.house.clinic.pk).count() == 0


def test_another_clinic_sees_nothing_and_reaches_nothing(team: Team, other_house: House) -> None:
    made = team.examined(team.proposed(with_rule()))
    stranger = other_house.doing(Role.CLINICAL_LEAD, fresh=True)
    with pytest.raises(NotFound):
        proposal_of(stranger.actor.clinic_id, made.public)
    for act in (
        lambda: approve_version(stranger, public=made.public, content_hash=made.version.hash),
        lambda: publish_version(stranger, public=made.public),
        lambda: withdraw_version(stranger, public=made.public, reason="It is not mine to end."),
        lambda: assess(stranger, public=made.public, count=5),
    ):
        with pytest.raises(NotFound):
            act()
    client = signed_in(other_house.people[Role.CLINICAL_LEAD])
    assert "A careful step" not in text(client.get(reverse("desk:protocols")))
    for url in (reverse("desk:proposal", args=[made.public]), reverse("desk:version", args=[made.version.hash])):
        assert client.get(url).status_code == 404


# A version that changes in mid-course

VERSIONS: dict[str, Callable[[], Files]] = {"plain": reworded, "strict": with_rule, "kind": lambda: reworded("kind")}
STEPS = ("publish", "publish", "withdraw", "stop", "choose", "sign", "sign", "release", "look")


class NextProgram(Exception):
    """Ends a program and takes back all it wrote."""


@dataclass
class Course:
    """One patient in a clinic whose versions come and go."""

    team: Team
    patient: Patient
    dice: random.Random
    seen: Counter[str] = field(default_factory=Counter)

    def run(self, *, whole: bool) -> None:
        with transaction.atomic():
            for _step in range(6):
                self.step()
            if whole:
                assert list(replay()) == []
                assert verify() == []
            raise NextProgram

    def step(self) -> None:
        name = self.dice.choice(STEPS)
        try:
            getattr(self, name)()
            self.seen[name] += 1
        except ForPeople:
            self.seen[f"{name} refused"] += 1
        self.check()

    def publish(self) -> None:
        Proposal.objects.filter(state=Proposal.State.PROPOSED).update(state=Proposal.State.REFUSED)
        self.team.published(VERSIONS[self.dice.choice(sorted(VERSIONS))]())

    def withdraw(self) -> None:
        back = self.dice.choice([None, *Proposal.objects.filter(state=Proposal.State.REPLACED).order_by("pk")])
        self.stop(back.public if back else "")

    def stop(self, back_to: str = "") -> None:
        now = Proposal.objects.filter(state=Proposal.State.PUBLISHED).first()
        public = now.public if now else "none"
        withdraw_version(self.team.lead, public=public, reason="Something in it was wrong.", back_to=back_to)

    def choose(self) -> None:
        found = standing(self.patient, now=NOW)
        regimen = self.dice.choice(found.plan.available).regimen.id
        choose_plan(self.team.house.doing(Role.THERAPIST), public=self.patient.public, regimen=regimen)

    def sign(self) -> None:
        last = TreatmentPlan.objects.filter(patient=self.patient).order_by("-pk").first()
        if last is None or hasattr(last, "signature"):
            self.choose()
            last = TreatmentPlan.objects.filter(patient=self.patient).latest("pk")
        sign_plan(self.team.house.doing(Role.THERAPIST, fresh=True), public=self.patient.public, plan=last.public)

    def release(self) -> None:
        last = TreatmentPlan.objects.filter(patient=self.patient).order_by("-pk").first()
        if last is not None:
            reason = "Looked at again with a colleague."
            release_plan(self.team.lead, public=self.patient.public, plan=last.public, reason=reason)

    def look(self) -> None:
        refresh_lists(self.team.lead, count=5)

    def check(self) -> None:
        """A plan that another version made, or one that was withdrawn and not released, is never usable."""
        last = TreatmentPlan.objects.filter(patient=self.patient).order_by("-pk").first()
        now = in_force_hash(self.team.house)
        if not now:
            with pytest.raises(NoContent):
                standing(self.patient, now=NOW)
            self.seen["nothing in force"] += 1
            return
        found = standing(self.patient, now=NOW)
        reasons = [reason for reason in why_not_use(found) if not reason.startswith("Not agreed")]
        if last is None:
            return
        lock = PlanLock.objects.filter(plan=last).order_by("-pk").first()
        locked = lock is not None and not lock.released
        if last.content_hash != now or locked or not hasattr(last, "signature"):
            assert reasons, f"a plan of {last.content_hash[:8]} may be used under {now[:8]}"
            self.seen["unusable"] += 1
            self.seen["locked"] += locked
        else:
            assert reasons == []
            self.seen["usable"] += 1


@pytest.mark.hazard("H07")
def test_no_plan_of_another_version_is_ever_usable_in_any_course_of_events(team: Team) -> None:
    patient, _ = answered(team.house, "mild-scoliosis.yaml")
    seen: Counter[str] = Counter()
    courses = int(os.environ.get("COURSES", "40")) if connection.vendor == "sqlite" else 16
    for number in range(courses):
        course = Course(team, patient, random.Random(number), seen)
        with pytest.raises(NextProgram):
            course.run(whole=number % 10 == 0)
    assert {"publish", "withdraw", "stop", "sign", "choose", "release"} <= set(seen), seen
    assert min(seen["usable"], seen["unusable"], seen["locked"], seen["nothing in force"]) >= courses / 10, seen


def test_a_stored_version_replays_for_ever(team: Team) -> None:
    patient, _plan = signed(team.house)
    for files in (with_rule(), reworded()):
        team.published(files)
        found = standing(patient, now=NOW)
        choose_plan(team.house.doing(Role.THERAPIST), public=patient.public, regimen=found.plan.available[0].regimen.id)
    assert TreatmentPlan.objects.values("content_hash").distinct().count() == 3
    assert list(replay()) == []


# The pages


@pytest.fixture
def lead(house: House) -> Client:
    return signed_in(house.people[Role.CLINICAL_LEAD])


def pages_of(content_hash: str) -> list[str]:
    return [
        reverse("desk:protocols"),
        reverse("desk:version", args=[content_hash]),
        reverse("desk:proofs", args=[content_hash]),
        reverse("desk:to_confirm", args=[content_hash]),
        reverse("desk:protocol_text", args=[content_hash, GENERAL]),
        *(reverse("desk:protocol_folder", args=[content_hash, "osteoporosis", view]) for view in ("rules", "regimens")),
        reverse("desk:protocol_folder", args=[content_hash, "general", "cases"]),
    ]


def test_every_reading_page_opens_for_a_therapist_with_few_queries(house: House) -> None:
    client = signed_in(house.people[Role.THERAPIST])
    for url in pages_of(built_in().protocols.hash):
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
        assert answer.status_code == 200, url
        assert len(queries) <= 15, f"{url}: {len(queries)}"


def test_the_rule_is_shown_with_its_words_limits_sources_and_reviewer(lead: Client) -> None:
    shown = text(lead.get(reverse("desk:protocol_folder", args=[built_in().protocols.hash, "general", "rules"])))
    rule = built_in().protocols.by_id["GEN-MINOR"]
    assert rule.id in shown
    assert "age below 18" in shown
    assert "nobody yet" in shown
    assert f"text/{GENERAL}#L{rule.place.rpartition(':')[2]}" in shown


def test_the_desk_and_the_owner_do_not_read_protocols(house: House) -> None:
    for role in (Role.FRONT_DESK, Role.OWNER):
        assert signed_in(house.people[role]).get(reverse("desk:protocols")).status_code == 403


def sent(files: Files, *paths: str, **more: str) -> dict[str, str]:
    """What a browser sends: lines end otherwise there."""
    texts = {f"text:{path}": files[path].replace("\n", "\r\n") for path in paths}
    return {"title": "One step", "why": WHY, **texts, **more}


def test_a_text_with_a_mistake_comes_back_with_the_line_and_nothing_is_kept(lead: Client) -> None:
    wrong = BAD["a fact misspelt"]
    path = "osteoporosis/protocol.yaml"
    answer = lead.post(reverse("desk:propose"), sent(wrong, path))
    shown = text(answer)
    assert answer.status_code == 422
    assert "bone_loosing_medicine" in shown
    assert "is not a fact" in shown
    assert f"{path}:34" in shown
    assert shown.count("OST-O1-TSCORE") >= 1, "the whole text is still in the form"
    assert not Proposal.objects.filter(state=Proposal.State.PROPOSED).exists()


def test_opening_one_more_file_keeps_what_was_written(lead: Client) -> None:
    answer = lead.post(reverse("desk:propose"), sent(reworded("soft"), GENERAL, add="yes", more="general/cases.yaml"))
    assert "The pressure stays soft." in text(answer)
    assert 'name="text:general/cases.yaml"' in text(answer)


def test_a_text_from_the_form_is_byte_for_byte_the_text_that_is_proposed(lead: Client) -> None:
    answer = lead.post(reverse("desk:propose"), sent(with_rule(), GENERAL))
    made = Proposal.objects.get(state=Proposal.State.PROPOSED)
    assert answer.headers["Location"] == reverse("desk:proposal", args=[made.public])
    assert made.version.hash == checked(with_rule()).protocols.hash


def archive(files: Files, wrap: str = "") -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for path, words in files.items():
            made.writestr(wrap + path, words)
    stream.seek(0)
    stream.name = "content.zip"
    return stream


def test_a_whole_folder_is_handed_in_as_an_archive(lead: Client) -> None:
    data = {"title": "A folder", "why": WHY, "archive": archive(with_rule(), "content/")}
    assert lead.post(reverse("desk:propose"), data).status_code == 302
    assert Proposal.objects.get(title="A folder").version.hash == checked(with_rule()).protocols.hash


@pytest.mark.parametrize("wrap", ["../../", "/"])
def test_an_archive_that_reaches_outside_is_refused(lead: Client, wrap: str) -> None:
    data = {"title": "Outside", "why": WHY, "archive": archive(shipped() | {f"{wrap}x.yaml": "a: b\n"})}
    assert lead.post(reverse("desk:propose"), data).status_code == 422


def test_what_is_no_archive_and_what_is_far_too_large_are_refused(lead: Client) -> None:
    wrong = io.BytesIO(b"not a zip")
    wrong.name = "content.zip"
    assert lead.post(reverse("desk:propose"), {"title": "x", "why": WHY, "archive": wrong}).status_code == 422
    huge = archive({"general/protocol.yaml": " " * 9_000_000})
    assert lead.post(reverse("desk:propose"), {"title": "x", "why": WHY, "archive": huge}).status_code == 422


def test_the_page_of_a_proposal_shows_text_patients_and_what_is_missing(team: Team, lead: Client) -> None:
    patient, _ = answered(team.house, "mild-scoliosis.yaml")
    made = team.examined(team.proposed(with_rule()))
    shown = text(lead.get(reverse("desk:proposal", args=[made.public])))
    assert "GEN-OLDER" in shown
    assert patient.family in shown
    assert "0 of 2 different clinicians" in shown
    mara = signed_in(User.objects.get(name="Mara"))
    assert patient.family not in text(mara.get(reverse("desk:proposal", args=[made.public]))), "named for the lead only"
    team.approved(made)
    assert lead.post(reverse("desk:publish", args=[made.public])).status_code == 302
    assert in_force_hash(team.house) == made.version.hash


def test_the_page_withdraws_only_with_a_reason_and_a_choice(team: Team, lead: Client) -> None:
    now = Proposal.objects.get(state=Proposal.State.PUBLISHED)
    url = reverse("desk:end_proposal", args=[now.public, "withdraw"])
    assert lead.post(url, {"reason": "A ceiling in it is wrong."}).status_code == 422
    assert lead.post(url, {"reason": "A ceiling in it is wrong.", "back_to": "stop"}).status_code == 302
    assert "No version is in force" in text(lead.get(reverse("desk:protocols")))


def test_the_worker_proves_and_compares_and_its_results_are_kept_once(team: Team) -> None:
    """A few steps of each: all of them take minutes on a busy machine, and the core's own tests take them."""
    steps = worker.proofs(checked(reworded()))
    assert next(steps)["total"] > 100
    assert all(next(steps)["ok"] for _ in range(5))
    total, told = list(worker.difference(built_in(), checked(reworded())))
    assert (total, told["ok"], told["looser"]) == ({"total": 1}, True, [])
    made = team.proposed(reworded())
    for _ in range(2):
        keep_examination(team.lead, kind="proofs", content_hash=made.version.hash, ok=True, results={"steps": []})
    assert Examination.objects.count() == 1
    assert verify() == []


def test_the_page_of_a_proposal_asks_the_database_few_times(team: Team, lead: Client) -> None:
    answered(team.house, "mild-scoliosis.yaml")
    made = team.proposed(with_rule())
    for proposal in (made, team.approved(team.examined(made))):
        url = reverse("desk:proposal", args=[proposal.public])
        lead.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert lead.get(url).status_code == 200
        assert len(queries) <= 15, [query["sql"][:90] for query in queries]


def test_long_work_is_begun_watched_and_kept_by_whoever_asks_again(
    team: Team, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is played by the test, so that what it has written so far is known at each look."""
    outs: list[Path] = []
    monkeypatch.setattr(protocols_work, "_run", lambda _arguments, out: outs.append(out))
    made = team.proposed(reworded())
    url = reverse("desk:proofs", args=[made.version.hash])
    assert "were not run yet" in text(lead.get(url))
    assert lead.post(url).status_code == 302
    assert lead.post(url).status_code == 302
    (out,) = outs
    step = {"kind": "guarantee", "name": "G", "says": "Nobody falls.", "ok": True, "words": []}
    lines = [{"total": 2}, step, step, {"end": made.version.hash, "base": ""}]
    write(out, lines[:2])
    assert 'value="1" max="2"' in text(lead.get(url))
    write(out, lines)
    lead.get(url)
    assert not Examination.objects.exists(), "looking writes nothing"
    lead.post(url)
    assert Examination.objects.get().results == {"steps": [step, step]}
    assert "All of it is proved" in text(lead.get(url))
    assert not out.parent.exists()


def test_a_worker_that_gave_up_or_speaks_of_other_content_proves_nothing(
    team: Team, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    outs: list[Path] = []
    monkeypatch.setattr(protocols_work, "_run", lambda _arguments, out: outs.append(out))
    made = team.proposed(reworded())
    url = reverse("desk:proofs", args=[made.version.hash])
    lead.post(url)
    write(outs[0], [{"total": 2}, {"gave_up": True}])
    assert "stopped before their end" in text(lead.get(url))
    lead.post(url)
    assert len(outs) == 1, "it begins anew only when somebody asks"
    lead.post(url, {"again": "yes"})
    assert len(outs) == 2
    write(outs[1], [{"total": 2}, {"end": built_in().protocols.hash, "base": ""}])
    lead.post(url)
    assert not Examination.objects.exists()


def write(out: Path, lines: list[dict[str, object]]) -> None:
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
