# What can be chosen, and the flags that every file of ours is compiled with (target strait_options).

option(STRAIT_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(STRAIT_BUILD_TOOLS "Build the strait command" ${PROJECT_IS_TOP_LEVEL})
option(STRAIT_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(STRAIT_BUILD_BENCH "Build the benchmarks (./dev bench)" OFF)
option(STRAIT_INSTALL "Generate the install rules" ${PROJECT_IS_TOP_LEVEL})
option(STRAIT_WARNINGS_AS_ERRORS "Fail the build on a warning" OFF)
set(STRAIT_BACKEND "" CACHE STRING "Folder under src/ that provides core/os.h; empty: the default of the system")
set(STRAIT_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=: address, undefined, thread, address,undefined")
option(STRAIT_TEST_BRIEF "Less of the tests that go on for as long as they may: for builds that differ little from another" OFF)
set(STRAIT_TEST_PATIENCE 1 CACHE STRING "Multiplies the time limits of all tests (emulators, sanitizers)")
set(STRAIT_DEPS_DIR "" CACHE PATH "Where scripts/build_deps.sh put the test libraries of this target; empty: the system's")

# C++ is wanted for one thing only: proving that the public headers are C++17. A toolchain may say OFF.
include(CheckLanguage)
if(NOT DEFINED STRAIT_CXX)
    if(STRAIT_BUILD_TESTS)
        check_language(CXX)
    endif()
    if(CMAKE_CXX_COMPILER)
        set(STRAIT_CXX ON)
    else()
        set(STRAIT_CXX OFF)
    endif()
endif()
if(STRAIT_CXX)
    enable_language(CXX)
endif()

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES AND PROJECT_IS_TOP_LEVEL)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release, RelWithDebInfo, MinSizeRel" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# On Windows threads need no library, though mingw-w64 has one that would be found.
if(WIN32)
    add_library(Threads::Threads INTERFACE IMPORTED GLOBAL)
else()
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
endif()

# Interface targets: they carry flags, and are never installed.
add_library(strait_options INTERFACE)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_EXTENSIONS OFF)
if(STRAIT_CXX)
    set(CMAKE_CXX_STANDARD 17)
    set(CMAKE_CXX_STANDARD_REQUIRED ON)
endif()

if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    set(c_only -Wstrict-prototypes -Wmissing-prototypes)
    set(cxx_only -Wold-style-cast)
    target_compile_options(strait_options INTERFACE
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow
        "$<$<COMPILE_LANGUAGE:C>:${c_only}>" "$<$<COMPILE_LANGUAGE:CXX>:${cxx_only}>"
        "$<$<BOOL:${STRAIT_WARNINGS_AS_ERRORS}>:-Werror>")
    if(STRAIT_SANITIZE)
        target_compile_options(strait_options INTERFACE
            "-fsanitize=${STRAIT_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
        target_link_options(strait_options INTERFACE "-fsanitize=${STRAIT_SANITIZE}")
    endif()
elseif(MSVC)
    target_compile_options(strait_options INTERFACE /W4 "$<$<BOOL:${STRAIT_WARNINGS_AS_ERRORS}>:/WX>")
endif()

# File offsets of 64 bits also for 32-bit programs: the tokens of life lie far past the end of a file.
if(UNIX AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    target_compile_definitions(strait_options INTERFACE _FILE_OFFSET_BITS=64)
endif()

# mingw-w64's own printf, which knows C99, instead of the old one of the system's C library.
if(MINGW)
    target_compile_definitions(strait_options INTERFACE __USE_MINGW_ANSI_STDIO=1)
endif()

# Gives a target of ours these flags; the same as linking strait_options.
function(strait_target_options target)
    target_link_libraries(${target} PRIVATE strait_options)
endfunction()
