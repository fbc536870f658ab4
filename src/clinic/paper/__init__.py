"""Papers: the signed plan, the letter of a referral and the safety sheet, as PDF/UA-1.

A paper outlives the screen: it is photocopied, separated from its other pages, read in black and white and read aloud.
So every page bears the person's name and birth date, the number of pages and the hash of the content behind it; every
colour is accompanied by a number, a word or a shape; and every paper is tagged. The same input gives the same bytes,
so that a paper can be compared with what was once handed out.

Values go to the template as JSON and are never read as markup. Nothing clinical is written or decided here: the words
come from `effleurage.render.page`, and `labels` holds only headings.
"""

from __future__ import annotations

from clinic.paper.papers import letter_pdf, plan_pdf, safety_sheet_pdf
from clinic.paper.values import Dose, Holder, Signature, doses

__all__ = ["Dose", "Holder", "Signature", "doses", "letter_pdf", "plan_pdf", "safety_sheet_pdf"]
