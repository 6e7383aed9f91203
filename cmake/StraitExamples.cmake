# Examples: each examples/NAME.c is a whole program, and each is run as a test: it needs no arguments, ends by itself
# and checks what it shows. One called WORD_NAME, where WORD is a back end, speaks to foreign programs in that back end's
# own way, and is left out elsewhere.
file(GLOB example_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.c")
foreach(source IN LISTS example_sources)
    get_filename_component(name "${source}" NAME_WE)
    strait_is_for_another("${name}" elsewhere)
    if(elsewhere)
        continue()
    endif()
    # What forks its other process needs a Unix.
    file(STRINGS "${source}" unix_only REGEX "^#include <(unistd|sys/wait)\\.h>")
    if(unix_only AND NOT UNIX)
        continue()
    endif()
    add_executable(example_${name} "${source}")
    target_link_libraries(example_${name} PRIVATE strait::static strait_options)
    set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
    if(STRAIT_BUILD_TESTS)
        strait_add_program(NAME example.${name} TARGET example_${name} SECONDS 60 LABELS example)
    endif()
endforeach()
