# Back ends. A back end is a folder src/NAME with a backend.cmake that says
#
#   strait_backend(NAME posix
#                  SYSTEMS Linux FreeBSD      # values of CMAKE_SYSTEM_NAME on which it can be built
#                  DEFAULT_ON Linux           # where it is the default; without this line: on all of SYSTEMS
#                  SOURCES map.c token.c      # in its own folder
#                  UNIX_SOURCES clock.c       # in src/unix; with identity.c comes the system's process_*.c
#                  DEFINITIONS _GNU_SOURCE    # for its own sources (and UNIX_SOURCES)
#                  LIBRARIES rt               # what a program must link besides
#                  TESTS posix)               # tests/*/test_WORD_*.c and examples/WORD_*.c are its own alone; default: NAME
#                                             # (NOT_TESTS: words of its that are left out in this build)
#
# Probes go into backend.cmake, before the call; their findings into DEFINITIONS. Nothing else in the tree has
# to be changed for a new back end. After this file STRAIT_BACKEND_SOURCES, _DEFINITIONS and _LIBRARIES are
# set.

# What this system shows of its processes: src/unix/process.h.
string(TOLOWER "${CMAKE_SYSTEM_NAME}" strait_process_sources)
set(strait_process_sources "process_${strait_process_sources}.c")
if(CMAKE_SYSTEM_NAME MATCHES "^(Free|Net|Open)BSD$")
    list(APPEND strait_process_sources bsd.c)
elseif(NOT CMAKE_SYSTEM_NAME MATCHES "^(Linux|Darwin)$")
    set(strait_process_sources process_other.c)
endif()

function(strait_backend)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "NAME"
                          "SYSTEMS;DEFAULT_ON;SOURCES;UNIX_SOURCES;DEFINITIONS;LIBRARIES;TESTS;NOT_TESTS")
    if(NOT it_NAME OR NOT it_SYSTEMS OR it_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "strait_backend in ${CMAKE_CURRENT_LIST_FILE}: NAME and SYSTEMS are needed, "
                            "and this is not understood: '${it_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT DEFINED it_DEFAULT_ON)
        set(it_DEFAULT_ON ${it_SYSTEMS})
    endif()
    if(NOT DEFINED it_TESTS)
        set(it_TESTS "${it_NAME}")
    endif()
    set_property(GLOBAL APPEND PROPERTY STRAIT_TEST_WORDS "${it_NAME}" ${it_TESTS} ${it_NOT_TESTS})
    if("identity.c" IN_LIST it_UNIX_SOURCES)
        list(APPEND it_UNIX_SOURCES ${strait_process_sources})
    endif()
    list(TRANSFORM it_SOURCES PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
    list(TRANSFORM it_UNIX_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/src/unix/")
    set_property(GLOBAL APPEND PROPERTY STRAIT_BACKENDS "${it_NAME}")
    set_property(GLOBAL PROPERTY "STRAIT_BACKEND_${it_NAME}_SOURCES" ${it_SOURCES} ${it_UNIX_SOURCES})
    foreach(key SYSTEMS DEFAULT_ON DEFINITIONS LIBRARIES TESTS)
        set_property(GLOBAL PROPERTY "STRAIT_BACKEND_${it_NAME}_${key}" ${it_${key}})
    endforeach()
endfunction()

# The names of the back ends whose list KEY contains the system.
function(strait_backends_on key result)
    get_property(names GLOBAL PROPERTY STRAIT_BACKENDS)
    set(found "")
    foreach(name IN LISTS names)
        get_property(systems GLOBAL PROPERTY "STRAIT_BACKEND_${name}_${key}")
        if(CMAKE_SYSTEM_NAME IN_LIST systems)
            list(APPEND found "${name}")
        endif()
    endforeach()
    set(${result} "${found}" PARENT_SCOPE)
endfunction()

file(GLOB backend_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/*/backend.cmake")
foreach(file IN LISTS backend_files)
    include("${file}")
endforeach()

strait_backends_on(SYSTEMS possible)
set(chosen "${STRAIT_BACKEND}")
if(NOT chosen)
    strait_backends_on(DEFAULT_ON defaults)
    list(LENGTH defaults count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "Strait has no single default back end for ${CMAKE_SYSTEM_NAME} (found: '${defaults}'); "
                            "choose with -DSTRAIT_BACKEND=, possible here: '${possible}'")
    endif()
    set(chosen "${defaults}")
elseif(NOT chosen IN_LIST possible)
    message(FATAL_ERROR "STRAIT_BACKEND=${chosen} cannot be built for ${CMAKE_SYSTEM_NAME}; possible: '${possible}'")
endif()
foreach(key SOURCES DEFINITIONS LIBRARIES)
    get_property("STRAIT_BACKEND_${key}" GLOBAL PROPERTY "STRAIT_BACKEND_${chosen}_${key}")
endforeach()
set(STRAIT_BACKEND_NAME "${chosen}")

# Whether a test or an example called NAME is for another back end than this: WORD_... belongs to WORD.
function(strait_is_for_another name result)
    get_property(words GLOBAL PROPERTY STRAIT_TEST_WORDS)
    get_property(own GLOBAL PROPERTY "STRAIT_BACKEND_${STRAIT_BACKEND_NAME}_TESTS")
    string(REGEX REPLACE "_.*" "" word "${name}")
    if("${name}" MATCHES "_" AND word IN_LIST words AND NOT word IN_LIST own)
        set(${result} ON PARENT_SCOPE)
    else()
        set(${result} OFF PARENT_SCOPE)
    endif()
endfunction()
message(STATUS "Strait ${PROJECT_VERSION}: back end ${chosen} on ${CMAKE_SYSTEM_NAME}")
