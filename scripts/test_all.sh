# shellcheck shell=sh disable=SC2154
# test_all.sh - read by ./dev: the steps of `./dev test`, in a row, each with a line in the table at the end.
# A step that fails does not hide the later ones. The last line is the sum over all suites of all steps.

steps="check dev clang asan tsan sysv win32 msvc-abi posix-portable i386 musl arm64 interop interop-win package"
# Only by --preset (those called after a back end also by --backend).
presets_besides="release ubsan sysv-asan sysv-tsan win32-i686"
# Built and linked for other systems, and not run: only by --preset.
cross="macos-arm64 macos-x86_64 freebsd netbsd openbsd"

sources() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
    else
        find include src tests tools examples bench bindings -name '*.[ch]' -o -name '*.cpp' 2>/dev/null | sort
    fi
}

# --- counting -----------------------------------------------------------------------------------------------

total_passed=0 total_failed=0 total_skipped=0
table=

# count STEP PASSED FAILED SKIPPED SECONDS [REMARK]: a row of the table.
count() {
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    total_skipped=$((total_skipped + $4))
    row=$(printf '%-12s %8d %8d %8d %8d  %s' "$1" "$2" "$3" "$4" "$5" "${6:-}")
    table="$table$row
"
    colour=32
    if [ "$3" -gt 0 ]; then colour=31; elif [ "$2" -eq 0 ]; then colour=33; fi
    if [ -t 1 ]; then
        printf '\033[%sm%s\033[0m\n' $colour "$row"
    else
        printf '%s\n' "$row"
    fi
}

# --- back ends ----------------------------------------------------------------------------------------------

# What a step is of before it was built: the back end that it is named after (sysv, sysv-asan), else the system's
# own; nothing for steps that are of none. A preset named otherwise is told here as "name=back end".
named_otherwise="msvc-abi=win32 interop-win=win32"
backend_of() {
    case $1 in check | package) return ;; esac
    for it in $named_otherwise; do
        if [ "${it%%=*}" = "$1" ]; then echo "${it#*=}" && return; fi
    done
    for it in src/*/backend.cmake; do
        it=$(basename "$(dirname "$it")")
        case $1 in "$it" | "$it"-*) echo "$it" && return ;; esac
    done
    echo posix
}

# The steps of a back end; all that there are for it.
steps_of() {
    for it in $steps $presets_besides; do
        case $it in release | ubsan) continue ;; esac # others have all of theirs
        if [ "$(backend_of "$it")" = "$1" ]; then printf '%s ' "$it"; fi
    done
}

# One line for each back end that was built: the sum, and each kind of suites as passed/failed/skipped.
by_backend() {
    awk '{ b = $1; k = $2
           if (!(b in seen)) { seen[b] = 1; order[++backends] = b }
           P[b] += $3; F[b] += $4; S[b] += $5; p[b, k] += $3; f[b, k] += $4; s[b, k] += $5; there[b, k] = 1 }
         END {
             kinds = split("unit conformance behaviour format crash other", kind, " ")
             for (i = 1; i <= backends; i++) {
                 b = order[i]; line = ""
                 for (j = 1; j <= kinds; j++) {
                     k = kind[j]
                     if ((b, k) in there) { line = line sprintf("  %s %d/%d/%d", k, p[b, k], f[b, k], s[b, k]) }
                 }
                 printf "%-10s %8d %8d %8d  %s\n", b, P[b], F[b], S[b], line
             }
         }' "$1"
}

# The last plain closing line in a file: "passed failed skipped", or nothing.
closing() {
    awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { found = $1 " " $3 " " $5 } END { if (found) print found }' "$1"
}

# Reads ctest's log: prints each suite's closing line, then what failing tests said, and leaves the sum in a
# file; and adds what each kind of suites had to build/logs/kinds. A test that ctest calls failed counts as one failure at least; one that has no closing line (and so
# was not registered by strait_add_suite, which demands one) counts as one.
tally_ctest() {
    awk -v step="$1" -v sum="$3" -v backend="$4" -v kinds=build/logs/kinds '
        function note(n) { if (!(n in name)) { order[++tests] = n } }
        match($0, /^[0-9]+: /) {
            n = substr($0, 1, RLENGTH - 2); text = substr($0, RLENGTH + 1); sub(/\r$/, "", text)
            kept[n] = text ~ /^Test timeout computed to be/ ? "" : kept[n] "    " text "\n"
            if (text ~ /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/) {
                split(text, w, " "); p[n] = w[1]; f[n] = w[3]; s[n] = w[5]; closed[n] = 1
            }
        }
        match($0, /Test +#[0-9]+: /) && !/^[0-9]+: / {
            n = substr($0, RSTART, RLENGTH); gsub(/[^0-9]/, "", n); note(n)
            name[n] = $0; sub(/.*Test +#[0-9]+: /, "", name[n])
            good[n] = name[n] ~ / Passed /
            seconds[n] = $(NF - 1)
            sub(/ .*/, "", name[n])
        }
        END {
            for (i = 1; i <= tests; i++) {
                n = order[i]
                if (good[n] && !closed[n]) { p[n] = 1 } else if (!good[n] && f[n] == 0) { f[n] = 1 }
                printf "  %s %s: %d passed, %d failed, %d skipped (%s s)\n", step, name[n], p[n], f[n], s[n], seconds[n]
                P += p[n]; F += f[n]; S += s[n]
                k = name[n]; sub(/\..*/, "", k)
                if (k !~ /^(unit|conformance|behaviour|format|crash)$/) { k = "other" }
                print backend, k, p[n] + 0, f[n] + 0, s[n] + 0 >> kinds
            }
            for (i = 1; i <= tests; i++) {
                n = order[i]
                if (f[n] > 0) {
                    printf "\n--- %s %s said:\n", step, name[n]
                    count = split(kept[n], said, "\n")
                    for (j = count > 120 ? count - 120 : 1; j < count; j++) { print said[j] }
                    print ""
                }
            }
            print P + 0, F + 0, S + 0 > sum
        }' "$2"
}

