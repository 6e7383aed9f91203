#!/bin/sh
# Programs of different builds on one segment: every ordered pair of them creates, attaches, writes, reads, places and
# finds objects, sees the other die, and races for fresh names.
#
#   scripts/interop.sh [BUILD-DIRECTORY]...      default: the presets dev clang i386 musl arm64 under build/
#
# A build that is not there is skipped, with its pairs. One pair is one test of the closing line.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -eq 0 ]; then
    set -- "$root/build/dev" "$root/build/clang" "$root/build/i386" "$root/build/musl" "$root/build/arm64"
fi

# The program that drives a pair must run here as it is: take it from the first build that does.
driver=
for build in "$@"; do
    if [ -z "$driver" ] && "$build/tests/peer/strait-pair" >/dev/null 2>&1; [ $? -eq 2 ] && [ -z "$driver" ]; then
        driver=$build/tests/peer/strait-pair
    fi
done
if [ -z "$driver" ]; then
    echo "interop: none of these builds has a strait-pair that runs here: $*"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

# Can its peer be started?
runs() {
    [ -f "$1/tests/peer/strait-peer.line" ] && [ "$($(cat "$1/tests/peer/strait-peer.line") 'echo here' 2>/dev/null)" = "ok here" ]
}

passed=0 failed=0 skipped=0
for first in "$@"; do
    for second in "$@"; do
        a=$(basename "$first") b=$(basename "$second")
        if ! runs "$first" || ! runs "$second"; then
            skipped=$((skipped + 1))
            if [ "$first" = "$second" ]; then
                echo "skip $a: $first/tests/peer/strait-peer is not there or does not run"
            fi
        elif "$driver" "$a" "$(cat "$first/tests/peer/strait-peer.line")" "$b" "$(cat "$second/tests/peer/strait-peer.line")"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
    done
done
echo "interop: $passed pairs of builds passed, $failed failed, $skipped skipped"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
