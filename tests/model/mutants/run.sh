#!/bin/sh
# run.sh - does the exploration see what it claims to see? Each patch here breaks one rule of the ring; the exploration must
# find a violation. What the unit suite, which plays deaths by hand, says of it is told, and counts neither way.
#
#   run.sh [PATTERN...]      PATTERN: only patches whose names match, e.g. 'rule-5-*'
#
# A patch may say in its head which scenarios are to see it (`only: PATTERN`). Works in a copy of the sources. Prints "N passed, N failed, N skipped": a mutant passes when it was caught.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/strait-mutants.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cc=${CC:-cc}
passed=0 failed=0

verdict() { # NAME OUTCOME TEXT
    printf '%-4s %-36s %s\n' "$2" "$1" "$3"
    if [ "$2" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

fresh_tree() {
    rm -rf "$work/tree" && mkdir -p "$work/tree/tests" &&
        cp -R "$root/include" "$root/src" "$work/tree" &&
        cp -R "$root/tests/model" "$root/tests/unit" "$root/tests/support" "$work/tree/tests"
}

build() {
    (cd "$work/tree" && "$cc" -std=c11 -O2 -Iinclude -Isrc tests/model/*.c -o "$work/explore" &&
        for one in bytes dead; do
            "$cc" -std=c11 -O1 -Iinclude -Isrc -Itests "tests/unit/test_ring_$one.c" src/core/ring_layout.c src/core/ring_repair.c \
                tests/support/suite.c tests/support/suite_unix.c tests/support/system_unix.c -lcmocka -lpthread -o "$work/unit_$one" || exit 1
        done) >"$work/log" 2>&1
}

unit_says() {
    "$work/unit_bytes" >"$work/log" 2>&1
    seen=$?
    if "$work/unit_dead" >>"$work/log" 2>&1 && [ $seen -eq 0 ]; then
        echo "; the unit suite sees nothing"
    else
        echo "; also seen by $(grep -c '^  FAIL' "$work/log") unit tests"
    fi
}

try() { # PATCH
    name=$(basename "$1" .patch)
    fresh_tree || exit 1
    if ! (cd "$work/tree" && patch -p1 -s <"$1") >"$work/log" 2>&1; then
        verdict "$name" FAIL "its patch does not apply"
    elif ! build; then
        verdict "$name" FAIL "it does not build"
    else
        only=$(sed -n 's/^only: //p' "$1")
        "$work/explore" --until-first --preemptions 2 --only "${only:-*}" >"$work/said" 2>&1
        code=$?
        found=$(grep -A1 '^FAIL' "$work/said" | tail -n 1 | cut -c 6-100)
        case $code in
        1) verdict "$name" ok "caught: $found$(unit_says)" ;;
        0) verdict "$name" FAIL "it survives$(unit_says)" ;;
        *) verdict "$name" ok "caught: it does not end (code $code)$(unit_says)" ;;
        esac
    fi
}

matches() {
    set -f
    for pattern in $patterns; do
        # shellcheck disable=SC2254 # it is a pattern
        case $1 in $pattern) set +f; return 0 ;; esac
    done
    set +f
    return 1
}

patterns=${*:-*}
fresh_tree && build || { cat "$work/log" >&2; exit 1; }
for patch in "$here"/*.patch; do
    if matches "$(basename "$patch" .patch)"; then
        try "$patch"
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
