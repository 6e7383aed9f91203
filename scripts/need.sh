# shellcheck shell=sh disable=SC2154
# need.sh - read by ./dev: what a command needs, whether it is there, and how it is got.
#
# Whether a thing is there is judged by using it (a command answers, a header is found, a program links), not
# by what a package manager believes. So nothing is asked of a user for whom everything is there. What is
# missing is named as packages and installed at once; where that is not allowed, the exact command is printed.

clang_version=19
zig_version=0.17.1
actionlint_version=1.7.7

there() { command -v "$1" >/dev/null 2>&1; }

compiler() {
    for one in "${CC:-}" cc gcc clang; do
        if [ -n "$one" ] && there "$one"; then
            echo "$one"
            return 0
        fi
    done
    return 1
}

# clang of the pinned version, or whichever there is.
clang_compiler() {
    if there clang-$clang_version; then echo clang-$clang_version; elif there clang; then echo clang; else return 1; fi
}

manager() {
    for one in apt-get dnf brew; do
        if there $one; then
            echo $one
            return 0
        fi
    done
    echo none
}

# links COMPILER FLAGS...: an empty program compiles and links.
links() {
    scratch=$(mktemp -d)
    echo 'int main(void) { return 0; }' >"$scratch/one.c"
    "$@" "$scratch/one.c" -o "$scratch/one" >/dev/null 2>&1
    code=$?
    rm -rf "$scratch"
    return $code
}

has_header() {
    brewed=
    if there brew; then brewed="-I$(brew --prefix)/include"; fi
    # shellcheck disable=SC2086
    echo "#include <$1>" | "$(compiler)" $brewed -E -x c - >/dev/null 2>&1
}

cmake_is_new() {
    there cmake || return 1
    cmake --version | awk 'NR == 1 { split($3, v, "."); exit !(v[1] > 3 || (v[1] == 3 && v[2] >= 25)) }'
}

