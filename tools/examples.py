"""Write the example intakes as FHIR bundles (--write), or check that the written ones are in step (--check)."""

from __future__ import annotations

import argparse
import json
from datetime import UTC
from pathlib import Path

from effleurage.commands.common import read_patient, taken
from effleurage.fhir.write_intake import intake_bundle
from effleurage.library import Library, load_library

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def bundle_text(path: Path, library: Library) -> str:
    """The bundle of one example. Ids are made from names, so that the same intake always gives the same text."""
    read = read_patient([path], library, on=taken(path))
    bundle = intake_bundle(
        intake=read.intake,
        protocols=library.protocols,
        identifiers=lambda name: f"{path.stem}-{name}".replace("_", "-").replace(" ", "-")[:64],
        zone=UTC,
    )
    return json.dumps(bundle, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true")
    choice.add_argument("--check", action="store_true")
    write = parser.parse_args().write
    library = load_library()
    wrong = 0
    for path in sorted(EXAMPLES.glob("*.yaml")):
        target, text = EXAMPLES / "fhir" / f"{path.stem}.json", bundle_text(path, library)
        if write:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != text:
            print(f"{target.relative_to(EXAMPLES.parent)} is not in step; run tools/examples.py --write.")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
