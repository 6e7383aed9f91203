# Examples: each examples/NAME.c is a whole program, and each is run as a test: it needs no arguments, ends by
# itself and checks what it shows.
file(GLOB example_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*.c")
foreach(source IN LISTS example_sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(example_${name} "${source}")
    target_link_libraries(example_${name} PRIVATE strait::static strait_options)
    set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/examples")
    if(STRAIT_BUILD_TESTS)
        strait_add_program(NAME example.${name} TARGET example_${name} SECONDS 60 LABELS example)
    endif()
endforeach()