# have THING: is it there?
have() {
    case $1 in
    compiler) compiler >/dev/null && has_header stdio.h ;;
    cmake) cmake_is_new ;;
    ninja) there ninja ;;
    python) there python3 ;;
    cxx) there c++ || there g++ || there clang++ ;;
    pkgconfig) there pkg-config ;;
    cmocka) has_header cmocka.h ;;
    uv) has_header uv.h ;;
    criterion) has_header criterion/criterion.h ;;
    clang) clang_compiler >/dev/null && links "$(clang_compiler)" ;;
    sanitizers)
        clang_compiler >/dev/null && links "$(clang_compiler)" -fsanitize=address,undefined &&
            links "$(clang_compiler)" -fsanitize=thread
        ;;
    format) there clang-format-$clang_version || [ -x "$root/build/venv/bin/clang-format" ] ;;
    tidy) there clang-tidy-$clang_version || [ -x "$root/build/venv/bin/clang-tidy" ] ;;
    i386) [ "$(uname -sm)" = "Linux x86_64" ] && links gcc -m32 && links g++ -m32 -x c++ ;;
    musl) there musl-gcc && links musl-gcc ;;
    arm64)
        there clang-$clang_version && there ld.lld-$clang_version && [ -x /usr/bin/qemu-aarch64-static ] &&
            [ -d /usr/aarch64-linux-gnu/include ] && ls /usr/lib/gcc-cross/aarch64-linux-gnu/*/libgcc.a >/dev/null 2>&1
        ;;
    win32) there x86_64-w64-mingw32-gcc && [ "$(uname -m)" = x86_64 ] && there wine && there wineserver ;;
    win32-i686) there i686-w64-mingw32-gcc ;;
    msvc-abi)
        have win32 && there clang-$clang_version && there lld-link-$clang_version && there llvm-ar-$clang_version &&
            [ -f /usr/include/wine/wine/windows/windows.h ] && [ -f /usr/x86_64-w64-mingw32/lib/libucrtbase.a ]
        ;;
    # The peers of the bench.
    bench) has_header ck_ring.h && has_header boost/version.hpp && has_header dpdk/rte_ring.h ;;
    sources) there dpkg-source && there apt-get ;;
    zig) "$root/cmake/toolchains/zig/cc" --version >/dev/null 2>&1 ;;
    go) there go ;;
    actionlint) there actionlint || [ -x "$root/build/tools/actionlint" ] ;;
    *)
        echo "have: unknown thing $1" >&2
        return 2
        ;;
    esac
}

# packages_of THING: their names for this machine's package manager; nothing if it has none.
packages_of() {
    case $(manager):$1 in
    apt-get:compiler) echo gcc libc6-dev ;;
    apt-get:cmake | dnf:cmake | brew:cmake) echo cmake ;;
    apt-get:ninja | dnf:ninja) echo ninja-build ;;
    apt-get:python | dnf:python) echo python3 ;;
    apt-get:cxx) echo g++ ;;
    apt-get:pkgconfig | dnf:pkgconfig | brew:pkgconfig) echo pkg-config ;;
    apt-get:cmocka) echo libcmocka-dev ;;
    apt-get:uv) echo libuv1-dev ;;
    apt-get:criterion) echo libcriterion-dev ;;
    apt-get:clang) echo clang-$clang_version ;;
    apt-get:sanitizers) echo clang-$clang_version libclang-rt-$clang_version-dev ;;
    apt-get:format) echo clang-format-$clang_version ;;
    apt-get:tidy) echo clang-tidy-$clang_version ;;
    apt-get:i386) if [ "$(uname -m)" = x86_64 ]; then echo gcc-multilib g++-multilib; fi ;;
    apt-get:musl) echo musl-tools ;;
    apt-get:arm64)
        if [ "$(uname -m)" = x86_64 ]; then
            libgcc=$(apt-cache pkgnames libgcc- | grep -E '^libgcc-[0-9]+-dev-arm64-cross$' | sort -t- -k2n | tail -n 1)
            echo clang-$clang_version lld-$clang_version qemu-user-static libc6-dev-arm64-cross \
                "${libgcc:-libgcc-12-dev-arm64-cross}"
        fi
        ;;
    apt-get:win32) if [ "$(uname -m)" = x86_64 ]; then echo gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 wine wine64; fi ;;
    apt-get:win32-i686) echo gcc-mingw-w64-i686 g++-mingw-w64-i686 ;;
    apt-get:msvc-abi)
        if [ "$(uname -m)" = x86_64 ]; then
            echo gcc-mingw-w64-x86-64 wine wine64 libwine-dev clang-$clang_version lld-$clang_version llvm-$clang_version
        fi
        ;;
    apt-get:sources) echo dpkg-dev ;;
    apt-get:zig) echo python3 python3-venv ;;
    apt-get:go) echo golang-go ;;
    apt-get:bench) echo libboost-dev libck-dev libdpdk-dev ;;
    dnf:bench) echo boost-devel ck-devel dpdk-devel ;;
    dnf:compiler) echo gcc glibc-devel ;;
    dnf:cxx) echo gcc-c++ ;;
    dnf:cmocka) echo libcmocka-devel ;;
    dnf:uv) echo libuv-devel ;;
    dnf:criterion) echo criterion-devel ;;
    dnf:clang) echo clang ;;
    dnf:sanitizers) echo clang compiler-rt ;;
    dnf:musl) echo musl-gcc musl-devel ;;
    dnf:i386) echo glibc-devel.i686 libgcc.i686 libstdc++-devel.i686 ;;
    brew:ninja) echo ninja ;;
    brew:python) echo python3 ;;
    brew:cmocka) echo cmocka ;;
    brew:uv) echo libuv ;;
    brew:criterion) echo criterion ;;
    brew:clang | brew:sanitizers) echo llvm ;;
    esac
}

# What precedes a command that changes the system: nothing, sudo, or failure if neither will do.
as_root() {
    if [ "$(manager)" = brew ] || [ "$(id -u)" = 0 ]; then
        echo
    elif there sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        echo sudo
    else
        return 1
    fi
}

install_command() {
    case $(manager) in
    apt-get)
        echo "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300" \
            "install -y --no-install-recommends $*"
        ;;
    dnf) echo "dnf install -y $*" ;;
    brew) echo "brew install $*" ;;
    esac
}

# Those of the packages that the package manager knows.
known() {
    for package in "$@"; do
        case $(manager) in
        apt-get) apt-cache show --no-all-versions "$package" >/dev/null 2>&1 && echo "$package" ;;
        dnf) dnf -q info "$package" >/dev/null 2>&1 && echo "$package" ;;
        brew) brew info "$package" >/dev/null 2>&1 && echo "$package" ;;
        esac
    done
}

# need THING... [or-skip THING...]: gets what is missing. Without the first kind the command cannot go on and
# ends here; without the second it can, and leaves out what needs them.
need() {
    required='' optional='' kind=required
    for thing in "$@"; do
        if [ "$thing" = or-skip ]; then
            kind=optional
        elif ! have "$thing"; then
            eval "$kind=\"\$$kind $thing\""
        fi
    done
    if [ -z "$required$optional" ]; then
        return 0
    fi
    # shellcheck disable=SC2086
    get $required $optional
    for thing in $required; do
        if ! have "$thing"; then
            echo "dev: $thing is needed and not there$(hint "$thing")" >&2
            exit 1
        fi
    done
}

hint() {
    set -- "$1" "$(packages_of "$1")"
    if [ -n "$2" ]; then
        echo ": install $2"
    elif [ "$1" = compiler ] && [ "$(uname)" = Darwin ]; then
        echo ": run xcode-select --install"
    elif [ "$1" = cmake ]; then
        echo ": CMake 3.25 or newer"
    fi
}

get() {
    wanted=
    for thing in "$@"; do
        wanted="$wanted $(packages_of "$thing")"
    done
    # shellcheck disable=SC2086
    wanted=$(printf '%s\n' $wanted | sort -u | tr '\n' ' ')
    if [ "$(manager)" = none ] || [ -z "${wanted% }" ]; then
        return 0
    fi
    if ! prefix=$(as_root); then
        echo "dev: missing:$(printf ' %s' "$@"). This user may not install packages; let one who may run:" >&2
        echo "    $(install_command "$wanted" | sed 's/^env.* install -y --no-inst[^ ]*/apt-get install -y/')" >&2
        exit 1
    fi
    echo "dev: installing $wanted"
    mkdir -p "$root/build/logs"
    log=$root/build/logs/install.log
    # shellcheck disable=SC2046,SC2086
    {
        if [ "$(manager)" = apt-get ]; then $prefix apt-get -o DPkg::Lock::Timeout=300 update; fi
        set -- $(known $wanted)
        if [ $# -gt 0 ]; then $prefix $(install_command "$@"); fi
    } >"$log" 2>&1 </dev/null || {
        echo "dev: installing did not go well; the end of build/logs/install.log:" >&2
        tail -n 15 "$log" >&2
    }
}

