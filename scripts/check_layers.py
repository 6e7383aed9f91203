#!/usr/bin/env python3
"""Fails when an arrow between the layers turns back, or a system's name shows up where only facts belong.

    check_layers.py [ROOT]       reads #include and #if lines of the tree
    check_layers.py --self-test  shows that each rule below can fail, on small trees made for it

An arrow is an #include. They run one way:

    public header -> core object -> core layout            (pure bytes: no system, no object)
                                 -> core/os.h <- back end  (primitives: no object; a back end sees nothing else of core)

A file under src/core says its layer in its opening comment: "layer: public", "object", "layout" or "system".
"""

import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import c_source  # noqa: E402

FREESTANDING = set("stdbool.h stddef.h stdint.h stdarg.h stdalign.h stdnoreturn.h limits.h float.h iso646.h".split())
PURE = FREESTANDING | {"string.h", "inttypes.h", "stdio.h"}  # stdio.h for snprintf alone: see LAYOUT_WORDS
HOSTED = PURE | set("assert.h ctype.h errno.h math.h stdlib.h time.h".split())
HEADER = FREESTANDING | {"string.h", "inttypes.h"}
CXX = {"type_traits", "cstddef", "cstdint"}
OS_SEES = {"strait/base.h", "strait/result.h", "strait/inline/atomic.h"}
LAYER_SEES = {
    "public": {"public", "object", "layout", "system"},
    "object": {"object", "layout", "system"},
    "layout": {"layout"},
    "system": {"system"},
}
LAYOUT_WORDS = re.compile(
    r"\b(stdin|stdout|stderr)\b|"
    r"\b(v?f?printf|puts|fputs|putchar|fopen|fwrite|fread|perror|malloc|calloc|realloc|free)\s*\("
)
SYSTEM_WORDS = re.compile(
    r"\b(_WIN32|_WIN64|__linux__|__linux|linux|__gnu_linux__|__APPLE__|__MACH__|TARGET_OS_\w+|__unix__|__unix|unix|"
    r"__FreeBSD__|__NetBSD__|__OpenBSD__|__DragonFly__|__sun|__ANDROID__|__CYGWIN__|__MINGW\w+|__GLIBC__|__BIONIC__|"
    r"_MSC_VER|__GNUC__|__clang__|__INTEL_COMPILER|__GCC_\w+|__CLANG_\w+|__SANITIZE_\w+|__has_\w+|"
    r"__x86_64__|__i386__|__aarch64__|__arm__|__riscv|__powerpc\w*|_M_\w+)\b"
)
CONDITION = re.compile(r"#\s*(if|ifdef|ifndef|elif|elifdef|elifndef)\b(.*)")
INCLUDE = re.compile(r'#\s*include\s*(?:<([^>]+)>|"([^"]+)"|(\S.*))')
SUFFIXES = {".c", ".h", ".cpp", ".hpp", ".cc"}


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.faults, self.arrows = [], 0
        self.text, self.layer = {}, {}
        for top in ("include", "src", "tools", "examples", "bench", "bindings"):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in SUFFIXES and path.is_file():
                    self.text[path.relative_to(self.root).as_posix()] = path.read_text(encoding="utf-8")
        for name, text in self.text.items():
            if name.startswith("src/core/"):
                self.layer[name] = marker(text)
        src = self.root / "src"
        folders = {p.name for p in src.iterdir() if p.is_dir()} if src.is_dir() else set()
        self.back_ends = folders - {"core", "unix"}

    def fault(self, rule, name, line, words):
        self.faults.append((rule, f"{name}:{line}: {words} [{rule}]"))

    def resolve(self, name, target):
        """A quoted target as a path in the tree: beside the file, or from src or include. None if it is nowhere."""
        beside = pathlib.PurePosixPath(name).parent / target
        for candidate in (beside.as_posix(), f"src/{target}", f"include/{target}"):
            if candidate in self.text:
                return candidate
        return None

    def check(self):
        for name, text in self.text.items():
            room = name.split("/")[1] if name.startswith("src/") else name.split("/")[0]
            if room == "core" and self.layer[name] not in LAYER_SEES:
                self.fault("marker", name, 1, 'the opening comment does not say "layer: public|object|layout|system"')
            for line, directive in c_source.directives(text):
                self.check_condition(name, room, line, directive)
                match = INCLUDE.match(directive)
                if match:
                    self.arrows += 1
                    self.check_arrow(name, room, line, match)
            if room == "core" and self.layer[name] == "layout":
                self.check_purity(name, text)
        return self.faults

    def check_condition(self, name, room, line, directive):
        match = CONDITION.match(directive)
        allowed = room in self.back_ends or name == "include/strait/base.h"
        allowed = allowed or re.fullmatch(r"include/strait/inline/atomic\w*\.h", name)
        word = match and SYSTEM_WORDS.search(match.group(2))
        if word and not allowed:
            self.fault("conditional", name, line, f"asks for {word.group(0)}; ask for a fact, or move it to a back end")

    def check_purity(self, name, text):
        code, _ = c_source.split(text)
        for number, line in enumerate(code.split("\n"), 1):
            match = LAYOUT_WORDS.search(line)
            if match and not line.lstrip().startswith("#"):
                self.fault("purity", name, number, f"a layout file neither prints nor allocates: {match.group(0)}")

    def check_arrow(self, name, room, line, match):
        angle, quoted, computed = match.groups()
        if computed:
            return self.fault("computed", name, line, f"an #include that cannot be read: {computed}")
        target = angle or quoted
        if target.startswith("strait/"):
            return self.check_public_arrow(name, room, line, target)
        if angle:
            return self.check_system_arrow(name, room, line, target)
        found = self.resolve(name, target)
        if not found:
            return self.fault("nowhere", name, line, f'"{target}" is nowhere in src or beside the file')
        return self.check_private_arrow(name, room, line, found)

    def check_public_arrow(self, name, room, line, target):
        if f"include/{target}" not in self.text:
            return self.fault("nowhere", name, line, f"<{target}> is no public header")
        if room == "core" and self.layer[name] == "system" and target not in OS_SEES:
            return self.fault("os", name, line, f"core/os.h knows only base, result and atomic, not {target}")
        if (room in self.back_ends or room == "unix") and target not in OS_SEES:
            return self.fault("back end", name, line, f"a back end never knows an object: {target}")
        return None

    def check_system_arrow(self, name, room, line, target):
        allowed, why = None, ""
        if room == "include":
            allowed, why = HEADER | CXX, "a public header stands on C alone"
            if re.fullmatch(r"include/strait/inline/atomic\w*\.h", name):
                allowed = allowed | {"intrin.h"}
        elif room == "core":
            layer = self.layer[name]
            allowed = {"layout": PURE, "system": FREESTANDING}.get(layer, HOSTED)
            why = f"core knows no system, and its {layer} files only what C says without one"
        if allowed is not None and target not in allowed:
            self.fault("system header", name, line, f"<{target}>: {why}")

    def check_private_arrow(self, name, room, line, found):
        parts = found.split("/")
        to = parts[1] if parts[0] == "src" else parts[0]
        if room == "include":
            if to != "include":
                self.fault("public", name, line, f"a public header includes only public headers, not {found}")
        elif room == "core":
            if to not in ("core", "include"):
                self.fault("core", name, line, f"core knows no back end: {found}")
            elif to == "core" and self.layer[found] not in LAYER_SEES.get(self.layer[name], LAYER_SEES["public"]):
                self.fault("layer", name, line, f"{self.layer[name]} never includes {self.layer[found]}: {found}")
        elif room == "unix":
            if to != "unix" and found != "src/core/os.h":
                self.fault("unix", name, line, f"unix knows core/os.h and itself, not {found}")
        elif room in self.back_ends:
            if to not in (room, "unix") and found != "src/core/os.h":
                self.fault("back end", name, line, f"{room} knows core/os.h, unix and itself, not {found}")
        elif to != room and to != "include":
            self.fault("outside", name, line, f"{room} uses the library as everyone does, not {found}")


