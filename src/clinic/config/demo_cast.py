"""The patients of the demonstration: who each is, which example they are like, and which way they have gone.

Nobody here is or was a real person; telephone numbers are of ranges that are given to nobody. Some have the same name,
or nearly the same, as in every clinic: that is what the birth date in the banner is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clinic.config.demo_house import BERLIN, HARBOUR, KYIV


@dataclass(frozen=True, slots=True)
class Part:
    """One patient. `way` names a path of `demo_paths`; `like` an example; `today` whether a visit is due today."""

    given: str
    family: str
    language: str
    age: int
    place: str
    way: str
    like: str = "osteoporosis"
    carer: str = ""
    today: bool = False
    email: bool = False


def _row(text: str, *, today: bool = False) -> Part:
    """A row as it is written below: name, language, age, place, way, example, who looks after them."""
    names, language, age, place, way, like, carer = (word.strip() for word in text.split("|"))
    given, _, family = names.partition(", ")
    where = {"K": KYIV, "B": BERLIN, "H": HARBOUR}[place]
    return Part(given, family, language, int(age), where, way, like, carer, today, email=int(age) < 75)


TODAY: Final = """
Olha, Marchenko        |uk|68|K|in_course           |osteoporosis          |iryna
Svitlana, Tkachenko    |uk|72|K|in_course_asked_now |both-conditions       |iryna
Valentyna, Kravchuk    |ru|75|K|red_flag            |old-vertebral-fracture|iryna
Maksym, Oliynyk        |uk|14|K|minor               |teenager-with-brace   |iryna
Liudmyla, Savchenko    |uk|67|K|tablet_today        |tablet-this-morning   |iryna
Natalia, Ivanova       |ru|64|K|chosen              |low-bone-mass         |taras
Andrii, Bondarenko     |uk|41|K|half_way            |mild-scoliosis        |taras
Yuliia, Polishchuk     |uk|35|K|stale               |double-curve          |taras
Ursula, Hoffmann       |de|71|B|in_course           |anticoagulant         |katharina
Renate, Schäfer        |de|69|B|without_consent     |osteoporosis          |katharina
Jürgen, Krause         |de|58|B|outdated            |low-bone-mass         |katharina
Tetiana, Hrytsenko     |uk|66|B|undecided           |never-measured        |katharina
Emma, Whitfield        |en|29|B|link_sent           |mild-scoliosis        |marta
Galina, Sokolova       |ru|70|B|chosen              |osteoporosis          |marta
"""
OTHERS: Final = """
Mariia, Kovalenko      |uk|70|K|former              |osteoporosis          |iryna
Mariia, Kovalenko      |uk|43|K|in_course           |mild-scoliosis        |iryna
Marina, Kovalenko      |ru|69|K|undecided           |osteoporosis          |iryna
Halyna, Lysenko        |uk|73|K|finished_course     |osteoporosis          |iryna
Nina, Morozova         |ru|77|K|stopped_session     |old-vertebral-fracture|iryna
Oleksandr, Rudenko     |uk|38|K|draft_waits         |healed-fusion         |iryna
Viktoriia, Honchar     |uk|33|K|long_course         |double-curve          |iryna
Petro, Zinchenko       |uk|69|K|in_course_asked_now |anticoagulant         |iryna
Kateryna, Moroz        |uk|15|K|minor_waiting       |teenager-with-brace   |iryna
Vasyl, Kuzmenko        |uk|61|K|decided             |new-back-pain         |iryna
Zinaida, Fedorova      |ru|69|K|decided             |late-denosumab        |iryna
Ihor, Tymoshenko       |uk|52|K|emergency           |numb-saddle           |taras
Daria, Panchenko       |uk|27|K|decided             |healthy-adult         |taras
Larysa, Klymenko       |uk|66|K|nothing_known       |nothing-known         |taras
Alla, Gavrilova        |ru|74|K|unsure              |osteoporosis          |iryna
Roman, Lytvyn          |uk|45|K|unsure              |mild-scoliosis        |taras
Oksana, Shcherbak      |uk|62|K|soft_aside          |both-conditions       |iryna
Vira, Nazarenko        |uk|68|K|hard_waits          |late-denosumab        |iryna
Tamara, Orlova         |ru|71|K|hard_agreed         |late-denosumab        |iryna
Mykola, Havryliuk      |uk|57|K|imported            |osteoporosis          |iryna
Inna, Yurchenko        |uk|63|K|imported_confirmed  |low-bone-mass         |iryna
Raisa, Belova          |ru|79|K|letter_waits        |both-conditions       |iryna
Sofiia, Petrenko       |uk|31|K|never_asked         |mild-scoliosis        |
Bohdan, Kravets        |uk|48|K|never_asked         |osteoporosis          |
Yevheniia, Chornobai   |uk|55|K|link_sent           |osteoporosis          |taras
Anna, Petrova          |ru|59|K|half_way            |osteoporosis          |taras
Hanna, Petrova         |uk|59|K|link_sent           |osteoporosis          |taras
Lidiia, Vashchenko     |uk|76|K|locked_by_hand      |osteoporosis          |iryna
Stepan, Dovzhenko      |uk|66|K|consent_withdrawn   |low-bone-mass         |iryna
Nadiia, Boiko          |uk|72|K|opened_with_reason  |osteoporosis          |iryna
Viktor, Smirnov        |ru|67|K|twice               |anticoagulant         |iryna
Zoia, Kyrylenko        |uk|74|K|united              |osteoporosis          |iryna
Gisela, Neumann        |de|74|B|harm_waits          |osteoporosis          |katharina
Monika, Lange          |de|66|B|stepped_back        |low-bone-mass         |katharina
Heike, Lange           |de|68|B|former              |never-measured        |katharina
Karl, Zimmermann       |de|70|B|former              |low-bone-mass         |katharina
Thomas, Braun          |de|39|B|harm_reviewed       |mild-scoliosis        |katharina
Sabine, Schröder       |de|68|B|former              |osteoporosis          |katharina
Dieter, Wolf           |de|73|B|former              |osteoporosis          |katharina
Lena, Fuchs            |de|26|B|decided             |healthy-adult         |katharina
Margaret, Ashdown      |en|75|B|decided             |osteoporosis          |katharina
Peter, Lindqvist       |en|54|B|half_way            |double-curve          |katharina
Oleh, Stetsenko        |uk|47|B|half_way            |mild-scoliosis        |marta
Irina, Volkova         |ru|65|B|undecided           |low-bone-mass         |marta
Christa, Böhm          |de|78|B|unsure              |never-measured        |marta
Paul, Hartley          |en|36|B|never_asked         |mild-scoliosis        |
Elena, Krüger          |ru|60|B|letter_waits        |anticoagulant         |katharina
Brigitte, Keller       |de|69|B|former              |low-bone-mass         |katharina
Fedir, Hrynko          |uk|44|K|second_signature    |mild-scoliosis        |taras
"""
FORMER: Final = """
Liuba, Hnatiuk         |uk|71|K|former              |osteoporosis          |iryna
Emilia, Sydorenko      |uk|66|K|former              |low-bone-mass         |iryna
Hryhorii, Pavlenko     |uk|70|K|former              |osteoporosis          |iryna
Ingrid, Sommer         |de|72|B|former              |osteoporosis          |katharina
"""
"""Some of those who had a session half a year ago: they are enough for the results of the house to be shown."""
ELSEWHERE: Final = """
Beatriz, Nogueira      |en|70|H|in_course           |osteoporosis          |ana
Olha, Marchenko        |uk|68|H|undecided           |osteoporosis          |ana
Hugo, Pinto            |en|44|H|never_asked         |mild-scoliosis        |
"""


def main_cast() -> tuple[Part, ...]:
    """The patients of the first clinic, those with a visit today first."""
    return (*_rows(TODAY, today=True), *_rows(OTHERS), *_rows(FORMER))


def small_cast() -> tuple[Part, ...]:
    """The patients of the second clinic, one of whom has the name of somebody in the first."""
    return _rows(ELSEWHERE)


def _rows(text: str, *, today: bool = False) -> tuple[Part, ...]:
    return tuple(_row(line, today=today) for line in text.strip().splitlines())
