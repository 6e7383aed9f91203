#!/bin/sh
# Builds the test libraries for a target that has no packages of them: CMocka and libuv, static, from the
# sources of the Debian packages, into build/deps/TARGET. Does nothing if they are there. Usage:
# scripts/build_deps.sh TARGET, where cmake/toolchains/TARGET.cmake exists. Exit code 3: this machine has no
# way to get the sources (no apt).
set -eu

target=${1:?usage: scripts/build_deps.sh TARGET}
root=$(cd "$(dirname "$0")/.." && pwd)
toolchain=$root/cmake/toolchains/$target.cmake
deps=$root/build/deps
stage=$deps/$target
sources=$deps/sources
log=$deps/$target.log

[ -f "$toolchain" ] || { echo "build_deps: there is no $toolchain" >&2; exit 2; }
[ -f "$stage/.complete" ] && exit 0
mkdir -p "$stage" "$sources"

# Source packages are fetched with lists of our own, so that nothing of the system's is changed: the places
# that binary packages come from are asked for sources. A place that has none is no trouble.
fetch() {
    command -v apt-get && command -v dpkg-source || {
        echo "build_deps: apt-get and dpkg-source are needed to get the sources of CMocka and libuv"
        exit 3
    }
    private=$deps/apt
    rm -rf "$private"
    mkdir -p "$private/parts" "$private/lists/partial" "$private/cache/archives/partial"
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ -f "$list" ] || continue
        sed -e '/^deb-src[[:space:]]/d' -e 's/^deb[[:space:]]/deb-src /' -e 's/^Types:.*/Types: deb-src/' "$list" \
            >"$private/parts/$(basename "$list")"
    done
    set -- -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$private/parts" \
        -o Dir::State::lists="$private/lists" -o Dir::Cache="$private/cache" -o APT::Sandbox::User=root
    apt-get "$@" update || echo "build_deps: some places have no sources"
    rm -rf "$sources"
    mkdir -p "$sources"
    cd "$sources"
    apt-get "$@" source --download-only cmocka libuv1
    for description in ./*.dsc; do
        dpkg-source --no-check -x "$description"
    done
    touch .complete
}

build() {
    name=$1
    shift
    cmake -G Ninja -S "$sources/$name" -B "$deps/build-$target-$name" -DCMAKE_TOOLCHAIN_FILE="$toolchain" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$stage" -DCMAKE_INSTALL_LIBDIR=lib \
        -DBUILD_SHARED_LIBS=OFF -Wno-dev "$@"
    cmake --build "$deps/build-$target-$name"
    cmake --install "$deps/build-$target-$name"
}

# For Microsoft's binary interface there is nothing that a CMake of theirs would recognise: CMocka is one file, and so is
# what programs begin with. libuv needs more of Windows' headers than Wine has.
work_msvc() {
    objects=$deps/build-$target
    wine=/usr/include/wine/wine
    set -- clang-19 --target=x86_64-pc-windows-msvc -fms-compatibility-version=19.38 -O2 -g0 -mno-stack-arg-probe \
        -isystem $wine/msvcrt -isystem $wine/windows -D_UCRT -D_MT -D_CRT_SECURE_NO_WARNINGS
    mkdir -p "$objects" "$stage/lib" "$stage/include"
    cp "$sources/$cmocka"/include/cmocka.h "$stage/include"
    "$@" -DCMOCKA_STATIC -DHAVE_INTTYPES_H -DHAVE_MALLOC_H -DHAVE_SIGNAL_H -DHAVE_TIME_H -DHAVE_VSNPRINTF -DHAVE_SNPRINTF \
        -Wno-everything -I"$sources/$cmocka/include" -c "$sources/$cmocka/src/cmocka.c" -o "$objects/cmocka.obj"
    "$@" -c "$root/cmake/toolchains/msvc_start.c" -o "$objects/start.obj"
    "$@" -DSTRAIT_START_OF_A_LIBRARY -c "$root/cmake/toolchains/msvc_start.c" -o "$objects/start_dll.obj"
    llvm-ar-19 crs "$stage/lib/cmocka.lib" "$objects/cmocka.obj"
    llvm-ar-19 crs "$stage/lib/start.lib" "$objects/start.obj"
    llvm-ar-19 crs "$stage/lib/start_dll.lib" "$objects/start_dll.obj"
    for library in ucrtbase kernel32 advapi32; do # import libraries, under the names that this linker looks for
        cp "/usr/x86_64-w64-mingw32/lib/lib$library.a" "$stage/lib/$library.lib"
    done
}

work() {
    if [ ! -f "$sources/.complete" ]; then
        (fetch)
    fi
    cmocka=$(cd "$sources" && ls -d cmocka-*/ | head -n 1)
    libuv=$(cd "$sources" && ls -d libuv1-*/ | head -n 1)
    cmocka=${cmocka%/}
    if [ "$target" = msvc-abi ]; then
        work_msvc
        touch "$stage/.complete"
        return
    fi
    build "$cmocka" -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF
    # On NetBSD libuv needs libkvm, which zig does not bring: there the tests that need libuv are left out.
    if [ "$target" != netbsd ]; then build "${libuv%/}" -DLIBUV_BUILD_TESTS=OFF; fi
    touch "$stage/.complete"
}

# Not in a condition: there, `set -e` would be without effect.
set +e
(
    set -e
    work
) >"$log" 2>&1
code=$?
if [ $code -ne 0 ]; then
    tail -n 40 "$log" >&2
    echo "build_deps: $target failed; the whole log is build/deps/$target.log" >&2
fi
exit $code
