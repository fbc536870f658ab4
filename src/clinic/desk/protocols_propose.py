"""Proposing a version: the text of files is changed side by side, or a whole folder is handed in. Nothing is saved
until all of it is right; until then the text stays in the form.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic.actions.permissions import check
from clinic.actions.protocols import proposal_of, propose_version
from clinic.actions.protocols_checks import current_base, files_of
from clinic.look.request import Request
from effleurage.errors import ForPeople, InputError

PREFIX = "text:"
MOST_BYTES = 8_000_000
MOST_FILES = 500


class ProposalForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=200, help_text=gettext_lazy("What changes, in a few words.")
    )
    why = forms.CharField(
        label=gettext_lazy("Why"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What was found or decided, and by whom: it stays with the version for ever."),
    )
    archive = forms.FileField(
        label=gettext_lazy("A whole content folder"),
        required=False,
        help_text=gettext_lazy("A .zip or .tar.gz file, in place of the texts below."),
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """One file that is being changed, with what is wrong in it."""

    path: str
    text: str
    id: str
    line: int
    fault: str

    @property
    def rows(self) -> int:
        return min(30, max(8, self.text.count("\n") + 2))


@require_http_methods(["GET", "POST"])
def propose(request: Request) -> HttpResponse:
    """The form. "Add a file" brings one more text into it and keeps all the others as they stand."""
    check(request.doing.actor, "protocols.propose")
    base = current_base(request.doing.actor.clinic_id or 0)
    files = files_of(base)
    sent = request.method == "POST"
    texts = texts_in(request.POST, files) if sent else texts_from(request, files)
    form = ProposalForm(*((request.POST, request.FILES) if sent else ()))
    if sent and "add" in request.POST:
        name = request.POST.get("more", "")
        if name in files:
            texts.setdefault(name, files[name])
        form = ProposalForm(initial={"title": request.POST.get("title", ""), "why": request.POST.get("why", "")})
    elif sent and form.is_valid():
        try:
            return _propose(request, form, {**files, **texts})
        except ForPeople as fault:
            return _page(request, form, texts, files, fault)
    return _page(request, form, texts, files, None)


def _propose(request: Request, form: ProposalForm, files: dict[str, str]) -> HttpResponse:
    data = form.cleaned_data
    whole = unpack(data["archive"].name, data["archive"].read()) if data["archive"] else files
    made = propose_version(request.doing, title=data["title"], why=data["why"], files=whole)
    messages.success(request, _("Proposed. Now look at what it changes; two colleagues then approve it."))
    return redirect("desk:proposal", made.public)


def _page(
    request: Request,
    form: ProposalForm,
    texts: Mapping[str, str],
    files: Mapping[str, str],
    fault: ForPeople | None,
) -> HttpResponse:
    context = {
        "form": form,
        "drafts": list(drafts(texts, fault)),
        "others": [name for name in files if name not in texts],
        "fault": fault,
    }
    return render(request, "desk/protocols/propose.html", context, status=422 if fault or form.errors else 200)


def drafts(texts: Mapping[str, str], fault: ForPeople | None) -> Iterator[Draft]:
    """Each text, and beside the one in which something is wrong, its line and the core's own words."""
    where, _colon, line = fault.where.rpartition(":") if fault else ("", "", "")
    for number, (name, text) in enumerate(texts.items(), start=1):
        at = int(line) if where == name and line.isdecimal() else 0
        lines = text.splitlines()
        yield Draft(name, text, f"text-{number}", at, lines[at - 1].strip() if 0 < at <= len(lines) else "")


def texts_in(sent: Mapping[str, str], files: Mapping[str, str]) -> dict[str, str]:
    """The texts of a form, with line ends as files have them: a browser sends others."""
    return {
        key.removeprefix(PREFIX): _plain(text)
        for key, text in sent.items()
        if key.startswith(PREFIX) and key.removeprefix(PREFIX) in files
    }


def _plain(text: str) -> str:
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    return whole if whole.endswith("\n") else whole + "\n"


def texts_from(request: Request, files: Mapping[str, str]) -> dict[str, str]:
    """What the form begins with: the file that was asked for, or what an earlier proposal changed."""
    if "from" in request.GET:
        earlier = files_of(proposal_of(request.doing.actor.clinic_id, request.GET["from"]).version.hash)
        return {name: text for name, text in earlier.items() if name in files and files[name] != text}
    name = request.GET.get("file", "")
    return {name: files[name]} if name in files else {}


def unpack(name: str, data: bytes) -> dict[str, str]:
    """The .yaml files of an archive by path; a single folder around all of them is left out. Raises InputError."""
    try:
        found = dict(_zipped(data) if zipfile.is_zipfile(io.BytesIO(data)) else _tarred(data))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise InputError(
            where=name, what=_("This is neither a zip nor a tar file."), remedy=_("Pack the content folder anew.")
        ) from None
    if not found:
        raise InputError(where=name, what=_("There is no .yaml file in it."), remedy=_("Pack the content folder."))
    try:
        return {inside: data.decode("utf-8-sig").replace("\r\n", "\n") for inside, data in _unwrapped(found).items()}
    except UnicodeDecodeError:
        raise InputError(where=name, what=_("A file in it is not UTF-8 text."), remedy=_("Save it as UTF-8.")) from None


def _zipped(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        rows = [row for row in archive.infolist() if not row.is_dir() and row.filename.endswith(".yaml")]
        _insist_on_size(len(rows), sum(row.file_size for row in rows))
        for row in rows:
            yield row.filename, archive.read(row)


def _tarred(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Read as a stream of at most so many bytes, so that a small file cannot become a huge one."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as archive:
        count = size = 0
        for row in archive:
            count, size = count + 1, size + row.size
            _insist_on_size(count, size)
            stream = archive.extractfile(row) if row.isfile() and row.name.endswith(".yaml") else None
            if stream is not None:
                yield row.name, stream.read(MOST_BYTES)


def _insist_on_size(count: int, size: int) -> None:
    if count > MOST_FILES or size > MOST_BYTES:
        raise InputError(
            where=_("Archive"),
            what=_("It is far larger than a content folder."),
            remedy=_("Pack only the .yaml files."),
        )


def _unwrapped(found: Mapping[str, bytes]) -> dict[str, bytes]:
    paths = {name: PurePosixPath(name) for name in found}
    heads = {path.parts[0] for path in paths.values()}
    wrapped = len(heads) == 1 and any(len(path.parts) > 2 for path in paths.values())
    return {str(PurePosixPath(*path.parts[1:]) if wrapped else path): found[name] for name, path in paths.items()}


urlpatterns = [path("protocols/new/", propose, name="propose")]
