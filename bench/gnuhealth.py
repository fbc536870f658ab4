"""GNU Health in process, for the comparison: run by the Python of its own environment, never by ours.

    python gnuhealth.py CONFIGURATION DATABASE

It creates and reads a party with its patient, and an appointment, through proteus, and prints times as JSON.
"""

import datetime
import json
import statistics
import sys
import time

from proteus import Model, config

COUNT = 20


def timed(call):
    call()
    times = []
    for _ in range(COUNT):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3)
    ordered = sorted(times)
    return {"best": ordered[0], "median": statistics.median(times), "p95": ordered[-2], "count": COUNT}


def main():
    config.set_trytond(database=sys.argv[2], config_file=sys.argv[1])
    party_model, patient_model = Model.get("party.party"), Model.get("gnuhealth.patient")
    visit_model, professional_model = Model.get("gnuhealth.appointment"), Model.get("gnuhealth.healthprofessional")

    def person(**more):
        number = f"{time.perf_counter_ns()}"
        party = party_model(
            name="Bench", lastname=number, ref=number, is_person=True, gender="f", dob=datetime.date(1960, 1, 1), **more
        )
        party.save()
        return party

    def patient():
        """A party marked as one: GNU Health makes the patient with it."""
        return person(is_patient=True)

    professional = professional_model(party=person(is_healthprof=True))
    professional.save()
    (first,) = patient_model.find([("party", "=", patient().id)])
    start = datetime.datetime(2027, 1, 1, 9, 0)  # noqa: DTZ001 - as proteus wants it
    numbers = iter(range(10_000))

    def visit():
        made = visit_model(
            patient=first,
            healthprof=professional,
            appointment_date=start + datetime.timedelta(minutes=75 * next(numbers)),
        )
        made.save()
        return made

    booked = visit()

    def read_patient():
        found = patient_model(first.id)
        return found.party.name, found.party.lastname, found.party.dob, found.puid

    def read_visit():
        found = visit_model(booked.id)
        return found.appointment_date, found.patient.id, found.healthprof.id, found.state

    print(
        json.dumps(
            {
                "create a patient": timed(patient),
                "read a patient": timed(read_patient),
                "create a visit": timed(visit),
                "read a visit": timed(read_visit),
            }
        )
    )


main()
