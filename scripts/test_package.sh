#!/bin/sh
# Installs Strait into a fresh place, moves it elsewhere (nothing in it may name its place), and lets programs
# of "somebody else" build against it in every way there is: find_package and pkg-config, shared and static, C
# and C++, and the sources as a subdirectory. Each must build without a warning, run, and leave nothing. Last
# line: the counts.
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
work=$root/build/package
passed=0 failed=0 skipped=0
name=package-$$

# check SENTENCE COMMAND...
check() {
    sentence=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "  ok   $sentence"
        passed=$((passed + 1))
    else
        echo "  FAIL $sentence: $*"
        sed 's/^/    | /' "$work/log"
        failed=$((failed + 1))
    fi
}

skip() {
    echo "  skip $1: $2"
    skipped=$((skipped + 1))
}

install_and_move() {
    cmake -G Ninja -S "$root" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DSTRAIT_BUILD_TESTS=OFF \
        -DSTRAIT_BUILD_EXAMPLES=OFF -DSTRAIT_BUILD_BENCH=OFF -DCMAKE_INSTALL_PREFIX="$work/first" &&
        cmake --build "$work/build" && cmake --install "$work/build" && mv "$work/first" "$work/moved"
}

nothing_names_its_place() {
    ! grep -rIl -e "$work/first" -e "$root/src" -e "$root/include" "$work/moved"
}

all_headers_are_there() {
    (cd "$root/include" && find . -name '*.h' | sort) >"$work/headers.source"
    (cd "$work/moved/include" && find . -name '*.h' | sort) >"$work/headers.installed"
    diff "$work/headers.source" "$work/headers.installed"
}

find_package_builds() {
    cmake -G Ninja -S "$root/tests/package/cmake-consumer" -B "$work/found" -DCMAKE_PREFIX_PATH="$work/moved" \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror" && cmake --build "$work/found"
}

another_version_is_refused() {
    sed 's/find_package(strait 0.1/find_package(strait 9.9/; s|\.\./consumer.c|/dev/null|' \
        "$root/tests/package/cmake-consumer/CMakeLists.txt" >"$work/CMakeLists.txt"
    mkdir -p "$work/refused" && mv "$work/CMakeLists.txt" "$work/refused"
    ! cmake -G Ninja -S "$work/refused" -B "$work/refused/build" -DCMAKE_PREFIX_PATH="$work/moved"
}

subdirectory_builds() {
    cmake -G Ninja -S "$root/tests/package/subdirectory-consumer" -B "$work/sub" -DSTRAIT_SOURCE="$root" &&
        cmake --build "$work/sub"
}

with_flags() { # with_flags COMPILER SOURCE OUTPUT [--static]
    compiler=$1 source=$2 output=$3
    shift 3
    flags=$(PKG_CONFIG_PATH="$pc" pkg-config "$@" --cflags --libs strait) || return 1
    case $flags in *"$work/moved"*) ;; *) echo "not the moved one: $flags"; return 1 ;; esac
    if [ "${1:-}" = --static ]; then flags=$(echo "$flags" | sed 's/-lstrait/-l:libstrait.a/'); fi
    # shellcheck disable=SC2086
    "$compiler" -Wall -Wextra -Wpedantic -Werror "$source" -o "$output" $flags
}

runs_with() { # runs_with LIBRARY_DIR PROGRAM
    LD_LIBRARY_PATH=$1 "$2" "$name" | grep '^strait [0-9.]* works$'
}

needs_the_shared_library() { readelf -d "$1" | grep 'NEEDED.*libstrait\.so\.0'; }
stands_alone() { ! readelf -d "$1" | grep 'NEEDED.*libstrait'; }

rm -rf "$work"
mkdir -p "$work"
check "it installs, and the place can be moved" install_and_move
lib=$(dirname "$(find "$work/moved" -name libstrait.so 2>/dev/null | head -n 1)")
pc=$lib/pkgconfig
check "nothing installed names the place it was made in" nothing_names_its_place
check "every public header is installed" all_headers_are_there
check "find_package(strait) builds" find_package_builds
check "a program with strait::strait runs" runs_with "$lib" "$work/found/consumer_strait"
check "and needs libstrait.so.0" needs_the_shared_library "$work/found/consumer_strait"
check "a program with strait::static runs" runs_with /nowhere "$work/found/consumer_static"
check "and stands alone" stands_alone "$work/found/consumer_static"
check "find_package refuses another version" another_version_is_refused
check "add_subdirectory builds" subdirectory_builds
check "and its programs run" runs_with /nowhere "$work/sub/consumer_static"

c=${CC:-cc}
if command -v pkg-config >/dev/null; then
    check "pkg-config builds a shared program" with_flags "$c" "$root/tests/package/consumer.c" "$work/shared"
    check "which runs" runs_with "$lib" "$work/shared"
    check "pkg-config builds a static program" with_flags "$c" "$root/tests/package/consumer.c" "$work/static" --static
    check "which runs" runs_with /nowhere "$work/static"
    if command -v c++ >/dev/null; then
        check "a C++ program builds" with_flags c++ "$root/tests/package/consumer.cpp" "$work/cxx"
        check "and runs" runs_with "$lib" "$work/cxx"
    else
        skip "a C++ program" "no C++ compiler"
    fi
else
    skip "pkg-config" "there is no pkg-config"
fi
if [ -d "$root/tools" ]; then
    check "the strait command is installed and answers" "$work/moved/bin/strait" help
fi

echo "suite package: $passed passed, $failed failed, $skipped skipped"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
