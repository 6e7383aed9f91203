#!/usr/bin/env python3
"""Fails when an order between processes is stated at one end only, or not at all.

    check_labels.py [ROOT]       reads the comments and the ordered calls of the tree
    check_labels.py --self-test  shows that each rule below can fail, on small trees made for it

An ordering comment names the edge and the side it stands on:

    /* [segment.state] release: whoever sees RETIRED sees why. */
    /* [segment.state] acquire: pairs with it. */

Rules, for src and include (but for inline/atomic*.h, where the orders are made):
  half      each label has a releasing comment (release, acq_rel, seq_cst) and an acquiring one (acquire,
            acq_rel, seq_cst)
  bare      a call of an ordered operation has such a comment on its line or ending at most three lines above it
  word      the comment says the order that the call has; acq_rel may be told as two edges, acquire and release
  licence   a label that licenses a field of format.h exists in the code
  shape     a label is lower-case words joined by dots, with an order behind it
"""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import c_source  # noqa: E402

ORDERS = {"relaxed", "acquire", "release", "acq_rel", "seq_cst"}
LABEL = re.compile(r"\[([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)\](?:\s+(\w+))?")
CROOKED = re.compile(r"\[([A-Za-z][\w-]*(?:\.[\w-]+)+)\]\s+(relaxed|acquire|release|acq_rel|seq_cst)\b")
CALL = re.compile(r"\bstrait_(?:(?:u32|u64|i32|i64|f64)_\w+?_|fence_)(acquire|release|acq_rel|seq_cst)\s*\(")
RELEASING = {"release", "acq_rel", "seq_cst"}
ACQUIRING = {"acquire", "acq_rel", "seq_cst"}
REACH = 3
SUFFIXES = {".c", ".h", ".hpp", ".cpp"}


def statements(comment):
    """The (label, order) pairs of a comment; its stars and line ends are not part of what it says."""
    words = re.sub(r"\n\s*(?:\*|//)?", " ", comment.text)
    return [(m.group(1), m.group(2) if m.group(2) in ORDERS else None) for m in LABEL.finditer(words)], words


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.faults, self.calls, self.files = [], 0, 0
        self.seen = {}  # label -> [(order, place)]
        self.licences = []  # (label, place)

    def fault(self, rule, place, words):
        self.faults.append((rule, f"{place}: {words} [{rule}]"))

    def check(self):
        for top in ("include", "src"):
            for path in sorted((self.root / top).rglob("*")):
                name = path.relative_to(self.root).as_posix()
                if path.suffix in SUFFIXES and not re.fullmatch(r"include/strait/inline/atomic\w*\.h", name):
                    self.files += 1
                    self.read(name, path.read_text(encoding="utf-8"))
        for label, uses in sorted(self.seen.items()):
            orders = {order for order, _ in uses}
            if not orders & RELEASING:
                self.fault("half", uses[0][1], f"[{label}] is acquired, but nobody releases it")
            if not orders & ACQUIRING:
                self.fault("half", uses[0][1], f"[{label}] is released, but nobody acquires it")
        for label, place in self.licences:
            if label not in self.seen:
                self.fault("licence", place, f"[{label}] licenses a field, but no code is labelled so")
        return self.faults

    def read(self, name, text):
        code, comments = c_source.split(text)
        ends = {}  # line of a comment -> orders stated in it
        for comment in comments:
            found, words = statements(comment)
            place = f"{name}:{comment.first}"
            for match in CROOKED.finditer(words):
                if not LABEL.match(match.group(0)):
                    self.fault("shape", place, f"[{match.group(1)}] is no label: lower-case words joined by dots")
            for label, order in found:
                if order:
                    self.seen.setdefault(label, []).append((order, place))
                elif name.endswith("/format.h"):
                    self.licences.append((label, place))
                else:
                    self.fault("shape", place, f"[{label}] says no order")
            orders = {order for _, order in found if order}
            if orders:
                for line in range(comment.first, comment.last + 1):
                    ends.setdefault(line, set()).update(orders)
        self.check_calls(name, code, ends)

    def check_calls(self, name, code, ends):
        for number, line in enumerate(code.split("\n"), 1):
            for match in CALL.finditer(line):
                self.calls += 1
                order, place = match.group(1), f"{name}:{number}"
                near = next((ends[n] for n in range(number, number - REACH - 1, -1) if n in ends), None)
                if near is None:
                    self.fault("bare", place, f"{match.group(0)}...) has no ordering comment")
                elif order not in near and not (order == "acq_rel" and near >= {"acquire", "release"}):
                    said = ", ".join(sorted(near))
                    self.fault("word", place, f"{match.group(0)}...) under a comment that says {said}")


