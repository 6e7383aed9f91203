# Back ends. A back end is a folder src/NAME with a backend.cmake that says
#
#   strait_backend(NAME posix
#                  SYSTEMS Linux FreeBSD      # values of CMAKE_SYSTEM_NAME on which it can be built
#                  DEFAULT_ON Linux           # where it is the default; without this line: on all of SYSTEMS
#                  SOURCES map.c token.c      # in its own folder
#                  UNIX_SOURCES clock.c       # in src/unix
#                  DEFINITIONS _GNU_SOURCE    # for its own sources (and UNIX_SOURCES)
#                  LIBRARIES rt)              # what a program must link besides
#
# Probes go into backend.cmake, before the call; their findings into DEFINITIONS. Nothing else in the tree has
# to be changed for a new back end. After this file STRAIT_BACKEND_SOURCES, _DEFINITIONS and _LIBRARIES are
# set.

function(strait_backend)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "NAME" "SYSTEMS;DEFAULT_ON;SOURCES;UNIX_SOURCES;DEFINITIONS;LIBRARIES")
    if(NOT it_NAME OR NOT it_SYSTEMS OR it_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "strait_backend in ${CMAKE_CURRENT_LIST_FILE}: NAME and SYSTEMS are needed, "
                            "and this is not understood: '${it_UNPARSED_ARGUMENTS}'")
    endif()
    if(NOT DEFINED it_DEFAULT_ON)
        set(it_DEFAULT_ON ${it_SYSTEMS})
    endif()
    list(TRANSFORM it_SOURCES PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
    list(TRANSFORM it_UNIX_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/src/unix/")
    set_property(GLOBAL APPEND PROPERTY STRAIT_BACKENDS "${it_NAME}")
    set_property(GLOBAL PROPERTY "STRAIT_BACKEND_${it_NAME}_SOURCES" ${it_SOURCES} ${it_UNIX_SOURCES})
    foreach(key SYSTEMS DEFAULT_ON DEFINITIONS LIBRARIES)
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
message(STATUS "Strait ${PROJECT_VERSION}: back end ${chosen} on ${CMAKE_SYSTEM_NAME}")
