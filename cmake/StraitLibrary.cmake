# The libraries. Sources are compiled once, as position-independent objects with hidden visibility, and go
# into
#   strait          libstrait.so.0          strait::strait
#   strait_static   libstrait.a             strait::static
#   strait_internal for tests: the same objects, with src/ to include from, so that hidden functions can be reached
#   strait_core     for unit tests: core without a back end; the test brings tests/fake_os instead

file(GLOB core_sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/core/*.c")

function(strait_objects name)
    add_library(${name} OBJECT ${ARGN})
    target_link_libraries(${name} PRIVATE strait_options Threads::Threads)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
    target_compile_definitions(${name} PRIVATE STRAIT_BUILDING)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
endfunction()

strait_objects(strait_core_objects ${core_sources})
strait_objects(strait_backend_objects ${STRAIT_BACKEND_SOURCES})
target_compile_definitions(strait_backend_objects PRIVATE ${STRAIT_BACKEND_DEFINITIONS})
set(objects $<TARGET_OBJECTS:strait_core_objects> $<TARGET_OBJECTS:strait_backend_objects>)

function(strait_public_library name)
    target_include_directories(${name} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
                                              "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:strait_options>)
    target_link_libraries(${name} PUBLIC Threads::Threads ${STRAIT_BACKEND_LIBRARIES})
    set_target_properties(${name} PROPERTIES OUTPUT_NAME strait)
endfunction()

add_library(strait SHARED ${objects})
strait_public_library(strait)
set_target_properties(strait PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)
add_library(strait::strait ALIAS strait)

add_library(strait_static STATIC ${objects})
strait_public_library(strait_static)
target_compile_definitions(strait_static INTERFACE STRAIT_STATIC)
set_target_properties(strait_static PROPERTIES EXPORT_NAME static)
if(WIN32)
    set_target_properties(strait_static PROPERTIES OUTPUT_NAME strait_static)
endif()
add_library(strait::static ALIAS strait_static)

function(strait_test_library name)
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${ARGN})
    target_include_directories(${name} INTERFACE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
    target_compile_definitions(${name} INTERFACE STRAIT_STATIC)
    target_link_libraries(${name} INTERFACE Threads::Threads)
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
endfunction()

strait_test_library(strait_internal ${objects})
target_link_libraries(strait_internal INTERFACE ${STRAIT_BACKEND_LIBRARIES})
strait_test_library(strait_core $<TARGET_OBJECTS:strait_core_objects>)
