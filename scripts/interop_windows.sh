#!/bin/sh
# Windows programs of different builds (mingw-w64's gcc, clang with Microsoft's binary interface, 32 bit) on one segment,
# under Wine: the same pairs as scripts/interop.sh, driven by a strait-pair of these builds.
#
#   scripts/interop_windows.sh [BUILD-DIRECTORY]...      default: the presets win32 msvc-abi win32-i686 under build/
#
# A build that is not there or whose programs do not run is skipped, with its pairs. One pair is one test of the closing
# line. A Windows program that Wine cannot run ends in silence and with code 0, so each must first say a word.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -eq 0 ]; then
    set -- "$root/build/win32" "$root/build/msvc-abi" "$root/build/win32-i686"
fi
wine=$root/scripts/wine.sh

driver='' idle=''
for build in "$@"; do
    if [ -z "$driver" ] && [ -f "$build/tests/peer/strait-pair.exe" ]; then driver=$build/tests/peer/strait-pair.exe; fi
    if [ -z "$idle" ] && [ -f "$build/wine-idle.exe" ]; then idle=$build/wine-idle.exe; fi
done
if [ -z "$driver" ] || [ -z "$idle" ] || ! "$wine" --start "$idle"; then
    echo "interop_windows: none of these builds has a strait-pair that runs here: $*"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
trap '"$wine" --stop >/dev/null' EXIT

peer_of() { cat "$1/tests/peer/strait-peer.line" 2>/dev/null; }

# Can its peer be started?
runs() {
    # shellcheck disable=SC2046
    [ -f "$1/tests/peer/strait-peer.exe" ] &&
        [ "$("$wine" $(peer_of "$1") 'echo here' 2>/dev/null | tr -d '\r')" = "ok here" ]
}

able=
for build in "$@"; do
    if runs "$build"; then able="$able $build "; else echo "skip $(basename "$build"): no strait-peer of it runs here"; fi
done

passed=0 failed=0 skipped=0
for first in "$@"; do
    for second in "$@"; do
        a=$(basename "$first") b=$(basename "$second")
        case $able in *" $first "*) ;; *) skipped=$((skipped + 1)) && continue ;; esac
        case $able in *" $second "*) ;; *) skipped=$((skipped + 1)) && continue ;; esac
        said=$("$wine" "$driver" "$a" "$(peer_of "$first")" "$b" "$(peer_of "$second")" | tr -d '\r')
        echo "$said"
        case $said in "ok "*) passed=$((passed + 1)) ;; *) failed=$((failed + 1)) ;; esac
    done
done
echo "interop_windows: $passed pairs of builds passed, $failed failed, $skipped skipped"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
