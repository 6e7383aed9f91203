# Tests. Every test goes through cmake/run_suite.cmake, which demands both an exit code of 0 and a closing
# line "N passed, 0 failed, N skipped" with something passed; so a program that does nothing cannot pass.
#
#   strait_suite(NAME unit.ring SOURCES test_ring.c LIBRARIES strait_core SECONDS 60 LABELS unit)
#       builds a CMocka suite (tests/support/suite.h) and registers it.
#   strait_add_suite(NAME crash.short COMMAND strait-crash --short SECONDS 300 LABELS crash [CLOSING REGEX])
#       registers a program of yours that prints the closing line itself. If the first word of COMMAND is a target,
#       it runs under the emulator where there is one. CLOSING is one more line that must be there.
#   strait_add_program(NAME example.demo TARGET example_demo SECONDS 60)
#       registers a program whose exit code alone tells; run_suite.cmake prints "1 passed" or "1 failed" for it.
# Common to all: ALLOW_SKIP (everything skipped is no failure), SERIAL (run it alone), ENVIRONMENT A=1 B=2.
# Where there is an emulator, programs find it in STRAIT_TEST_EMULATOR, to start others with.

# CMocka: the system's, or the one that scripts/build_deps.sh made for this target.
if(STRAIT_DEPS_DIR)
    set(where PATHS "${STRAIT_DEPS_DIR}" NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
    set(uv_names uv_a)
else()
    set(where "")
    set(uv_names uv uv_a)
endif()
find_path(CMOCKA_INCLUDE_DIR cmocka.h ${where} PATH_SUFFIXES include)
find_library(CMOCKA_LIBRARY NAMES cmocka-static cmocka ${where} PATH_SUFFIXES lib)
if(NOT CMOCKA_INCLUDE_DIR OR NOT CMOCKA_LIBRARY)
    message(FATAL_ERROR "The tests need CMocka (Debian: libcmocka-dev; other targets: scripts/build_deps.sh); "
                        "`./dev test` installs it. Without tests: -DSTRAIT_BUILD_TESTS=OFF")
endif()

# libuv, for tests that start processes: target strait_uv, if there is one.
find_path(UV_INCLUDE_DIR uv.h ${where} PATH_SUFFIXES include)
find_library(UV_LIBRARY NAMES ${uv_names} ${where} PATH_SUFFIXES lib)
if(UV_INCLUDE_DIR AND UV_LIBRARY)
    add_library(strait_uv INTERFACE)
    target_include_directories(strait_uv SYSTEM INTERFACE "${UV_INCLUDE_DIR}")
    target_link_libraries(strait_uv INTERFACE "${UV_LIBRARY}" Threads::Threads ${CMAKE_DL_LIBS})
    if(WIN32)
        target_link_libraries(strait_uv INTERFACE ws2_32 iphlpapi userenv psapi user32 advapi32)
    endif()
endif()

# Criterion, for the behaviour suite: target strait_criterion, only natively and not under the thread
# sanitizer, where it does not start.
if(NOT STRAIT_DEPS_DIR AND NOT STRAIT_SANITIZE MATCHES "thread")
    find_path(CRITERION_INCLUDE_DIR criterion/criterion.h)
    find_library(CRITERION_LIBRARY criterion)
    if(CRITERION_INCLUDE_DIR AND CRITERION_LIBRARY)
        add_library(strait_criterion INTERFACE)
        target_include_directories(strait_criterion SYSTEM INTERFACE "${CRITERION_INCLUDE_DIR}")
        target_link_libraries(strait_criterion INTERFACE "${CRITERION_LIBRARY}")
    endif()
endif()

# How a test starts another program: in the words of the emulator, if there is one. Under Wine it needs none, for it
# is a Windows program itself; there the tests run between the start and the end of scripts/wine.sh.
set(STRAIT_TEST_FIXTURES "")
string(REPLACE ";" " " STRAIT_TEST_EMULATOR "${CMAKE_CROSSCOMPILING_EMULATOR}")
if(WIN32 AND CMAKE_CROSSCOMPILING_EMULATOR)
    set(STRAIT_TEST_FIXTURES wine)
    set(STRAIT_TEST_EMULATOR "")
    add_executable(wine-idle "${PROJECT_SOURCE_DIR}/tests/support/wine_idle.c")
    target_link_libraries(wine-idle PRIVATE strait_options)
    foreach(word start stop)
        add_test(NAME wine.${word} COMMAND ${CMAKE_CROSSCOMPILING_EMULATOR} --${word} "$<TARGET_FILE:wine-idle>")
        set_tests_properties(wine.${word} PROPERTIES TIMEOUT 240 LABELS support)
    endforeach()
    set_tests_properties(wine.start PROPERTIES FIXTURES_SETUP wine)
    set_tests_properties(wine.stop PROPERTIES FIXTURES_CLEANUP wine)
endif()

# Registers one test; see above.
function(strait_add_suite)
    cmake_parse_arguments(PARSE_ARGV 0 it "ALLOW_SKIP;SERIAL;PLAIN" "NAME;SECONDS;CLOSING" "COMMAND;LABELS;ENVIRONMENT")
    if(NOT it_NAME OR NOT it_COMMAND OR it_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "strait_add_suite: NAME and COMMAND are needed; not understood: '${it_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT it_SECONDS)
        set(it_SECONDS 120)
    endif()
    list(POP_FRONT it_COMMAND program)
    if(TARGET "${program}")
        set(program ${CMAKE_CROSSCOMPILING_EMULATOR} "$<TARGET_FILE:${program}>")
    endif()
    math(EXPR limit "${it_SECONDS} * ${STRAIT_TEST_PATIENCE}")
    math(EXPR last_limit "${limit} + 10")
    add_test(NAME "${it_NAME}" COMMAND "${CMAKE_COMMAND}" "-DNAME=${it_NAME}" "-DSECONDS=${limit}"
             "-DALLOW_SKIP=${it_ALLOW_SKIP}" "-DPLAIN=${it_PLAIN}" "-DCLOSING=${it_CLOSING}"
             -P "${PROJECT_SOURCE_DIR}/cmake/run_suite.cmake" -- ${program} ${it_COMMAND})
    list(APPEND it_ENVIRONMENT "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
         "UBSAN_OPTIONS=print_stacktrace=1" "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1"
         "STRAIT_TEST_PATIENCE=${STRAIT_TEST_PATIENCE}" "STRAIT_TEST_EMULATOR=${STRAIT_TEST_EMULATOR}")
    set_tests_properties("${it_NAME}" PROPERTIES TIMEOUT ${last_limit} LABELS "${it_LABELS}"
                         RUN_SERIAL "${it_SERIAL}" ENVIRONMENT "${it_ENVIRONMENT}"
                         FIXTURES_REQUIRED "${STRAIT_TEST_FIXTURES}")
endfunction()

function(strait_add_program)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "TARGET" "")
    strait_add_suite(COMMAND ${it_TARGET} PLAIN ${it_UNPARSED_ARGUMENTS})
endfunction()

# Test files may use what POSIX and the system offer; one that needs more defines _GNU_SOURCE itself.
add_library(strait_test_options INTERFACE)
target_link_libraries(strait_test_options INTERFACE strait_options)
target_compile_definitions(strait_test_options INTERFACE "$<$<COMPILE_LANGUAGE:C>:_DEFAULT_SOURCE=1>")

# The half of tests/support that differs from system to system stands in files of its own.
if(WIN32)
    set(STRAIT_TEST_SYSTEM win32)
else()
    set(STRAIT_TEST_SYSTEM unix)
endif()
add_library(strait_test_system STATIC EXCLUDE_FROM_ALL
            "${PROJECT_SOURCE_DIR}/tests/support/system_${STRAIT_TEST_SYSTEM}.c")
target_link_libraries(strait_test_system PUBLIC Threads::Threads PRIVATE strait_test_options)
add_library(strait_suite STATIC EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/tests/support/suite.c"
            "${PROJECT_SOURCE_DIR}/tests/support/suite_${STRAIT_TEST_SYSTEM}.c")
target_include_directories(strait_suite PUBLIC "${PROJECT_SOURCE_DIR}/tests/support")
target_include_directories(strait_suite SYSTEM PUBLIC "${CMOCKA_INCLUDE_DIR}")
target_link_libraries(strait_suite PUBLIC strait_test_system "${CMOCKA_LIBRARY}" PRIVATE strait_test_options)
if(STRAIT_DEPS_DIR)
    target_compile_definitions(strait_suite PUBLIC CMOCKA_STATIC)
endif()

# Builds a CMocka suite and registers it.
function(strait_suite)
    cmake_parse_arguments(PARSE_ARGV 0 it "ALLOW_SKIP;SERIAL" "NAME;SECONDS;CLOSING"
                          "SOURCES;LIBRARIES;ARGUMENTS;LABELS;ENVIRONMENT")
    if(it_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "strait_suite: not understood: '${it_UNPARSED_ARGUMENTS}'")
    endif()
    string(REGEX REPLACE "[._]" "-" target "test-${it_NAME}")
    add_executable(${target} ${it_SOURCES})
    target_link_libraries(${target} PRIVATE strait_suite ${it_LIBRARIES} strait_test_options)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/src"
                                                 "${PROJECT_SOURCE_DIR}/include")
    set(forward "")
    foreach(flag ALLOW_SKIP SERIAL)
        if(it_${flag})
            list(APPEND forward ${flag})
        endif()
    endforeach()
    foreach(key SECONDS CLOSING LABELS ENVIRONMENT)
        if(it_${key})
            list(APPEND forward ${key} ${it_${key}})
        endif()
    endforeach()
    if(it_ALLOW_SKIP)
        list(APPEND it_ARGUMENTS --allow-skip)
    endif()
    strait_add_suite(NAME "${it_NAME}" COMMAND ${target} ${it_ARGUMENTS} ${forward})
endfunction()
