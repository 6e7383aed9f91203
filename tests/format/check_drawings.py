#!/usr/bin/env python3
"""Holds the drawings of format.h and of docs/format.md against the golden tables.

    check_drawings.py ROOT

A drawing is a run of lines "OFFSET | FIELD  BYTES | words" closed by a line "OFFSET |"; it belongs to the struct
that is declared behind it (format.h) or named before it (docs/format.md). Constants: every STRAIT_FORMAT_* and
STRAIT_FEATURES_* of format.h stands in constants.tsv, and the prose gives each the number it has there.
"""

import csv
import pathlib
import re
import sys

ROW = re.compile(r"^(?: \*)?\s*(\d+) \|(?: (\w+)\s+(\d+) \|(.*))?$")
STRUCT = re.compile(r"\bstrait_\w+_format\b")
DEFINE = re.compile(r"^#define (STRAIT_(?:FORMAT|FEATURES)_[A-Z0-9_]*[A-Z0-9])\s", re.MULTILINE)
TOLD = re.compile(r"^\| `(STRAIT_(?:FORMAT|FEATURES)_\w+)` \| (\w+) \|", re.MULTILINE)
TABLES = ("segment-header", "participant", "directory", "ring", "port")


def tables(folder):
    """struct -> [(offset, field, bytes)], from the golden tables."""
    found = {}
    for name in TABLES:
        with open(folder / f"{name}.tsv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                found.setdefault(row["struct"], []).append((int(row["offset"]), row["field"], int(row["bytes"])))
    return found


def drawings(text):
    """Yields (rows, end, line) of each drawing."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        match = ROW.match(line)
        if match and match.group(2):
            rows.append((int(match.group(1)), match.group(2), int(match.group(3))))
        elif match and rows:
            yield rows, int(match.group(1)), number
            rows = []


def struct_of(text, line, before):
    """The struct named last before the line, or first behind it."""
    lines = text.split("\n")
    names = STRUCT.findall("\n".join(lines[:line] if before else lines[line:]))
    return names[-1 if before else 0] if names else None


def compare(name, text, golden, before):
    faults, seen = [], set()
    for rows, end, line in drawings(text):
        struct = struct_of(text, line, before)
        want = golden.get(struct)
        if want is None:
            faults.append(f"{name}:{line}: a drawing of {struct}, for which there is no table")
            continue
        seen.add(struct)
        for have, row in zip(rows, want):
            if have != row:
                faults.append(f"{name}:{line}: {struct}: drawn {have}, in the table {row}")
        if len(rows) != len(want) or end != want[-1][0] + want[-1][2]:
            faults.append(f"{name}:{line}: {struct}: {len(rows)} fields to {end}, in the table {len(want)} to "
                          f"{want[-1][0] + want[-1][2]}")
    return faults + [f"{name}: {struct} is not drawn" for struct in golden if struct not in seen]


def check_constants(header, prose, folder):
    with open(folder / "constants.tsv", newline="", encoding="utf-8") as file:
        golden = {row["constant"]: int(row["value"], 0) for row in csv.DictReader(file, delimiter="\t")}
    told = {name: int(value, 0) for name, value in TOLD.findall(prose)}
    faults = [f"format.h: {name} is not in constants.tsv" for name in DEFINE.findall(header)
              if name not in golden and name != "STRAIT_FORMAT_H"]
    for name, value in golden.items():
        if told.get(name) != value:
            faults.append(f"docs/format.md: {name} is told as {told.get(name)}, in the table it is {value}")
    return faults + [f"docs/format.md: {name} is in no table" for name in told if name not in golden]


def broken_ones(header, prose, golden, folder):
    """Each of these changes must be seen, or the comparison is asleep."""
    moved = re.sub(r"(?m)^ \*(\s+)48 \|", r" *\g<1>52 |", header, count=1)
    dropped = re.sub(r"(?m)^ \*\s+40 \| features_incompatible.*\n", "", header)
    renamed = prose.replace("| user_bytes ", "| user_space ", 1)
    added = header + "\n#define STRAIT_FORMAT_NEW_ONE 1u\n"
    retold = re.sub(r"(`STRAIT_FORMAT_RETIRED` \|) \w+", r"\1 9", prose)
    return {
        "a moved field": compare("", moved, golden, False),
        "a dropped field": compare("", dropped, golden, False),
        "a renamed field in the prose": compare("", renamed, golden, True),
        "a constant without a row": check_constants(added, prose, folder),
        "a constant told wrongly": check_constants(header, retold, folder),
    }


def main(root):
    folder = pathlib.Path(__file__).resolve().parent
    header = (root / "include/strait/format.h").read_text(encoding="utf-8")
    prose = (root / "docs/format.md").read_text(encoding="utf-8")
    golden = tables(folder)
    results = {
        "format.h draws what the tables say": compare("format.h", header, golden, False),
        "docs/format.md draws what the tables say": compare("docs/format.md", prose, golden, True),
        "every constant stands in the table and in the prose": check_constants(header, prose, folder),
    }
    for words, faults in broken_ones(header, prose, golden, folder).items():
        results[f"{words} is noticed"] = [] if faults else ["it was not"]
    failed = 0
    for words, faults in results.items():
        print(("FAIL " if faults else "ok   ") + words)
        failed += bool(faults)
        for fault in faults:
            print("     " + fault)
    print(f"{len(results) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
