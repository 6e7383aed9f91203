#!/bin/sh
# test_tool.sh STRAIT PEER [EMULATOR] - the strait command against a living, a dead and a damaged segment. Every line that it
# prints is read as a person would read it. Programs of another machine are started
# through the emulator, or STRAIT_TEST_EMULATOR.
set -u
strait="${3:-${STRAIT_TEST_EMULATOR:-}} $1"
peer="${3:-${STRAIT_TEST_EMULATOR:-}} $2"
name="tool-test-$$"
scratch=$(mktemp -d)
passed=0
failed=0

finish() {
    [ -z "${holder:-}" ] || kill -9 "$holder" 2>/dev/null
    $strait rm --force "$name" >/dev/null 2>&1
    rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 1' INT TERM

# check WHAT COMMAND...: counts one.
check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $what; it printed:"
        cat "$scratch/out" "$scratch/err"
    fi
}

run() { $strait "$@" >"$scratch/out" 2>"$scratch/err"; }
says() { grep -q -- "$1" "$scratch/out"; }
complains() { grep -q -- "$1" "$scratch/err"; }
refuses() { ! run "$@"; }

# A peer that holds the segment until we kill it; it answers a line once it is attached.
mkfifo "$scratch/in" "$scratch/answers"
$peer <"$scratch/in" >"$scratch/answers" &
holder=$!
exec 3>"$scratch/in" 4<"$scratch/answers"
echo "open $name bytes=1234 lifetime=last" >&3
read -r answer <&4
check "a peer opens the segment: $answer" [ "${answer%% *}" = ok ]
# The number that it has in its own eyes; under Wine that is another than ours.
echo "peers" >&3
read -r answer <&4
number=$(echo "$answer" | cut -d: -f5)
files=no
[ ! -e /dev/shm/strait."$name" ] || files=yes

check "help is shown when asked for" run help
check "and names the commands" says "strait gc"
check "without a command it fails" refuses
check "an unknown command fails" refuses frobnicate
check "a missing name fails" refuses info
check "version is told" run version
check "with the format" says "format 1"

check "ls works" run ls
check "ls shows the segment, one alive" says "^$name  *1.2 KiB  *1  *0  0600"
check "info works" run info "$name"
check "info shows the exact size" says "^bytes  *1234 "
check "info shows the lifetime" says "until the last leaves"
check "info shows the living peer" says "alive.* $number "
check "info of a missing segment fails" refuses info "$name-missing"
check "and says what to do" complains "nothing of that name is there.*To mend"
check "a bad name is refused" refuses info "no/slash"
check "with the rule" complains "only A-Z a-z 0-9"

kill -9 "$holder"
wait "$holder" 2>/dev/null
check "ls after the death" run ls
check "ls shows that nobody needs it" says "$name .*nobody needs it (strait gc)"
holder=
check "gc frees it" run gc
check "and says so" says "[1-9][0-9]* freed"
run ls
check "nothing is left of it" refuses info "$name"

if [ "$files" = no ]; then
    echo "names are not files under /dev/shm here, so nothing is damaged by hand"
    echo "$passed passed, $failed failed, 1 skipped"
    [ "$failed" -eq 0 ]
    exit
fi
printf 'not a segment' >/dev/shm/strait."$name"
check "ls shows what is damaged" run ls
check "as foreign or truncated" says "^$name .*TRUNCATED"
check "gc leaves it alone" run gc
check "rm refuses it" refuses rm "$name"
check "rm --force removes it" run rm --force "$name"
check "it is gone" [ ! -e /dev/shm/strait."$name" ]

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