# --- the steps ----------------------------------------------------------------------------------------------

# What CMake said that it built; if it did not get so far, what was meant to be built.
built_for() {
    said=$(sed -n 's/^-- Strait .*: back end \([a-z0-9]*\) on .*/\1/p' "build/logs/$1.build" | tail -n 1)
    echo "${said:-$(backend_of "$1")}"
}

# A Wine without its 32-bit half ends 32-bit programs in silence, and with code 0.
runs_32_bits() {
    case $(scripts/wine.sh build/win32-i686/tools/strait.exe help 2>/dev/null </dev/null) in *strait*) return 0 ;; esac
    return 1
}

# A build, with its tests. What it cannot be built without is asked for by step().
run_preset() {
    preset=$1
    log=build/logs/$preset
    over=$backend # always said, for the build tree remembers the last one
    it=$(backend_of "$preset")
    if [ "$it" != posix ]; then over=$it; fi
    if ! { configure "$preset" "-DSTRAIT_BACKEND=$over" && cmake --build "build/$preset" -j "$jobs"; } \
        >"$log.build" 2>&1 </dev/null; then
        grep -nE 'error|Error|FAILED|failed' "$log.build" | head -n 30
        tail -n 15 "$log.build"
        count "$preset" 0 1 0 $(($(date +%s) - begun)) "does not build: $log.build"
        echo "$(built_for "$preset") other 0 1 0" >>build/logs/kinds
        return
    fi
    case " $cross " in
    *" $preset "*)
        count "$preset" 1 0 0 $(($(date +%s) - begun)) "compiled and linked, not run"
        return
        ;;
    esac
    if [ "$preset" = win32-i686 ] && ! runs_32_bits; then
        built=$(find "build/$preset" -name '*.exe' | wc -l)
        if [ "$built" -gt 0 ]; then
            count "$preset" 1 0 1 $(($(date +%s) - begun)) "$built programs built, not run: Wine is 64-bit only here"
        else
            count "$preset" 0 1 0 $(($(date +%s) - begun)) "nothing was built"
        fi
        return
    fi
    ctest --test-dir "build/$preset" -j "$jobs" -V --no-tests=error ${only:+-R "$only"} >"$log.tests" 2>&1 </dev/null
    code=$?
    tally_ctest "$preset" "$log.tests" "$log.sum" "$(built_for "$preset")"
    read -r passed failed skipped <"$log.sum"
    remark=
    if [ $code -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1 remark="ctest ended with $code: $log.tests"
        tail -n 15 "$log.tests"
    elif [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
        failed=1 remark="nothing ran"
    fi
    count "$preset" "$passed" "$failed" "$skipped" $(($(date +%s) - begun)) "$remark"
}

# one_check NAME COMMAND...: counts one; says why if it fails.
one_check() {
    check=$1
    shift
    if "$@" >"build/logs/check.$check" 2>&1 </dev/null; then
        echo "  check $check: ok"
        checks_passed=$((checks_passed + 1))
    else
        echo "  check $check: FAILED"
        tail -n 60 "build/logs/check.$check" | sed 's/^/    /'
        checks_failed=$((checks_failed + 1))
    fi
}

skip_check() {
    echo "  check $1: skipped, $2"
    checks_skipped=$((checks_skipped + 1))
}

check_format() {
    sources | tr '\n' '\0' | xargs -0 "$(pinned format)" --dry-run -Werror >build/logs/format.said 2>&1
    code=$?
    sed -n 's/^\([^ :]*\):.*clang-format-violations.*/\1: run .\/dev format/p' build/logs/format.said | sort -u
    return $code
}

check_tidy() {
    configure clang || return 1
    tidy=$(pinned tidy)
    # Only what is built here; the tests are not linted. xargs fails if any of them fails.
    sources | grep -E '^(src|tools|examples)/.*\.c$' | while read -r file; do
        if grep -q "/$file\"" build/clang/compile_commands.json; then echo "$file"; fi
    done >build/logs/tidy.files
    [ -s build/logs/tidy.files ] || { echo "there is nothing to lint"; return 1; }
    tr '\n' '\0' <build/logs/tidy.files | xargs -0 -n 2 -P "$jobs" "$tidy" -p build/clang --quiet >build/logs/tidy.said 2>&1
    code=$?
    # A header's fault is told by every file that includes it; once will do.
    grep -E ' (error|warning): ' build/logs/tidy.said | sort -u
    return $code
}

check_documents() {
    mkdir -p build/check
    "$(compiler)" -std=c11 -Iinclude -Isrc scripts/errors_md.c -o build/check/errors_md || return 1
    build/check/errors_md >build/check/errors.md || return 1
    diff -u docs/errors.md build/check/errors.md ||
        { echo "docs/errors.md is not what scripts/errors_md.c makes of the sources: write it anew"; return 1; }
}

check_workflows() {
    if there actionlint; then actionlint; else build/tools/actionlint; fi
}

run_check() {
    checks_passed=0 checks_failed=0 checks_skipped=0
    if have format; then one_check format check_format; else skip_check format "no clang-format $clang_version"; fi
    if have python; then
        one_check layers python3 scripts/check_layers.py
        one_check labels python3 scripts/check_labels.py
    else
        skip_check layers "no python3"
        skip_check labels "no python3"
    fi
    one_check documents check_documents
    if have tidy && have clang; then one_check tidy check_tidy; else skip_check tidy "no clang-tidy $clang_version"; fi
    if ! have actionlint; then
        skip_check workflows "no actionlint, and no Go to get it with"
    else
        one_check workflows check_workflows
    fi
    count check $checks_passed $checks_failed $checks_skipped $(($(date +%s) - begun))
}

# A script that prints a closing line.
run_script() {
    step=$1
    shift
    log=build/logs/$step
    code=0
    "$@" >"$log" 2>&1 </dev/null || code=$?
    result=$(closing "$log")
    # shellcheck disable=SC2086
    set -- ${result:-0 0 0}
    failed=$2
    if [ $code -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
    if [ $(($1 + failed + $3)) -eq 0 ]; then failed=1; fi
    if [ "$failed" -gt 0 ]; then tail -n 60 "$log" | sed 's/^/    /'; fi
    it=$(backend_of "$step")
    if [ -n "$it" ]; then echo "$it other $1 $failed $3" >>build/logs/kinds; fi
    echo "  $step: the log is $log"
    count "$step" "$1" "$failed" "$3" $(($(date +%s) - begun))
}

step_needs() {
    case $1 in
    clang) echo clang ;;
    asan | ubsan | tsan | *-asan | *-tsan) echo sanitizers ;;
    i386 | musl | arm64 | win32 | msvc-abi | win32-i686) echo "$1 sources" ;;
    macos-* | freebsd | netbsd | openbsd) echo "zig sources" ;;
    interop-win) echo win32 ;;
    esac
}

