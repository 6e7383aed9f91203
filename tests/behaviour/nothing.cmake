# What runs nothing must fail: cmake -DBEHAVIOUR= -DEMPTY= [-DEMULATOR=] -P nothing.cmake
# BEHAVIOUR is the suite, run with a filter that matches nothing; EMPTY the same suite without any scenario.
set(passed 0)
set(failed 0)
foreach(command "${BEHAVIOUR};--filter;no/such_scenario" "${EMPTY}")
    execute_process(COMMAND ${EMULATOR} ${command} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE errors
                    TIMEOUT 60)
    if(code MATCHES "^[1-9][0-9]*$" AND output MATCHES "0 passed, 0 failed, 0 skipped")
        math(EXPR passed "${passed} + 1")
    else()
        math(EXPR failed "${failed} + 1")
        message("${command} ended with '${code}' and said: ${output}${errors}")
    endif()
endforeach()
execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${passed} passed, ${failed} failed, 0 skipped")
if(NOT failed EQUAL 0)
    message(FATAL_ERROR "a behaviour suite that ran nothing was content")
endif()
