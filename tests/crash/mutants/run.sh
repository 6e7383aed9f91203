#!/bin/sh
# run.sh - does the sweep see what it claims to see? Each patch here breaks one rule or one transition of the code. With
# it the functional tests still pass, since nothing dies or is held up in them at the wrong moment; the sweep must find
# violations.
#
#   run.sh [--seconds N] [--keep] [PATTERN...]      PATTERN: only patches whose names match, e.g. 'retire-*'
#
# Works in a copy of the tree, never in the tree itself. Prints a table and "N passed, N failed, N skipped": a mutant
# passes when the sweep caught it. It fails when its patch does not apply, when it does not build, when a functional
# test already fails (then it shows nothing about the sweep), and when it survives the sweep.
set -u

seconds=90
keep=no
patterns=
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2; shift ;;
    --keep) keep=yes ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "run.sh: what is $1?" >&2; exit 2 ;;
    *) patterns="$patterns $1" ;;
    esac
    shift
done

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/strait-mutants.XXXXXX") || exit 1
clean_up() { [ "$keep" = yes ] || rm -rf "$work"; }
trap clean_up EXIT
trap 'exit 130' INT TERM
passed=0
failed=0
log=$work/log

die() {
    echo "run.sh: $1" >&2
    [ -f "$log" ] && tail -n 20 "$log" >&2
    exit 1
}

verdict() { # NAME OUTCOME TEXT
    printf '%-4s %-40s %s\n' "$2" "$1" "$3"
    if [ "$2" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# The functional tests: real processes that use the library as programs do. Not storms, races of a crowd, and kills at random: they
# look for the same kind of fault as the sweep, by luck, and how much of that they have is the machine's affair.
luck='storm/*|removal/many_*|objects/eight_*|objects/processes_killed_*|adversity/of_many_*'
lucky_suite=test-conformance-name lucky_test=a_crowd_of_evictors_never_takes_the_successors_name
functional_tests() {
    ctest --test-dir "$work/build" -L '^(conformance|behaviour)$' -E '^(conformance[.]name|behaviour|behaviour[.](storm|torture))$' -j 2 \
        --output-on-failure --no-tests=error >"$work/tests" 2>&1 &&
        (cd "$work/build" && tests/behaviour/behaviour --jobs 1 --filter "!($luck)") >>"$work/tests" 2>&1 &&
        but_one
}

# All tests of the suite that has one of luck, but that.
but_one() {
    suite=$work/build/tests/$lucky_suite
    "$suite" --list | grep -qx "$lucky_test" || die "no test is called $lucky_test"
    # shellcheck disable=SC2046 # the names are words
    "$suite" $("$suite" --list | grep -vx "$lucky_test" | sed 's/^/--filter /') >>"$work/tests" 2>&1
}

# The unit tests play with the words of the protocol themselves, over a system in memory in which processes die and are
# overtaken; what they see too is told, and counts neither way.
unit_tests() {
    ctest --test-dir "$work/build" -L '^unit$' -E '_refuses_|atomic' -j 2 --no-tests=error >"$work/tests" 2>&1
}

build() { cmake --build "$work/build" -j 2 >"$log" 2>&1; }

# What did the functional tests say? Names of those that failed, and of the scenarios in them.
failures() {
    sed -n -e 's/^[[:space:]]*[0-9]* - \([^ ]*\) (.*/\1/p' \
        -e 's/.*\[[^]]*FAIL[^]]*\] \([A-Za-z_0-9]*::[A-Za-z_0-9]*\).*/\1/p' \
        -e 's/.*\[  FAILED  \] \([A-Za-z_0-9]*\)$/\1/p' "$work/tests" | sort -u | tr '\n' ' '
}

try() { # PATCH
    name=$(basename "$1" .patch)
    options=$(sed -n 's/^sweep: //p' "$1")
    if ! (cd "$work/tree" && patch -p1 -s --no-backup-if-mismatch <"$1") >"$log" 2>&1; then
        verdict "$name" FAIL "its patch does not apply"
        fresh_tree
        return
    fi
    if ! build; then
        verdict "$name" FAIL "it does not build"
    elif ! functional_tests; then
        verdict "$name" FAIL "the functional tests see it already: $(failures)"
    else
        seen=
        unit_tests || seen="; also seen by $(failures)"
        sweep "$name" "$options"
    fi
    (cd "$work/tree" && patch -p1 -R -s --no-backup-if-mismatch <"$1") >"$log" 2>&1 || fresh_tree
}

sweep() { # NAME OPTIONS
    set -f
    # shellcheck disable=SC2086 # the options are words
    "$work/build/tests/crash/strait-crash" --until-first --seconds "$seconds" $2 >"$work/sweep" 2>&1
    code=$?
    set +f
    found=$(sed -n 's/^\([0-9]* points, [0-9]* violations\)$/\1/p' "$work/sweep")
    kinds=$(sed -n 's/^     \([a-z-]*\): .*/\1/p' "$work/sweep" | sort -u | tr '\n' ' ')
    case $code:$found in
    1:*" 0 violations" | 0:*) verdict "$1" FAIL "it survives: $found$seen" ;;
    1:*violations) verdict "$1" ok "caught: $found (${kinds% })$seen" ;;
    *) verdict "$1" FAIL "the sweep broke (code $code)" ;;
    esac
}

fresh_tree() {
    rm -rf "$work/tree"
    mkdir "$work/tree" || die "no room in $work"
    (cd "$root" && tar -cf - --exclude=./build --exclude=./.git .) | tar -xf - -C "$work/tree" ||
        die "the tree cannot be copied"
}

matches() {
    set -f
    found=1
    for pattern in ${patterns:-*}; do
        # shellcheck disable=SC2254 # it is a pattern
        case $1 in $pattern) found=0 ;; esac
    done
    set +f
    return $found
}

fresh_tree
cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSTRAIT_WARNINGS_AS_ERRORS=OFF \
    -DSTRAIT_TEST_PATIENCE=3 >"$log" 2>&1 || die "the tree cannot be configured"
build || die "the tree does not build as it is"
functional_tests || die "the functional tests fail as it is: $(failures)"

for patch in "$here"/*.patch; do
    if matches "$(basename "$patch" .patch)"; then
        try "$patch"
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
