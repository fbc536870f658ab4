"""When somebody is asked how a session was borne: the hours of the content, and every reason it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from effleurage.protocol.load import Protocols
from effleurage.session.contact import HARMED, borne_well, contact_hours
from effleurage.session.kinds import SKIPPED


def test_the_contact_lies_one_to_two_days_after_the_end(protocols: Protocols) -> None:
    hours = contact_hours(protocols.vocabulary)
    assert hours is not None
    assert (hours.earliest, hours.latest) == (timedelta(hours=24), timedelta(hours=48))
    assert hours.check.get("moment") == "follow_up"


def test_a_content_without_the_hours_asks_nobody(protocols: Protocols) -> None:
    words = protocols.vocabulary
    without = replace(words, checks=tuple(check for check in words.checks if not check.get("within_hours")))
    assert contact_hours(without) is None


def test_every_reason_that_tells_of_harm_can_be_given(protocols: Protocols) -> None:
    assert set(HARMED) < set(SKIPPED)


def test_only_a_reaction_that_the_content_lets_grow_was_borne_well(protocols: Protocols) -> None:
    words = protocols.vocabulary
    assert borne_well("none", words)
    assert not borne_well("bruise", words)
    assert not borne_well("nobody_knows_this", words)
