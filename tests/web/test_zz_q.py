import sys
from tests.web.test_today import *
from tests.web.conftest import *


def test_q(house):
    room, service, client = room_of(house), service_of(house, minutes=10), at_desk(house, Role.CLINICAL_LEAD)
    for n in range(5):
        booked(house, house.patient("Ada", f"B{n}"), room, service, WALL + timedelta(minutes=10 * n))
    for url in ("/?day=2026-11-23", "/work/?list=locked", "/work/?list=overrides", "/work/?list=notices", "/journal/"):
        client.get(url)
        with CaptureQueriesContext(connection) as f:
            client.get(url)
        print(url, len(f), file=sys.__stderr__)