def marker(text):
    _, comments = c_source.split(text)
    found = comments and re.search(r"\blayer:\s*(\w+)", comments[0].text)
    return found.group(1) if found else None


# --- self-test -------------------------------------------------------------------------------------------------------

CLEAN = {
    "include/strait/base.h": "/* b */\n#include <stdint.h>\n#if defined(_WIN32)\n#endif\n",
    "include/strait/result.h": "/* r */\n#include <strait/base.h>\n",
    "include/strait/segment.h": "/* s */\n#include <strait/result.h>\n",
    "include/strait/inline/atomic.h": "/* a */\n#if defined(_MSC_VER)\n#include <intrin.h>\n#endif\n",
    "src/core/os.h": "/* os. layer: system */\n#include <strait/base.h>\n#include <strait/inline/atomic.h>\n",
    "src/core/layout.h": "/* l. layer: layout */\n#include <string.h>\n#include <strait/result.h>\n",
    "src/core/layout.c": '/* l. layer: layout */\n#include "core/layout.h"\n#include <stdio.h>\nint snprintf();\n',
    "src/core/segment.h": '/* o. layer: object */\n#include "core/layout.h"\n#include "core/os.h"\n',
    "src/core/segment.c": '/* o. layer: object */\n#include "core/segment.h"\n#include <stdlib.h>\n',
    "src/unix/clock.h": '/* u */\n#include "core/os.h"\n#include <time.h>\n#include <sys/types.h>\n',
    "src/posix/map.c": '/* p */\n#include "core/os.h"\n#include "unix/clock.h"\n#include <sys/mman.h>\n'
                       "#ifdef __linux__\n#endif\n",
    "src/posix/own.h": "/* p */\n",
    "tools/main.c": "/* t */\n#include <strait/segment.h>\n#include <unistd.h>\n",
}
BROKEN = [  # rule, file, text added to it
    ("marker", "src/core/name.c", "/* no layer here */\n"),
    ("marker", "src/core/name.c", "/* layer: attic */\n"),
    ("public", "include/strait/segment.h", '#include "core/os.h"\n'),
    ("system header", "include/strait/segment.h", "#include <sys/mman.h>\n"),
    ("system header", "include/strait/segment.h", "#include <intrin.h>\n"),
    ("system header", "src/core/segment.c", "#include <unistd.h>\n"),
    ("system header", "src/core/segment.c", "#  include   <pthread.h> /* hm */\n"),
    ("system header", "src/core/segment.c", "#include <windows.h>\n"),
    ("system header", "src/core/layout.c", "#include <stdlib.h>\n"),
    ("system header", "src/core/os.h", "#include <stdio.h>\n"),
    ("os", "src/core/os.h", "#include <strait/segment.h>\n"),
    ("layer", "src/core/os.h", '#include "core/layout.h"\n'),
    ("layer", "src/core/layout.c", '#include "core/os.h"\n'),
    ("layer", "src/core/layout.c", '#include "core/segment.h"\n'),
    ("layer", "src/core/layout.c", '#include "segment.h"\n'),
    ("purity", "src/core/layout.c", 'void f(void) { printf("x"); }\n'),
    ("purity", "src/core/layout.c", "void *f(void) { return malloc(1); }\n"),
    ("core", "src/core/segment.c", '#include "posix/own.h"\n'),
    ("core", "src/core/segment.c", '#include "unix/clock.h"\n'),
    ("back end", "src/posix/map.c", '#include "core/layout.h"\n'),
    ("back end", "src/posix/map.c", "#include <strait/segment.h>\n"),
    ("back end", "src/sysv/map.c", '#include "posix/own.h"\n'),
    ("unix", "src/unix/clock.h", '#include "posix/own.h"\n'),
    ("unix", "src/unix/clock.h", '#include "core/segment.h"\n'),
    ("outside", "tools/main.c", '#include "core/segment.h"\n'),
    ("outside", "examples/a.c", '#include "core/os.h"\n'),
    ("nowhere", "src/core/segment.c", '#include "core/gone.h"\n'),
    ("nowhere", "tools/main.c", "#include <strait/gone.h>\n"),
    ("computed", "src/core/segment.c", "#include STRAIT_HEADER\n"),
    ("conditional", "src/core/segment.c", "#ifdef __linux__\n#endif\n"),
    ("conditional", "src/core/segment.c", "#if defined(A) || \\\n    defined(__APPLE__)\n#endif\n"),
    ("conditional", "src/core/segment.c", "#if 0\n#elif _MSC_VER > 1\n#endif\n"),
    ("conditional", "include/strait/segment.h", "#if defined(__GNUC__)\n#endif\n"),
    ("conditional", "src/unix/clock.h", "#ifdef __FreeBSD__\n#endif\n"),
    ("conditional", "tools/main.c", "#ifndef _WIN32\n#endif\n"),
]


def faults_of(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return [rule for rule, _ in Tree(folder).check()]


def self_test():
    passed, failed = 0, 0
    harmless = dict(CLEAN)
    harmless["src/core/segment.c"] += '/* #include <unistd.h>\n#ifdef __linux__ */\nchar *s = "#include <unistd.h>";\n'
    for words, files, want in [("clean tree", CLEAN, []), ("comments and strings", harmless, [])] + [
        (f"{rule}: {name} + {text.splitlines()[0]}", {**CLEAN, name: CLEAN.get(name, "") + text}, [rule])
        for rule, name, text in BROKEN
    ]:
        got = faults_of(files)
        if got == want:
            passed += 1
        else:
            failed += 1
            print(f"FAILED {words}: wanted {want}, got {got}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    tree = Tree(root)
    for _, words in tree.check():
        print(words)
    if not tree.layer or not any(name.startswith("include/") for name in tree.text):
        print(f"{root}: no core or no public headers there: nothing was checked")
        return 1
    print(f"layers: {len(tree.text)} files, {tree.arrows} arrows, {len(tree.faults)} faults")
    return 1 if tree.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
