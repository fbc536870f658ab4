"""Mail leaves beside the request: nobody waits for it, and nobody learns from the waiting whether one was sent."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.core.mail import EmailMessage

_office = ThreadPoolExecutor(max_workers=1, thread_name_prefix="post")
_under_way: set[Future[None]] = set()


def send(message: EmailMessage) -> None:
    """Hands a message over; what goes wrong with it stands in the log, without its text."""
    handed = _office.submit(_send, message)
    _under_way.add(handed)
    handed.add_done_callback(_under_way.discard)


def settle() -> None:
    """Waits until all that was handed over has left."""
    wait(list(_under_way))


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:
        logging.getLogger(__name__).exception("A message was not sent; 'clinic doctor' checks the mail settings.")