# Where there is no package of the pinned formatter, the Python package of the same version will do.
need_pinned() {
    for tool in format tidy; do
        if ! have $tool && have python; then
            [ -d "$root/build/venv" ] || python3 -m venv "$root/build/venv" || return 0
            "$root/build/venv/bin/pip" install -q "clang-$tool==$clang_version.1.*" >>"$root/build/logs/install.log" 2>&1 || true
        fi
    done
}

# zig, which compiles and links for macOS and the BSDs, comes as a Python package.
need_zig() {
    if have zig || ! have python; then return 0; fi
    mkdir -p "$root/build/logs"
    {
        [ -d "$root/build/venv" ] || python3 -m venv "$root/build/venv"
        "$root/build/venv/bin/pip" install -q "ziglang==$zig_version"
    } >>"$root/build/logs/install.log" 2>&1 || echo "dev: zig could not be had: build/logs/install.log" >&2
}

# actionlint, which reads the workflows, comes as a Go module.
need_actionlint() {
    if have actionlint || ! have go; then return 0; fi
    mkdir -p "$root/build/logs"
    GOBIN="$root/build/tools" go install "github.com/rhysd/actionlint/cmd/actionlint@v$actionlint_version" \
        >>"$root/build/logs/install.log" 2>&1 || true
}

# The program of a pinned tool: pinned format, pinned tidy.
pinned() {
    if there "clang-$1-$clang_version"; then echo "clang-$1-$clang_version"; else echo "$root/build/venv/bin/clang-$1"; fi
}