# --- self-test -------------------------------------------------------------------------------------------------------

GOOD = """\
/* a file */
void f(strait_u64 *w)
{
    /* [a.b] release: all of it
     * and more. */
    strait_u64_store_release(w, 1);
    uint64_t e = strait_u64_load_acquire(w); /* [a.b] acquire: pairs. */
    // [c.d_2.e] acq_rel: one
    // and two.
    strait_u64_cas_acq_rel(w, &e, 2);
    /* [a.b] release: hands on; [a.b] acquire: takes over. */
    strait_u32_exchange_acq_rel(w, 2);
    strait_u64_load_relaxed(w);
    /* [x.y] seq_cst: a fence. */
    strait_fence_seq_cst();
    strait_ring_release(w);
    const char *s = "strait_u64_load_acquire(w)"; /* strait_u64_load_acquire(w) */
}
"""
FORMAT = "/*  0 | tail  8 | by CAS  [a.b] */\n"
CASES = [  # rule or None, what it shows, code, format.h
    (None, "a good file", GOOD, FORMAT),
    (None, "an index is no label", GOOD + "/* v[i], strait_x[2] and [A-Za-z0-9._-] */\n", FORMAT),
    ("half", "nobody acquires", GOOD.replace("[a.b] acquire: pairs", "[q.r] acquire: pairs")
     .replace("[a.b] acquire: takes", "[q.r] acquire: takes") + "/* [q.r] release: x */\n", FORMAT),
    ("half", "nobody releases", GOOD + "/* [lone.one] acquire: x */\n", FORMAT),
    ("half", "relaxed is neither side", GOOD + "/* [lone.one] relaxed: x; [lone.one] acquire: y */\n", FORMAT),
    ("bare", "no comment", GOOD + "\n\n\n\nvoid g(void) { strait_fence_acquire(); }\n", FORMAT),
    ("bare", "too far above", GOOD + "/* [a.b] acquire: x */\n\n\n\nint x = strait_u64_load_acquire(w);\n", FORMAT),
    ("bare", "a cas", GOOD + "\n\n\n\nbool x = strait_i64_cas_release (w, e, 1);\n", FORMAT),
    ("bare", "a fence", GOOD + "\n\n\n\nvoid g(void) { strait_fence_seq_cst(); }\n", FORMAT),
    ("word", "another order", GOOD + "/* [a.b] release: x */\nint x = strait_u64_load_acquire(w);\n", FORMAT),
    ("word", "weaker than the call", GOOD + "/* [a.b] acquire: x */\nint x = strait_u64_add_acq_rel(w, 1);\n", FORMAT),
    ("word", "relaxed above an ordered call",
     GOOD + "/* [a.b] relaxed: x */\nint x = strait_f64_load_acquire(w);\n", FORMAT),
    ("licence", "a field without code", GOOD, FORMAT + "/* 8 | head [no.such] */\n"),
    ("shape", "capitals", GOOD + "/* [A.b] release: x */\n", FORMAT),
    ("shape", "no order", GOOD + "/* [a.b] whatever */\n", FORMAT),
]


def self_test():
    passed, failed = 0, 0
    for rule, words, code, drawing in CASES:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {
                "src/core/a.c": code,
                "include/strait/format.h": drawing,
                "include/strait/inline/atomic.h": "int strait_u64_load_acquire(int);\n",
            }.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            faults = Tree(folder).check()
        if [found for found, _ in faults] == ([rule] if rule else []):
            passed += 1
        else:
            failed += 1
            print(f"FAILED {words}: wanted {rule}, got {faults}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    tree = Tree(root)
    for _, words in tree.check():
        print(words)
    if not tree.calls or not tree.licences:
        print(f"{root}: no ordered calls or no licensed fields there: nothing was checked")
        return 1
    print(
        f"labels: {tree.files} files, {len(tree.seen)} labels, {tree.calls} ordered calls, "
        f"{len(tree.licences)} licences, {len(tree.faults)} faults"
    )
    return 1 if tree.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
