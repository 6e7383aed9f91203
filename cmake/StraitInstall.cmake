# What `cmake --install` puts where: headers, both libraries, the CMake package (find_package(strait) gives
# strait::strait and strait::static), pkg-config's strait.pc, and the manual pages. Nothing in it names an
# absolute path, so an installed tree can be moved. The strait command is installed by tools/.
if(NOT STRAIT_INSTALL)
    return()
endif()
include(CMakePackageConfigHelpers)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(TARGETS strait strait_static EXPORT strait-targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/strait")
install(EXPORT strait-targets NAMESPACE strait:: DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/strait-config.cmake.in"
                              "${PROJECT_BINARY_DIR}/strait-config.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/strait-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/strait-config.cmake" "${PROJECT_BINARY_DIR}/strait-config-version.cmake"
        DESTINATION "${package_dir}")

# strait.pc finds its prefix from where it lies. Directories that were given as absolute paths stay absolute.
set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(IS_ABSOLUTE "${pc_dir}")
    set(STRAIT_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
    file(RELATIVE_PATH up "/root/${pc_dir}" "/root")
    string(REGEX REPLACE "/$" "" up "${up}")
    set(STRAIT_PC_PREFIX "\${pcfiledir}/${up}")
endif()
foreach(kind LIB INCLUDE)
    set(dir "${CMAKE_INSTALL_${kind}DIR}")
    if(IS_ABSOLUTE "${dir}")
        set(STRAIT_PC_${kind}DIR "${dir}")
    else()
        set(STRAIT_PC_${kind}DIR "\${prefix}/${dir}")
    endif()
endforeach()
set(STRAIT_PC_LIBS_PRIVATE "${CMAKE_THREAD_LIBS_INIT}")
foreach(library IN LISTS STRAIT_BACKEND_LIBRARIES)
    string(APPEND STRAIT_PC_LIBS_PRIVATE " -l${library}")
endforeach()
configure_file("${PROJECT_SOURCE_DIR}/cmake/strait.pc.in" "${PROJECT_BINARY_DIR}/strait.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/strait.pc" DESTINATION "${pc_dir}")

file(GLOB pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/man/*.[1-9]")
foreach(page IN LISTS pages)
    string(REGEX MATCH "[1-9]$" section "${page}")
    install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}")
endforeach()