step() {
    begun=$(date +%s)
    echo
    echo "=== $1"
    for thing in $(step_needs "$1"); do
        if ! have "$thing" && ! { [ "$thing" = sources ] && [ -f "build/deps/$1/.complete" ]; }; then
            count "$1" 0 0 1 0 "skipped: no $thing on this machine"
            return
        fi
    done
    case $1 in
    check) run_check ;;
    interop) run_script interop scripts/interop.sh build/dev build/clang build/i386 build/musl build/arm64 ;;
    interop-win) run_script interop-win scripts/interop_windows.sh build/win32 build/msvc-abi build/win32-i686 ;;
    package) run_script package scripts/test_package.sh ;;
    *) run_preset "$1" ;;
    esac
}

test_all() {
    only='' backend='' chosen='' quick='' zig=''
    while [ $# -gt 0 ]; do
        case $1 in
        --quick) quick=yes ;;
        --preset) chosen="$chosen ${2:?--preset needs a name}" && shift ;;
        --only) only=${2:?--only needs a pattern} && shift ;;
        --backend) backend=${2:?--backend needs a name} && shift ;;
        *)
            echo "dev: test does not know \"$1\"" >&2
            exit 2
            ;;
        esac
        shift
    done
    if [ -n "$backend" ] && [ ! -f "src/$backend/backend.cmake" ]; then
        echo "dev: there is no back end \"$backend\"" >&2
        exit 2
    fi
    if [ -n "$quick" ]; then # the back end's own preset, if it has one
        case " $steps " in *" ${backend:-dev} "*) chosen="$chosen ${backend:-dev}" ;; *) chosen="$chosen dev" ;; esac
    fi
    chosen=${chosen:-$(if [ -n "$backend" ]; then steps_of "$backend"; else echo "$steps"; fi)}
    for one in $chosen; do
        case " $steps $presets_besides $cross " in
        *" $one "*) ;;
        *)
            echo "dev: there is no step or preset \"$one\"; there are: $steps $presets_besides $cross" >&2
            exit 2
            ;;
        esac
    done
    if [ -z "$chosen" ]; then
        echo "dev: there is no preset named after the back end \"$backend\"" >&2
        exit 2
    fi
    extra=
    for one in $chosen; do
        extra="$extra $(step_needs "$one")"
        case $one in
        check) extra="$extra format tidy clang" ;;
        macos-* | freebsd | netbsd | openbsd) zig=yes ;;
        package) extra="$extra pkgconfig" ;;
        esac
    done
    mkdir -p build/logs
    : >build/logs/kinds
    # shellcheck disable=SC2086
    need compiler cmake ninja cmocka or-skip uv criterion cxx python $extra
    case " $chosen " in *" check "*) need_pinned && need_actionlint ;; esac
    if [ -n "$zig" ]; then need_zig; fi
    set +e # from here on a failure is counted, not fatal
    for one in $chosen; do
        step "$one"
    done
    printf '\n%-12s %8s %8s %8s %8s\n' step passed failed skipped seconds
    printf '%s' "$table"
    if [ -s build/logs/kinds ]; then
        printf '\n%-10s %8s %8s %8s    %s\n' 'back end' passed failed skipped 'each kind of suites: passed/failed/skipped'
        by_backend build/logs/kinds
    fi
    echo
    echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
    if [ "$total_failed" -gt 0 ] || [ "$total_passed" -eq 0 ]; then
        exit 1
    fi
}
