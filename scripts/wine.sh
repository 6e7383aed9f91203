#!/bin/sh
# Runs Windows programs of the build under Wine, in a place of its own: build/wine, made at the first use.
#
#   scripts/wine.sh PROGRAM [ARGUMENTS]...   runs it; ends with its code
#   scripts/wine.sh --start IDLE-PROGRAM     readies the place, and keeps this program running there
#   scripts/wine.sh --stop                   ends whatever runs there
#
# Wine's services live as long as any Windows program does, and keep the output of whoever started them open. So tests
# run between --start and --stop: then the services hang on the idle program, whose output leads nowhere, and a test
# is over when its program is. STRAIT_WINE_PREFIX names another place: of 32-bit programs, say.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
export WINEPREFIX="${STRAIT_WINE_PREFIX:-$root/build/wine}"
# Silent, without a debugger that opens when a program crashes, and without the browser and the runtime that a new
# place would otherwise ask to download.
export WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="winedbg.exe,mscoree,mshtml=d;winemenubuilder.exe=d"
unset DISPLAY WAYLAND_DISPLAY
lock=$WINEPREFIX.lock

make_place() {
    mkdir -p "$(dirname "$WINEPREFIX")"
    (
        flock 9
        if [ ! -f "$WINEPREFIX/.complete" ]; then
            rm -rf "$WINEPREFIX"
            wineboot -i && wineserver -w && touch "$WINEPREFIX/.complete"
        fi
    ) 9>"$lock" >"$WINEPREFIX.log" 2>&1 </dev/null
}

case ${1:?usage: scripts/wine.sh PROGRAM | --start IDLE-PROGRAM | --stop} in
--start)
    make_place || { cat "$WINEPREFIX.log"; echo "wine.sh: Wine cannot make $WINEPREFIX"; exit 1; }
    nohup wine "$2" >/dev/null 2>&1 </dev/null &
    # The idle program says that it stands, and this waits for that. Not with our output: whichever of the two comes
    # first starts the services.
    if wine "$2" --await >/dev/null 2>&1 </dev/null; then
        echo "1 passed, 0 failed, 0 skipped"
    else
        echo "wine.sh: no Windows program runs here"
        exit 1
    fi
    ;;
--stop)
    if [ -d "$WINEPREFIX" ]; then wineserver -k || true; fi
    echo "1 passed, 0 failed, 0 skipped"
    ;;
*)
    if [ ! -f "$WINEPREFIX/.complete" ]; then make_place; fi
    exec wine "$@"
    ;;
esac
