/* scenario.h - behaviour scenarios that do not know who runs them.
 *
 *     SCENARIO(lifetime, the_last_one_out_takes_the_name_along) { ... CHECK(...); ... }
 *
 * Under Criterion (SCENARIO_CRITERION) each is a Criterion test; elsewhere each enters itself into a list
 * that a CMocka suite runs. Either way it runs in a process of its own, which ends at the first CHECK that
 * fails, and which may call SKIP to say what is missing here. Checks belong to the process and thread that
 * the scenario began in.
 */
#ifndef STRAIT_TESTS_SCENARIO_H
#define STRAIT_TESTS_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "printf.h"

/* Ends the scenario as failed, or as skipped. */
void scenario_fail(const char *file, int line, const char *format, ...) TEST_PRINTF_NORETURN(3, 4);
void scenario_skip(const char *format, ...) TEST_PRINTF_NORETURN(1, 2);

/* A name that no other test uses, for the n-th segment of this scenario; the same pointer for the same n. */
const char *scenario_name(unsigned n);

/* Before and after each scenario: ends children, and removes what is left under the names of this
 * scenario. */
void scenario_begin(void);
void scenario_end(void);

/* Says a measured figure on the output of the run. */
TEST_PRINTF(1, 2) void scenario_tell(const char *format, ...);

/* Limit of one scenario, in seconds. */
#define SCENARIO_SECONDS 120

#define CHECK(fact) ((fact) ? (void)0 : scenario_fail(__FILE__, __LINE__, "it is not so that %s", #fact))
#define CHECK_SAY(fact, ...) ((fact) ? (void)0 : scenario_fail(__FILE__, __LINE__, __VA_ARGS__))

/* Both are integers. */
#define CHECK_SAME(found, expected)                                                                          \
    scenario_check_same(__FILE__, __LINE__, #found, (int64_t)(found), (int64_t)(expected))
/* The text contains the part. */
#define CHECK_TEXT(text, part) scenario_check_text(__FILE__, __LINE__, text, part)
#define CHECK_NO_TEXT(text, part) scenario_check_no_text(__FILE__, __LINE__, text, part)
/* The call returned that result (a name without STRAIT_); shows the last error if not. */
#define CHECK_RESULT(call, expected) scenario_check_result(__FILE__, __LINE__, #call, call, STRAIT_##expected)

#define SKIP(...) scenario_skip(__VA_ARGS__)

void scenario_check_same(const char *file, int line, const char *what, int64_t found, int64_t expected);
void scenario_check_text(const char *file, int line, const char *text, const char *part);
void scenario_check_no_text(const char *file, int line, const char *text, const char *part);
void scenario_check_result(const char *file, int line, const char *what, int found, int expected);

#if defined(SCENARIO_CRITERION)

#include <criterion/criterion.h>

#define SCENARIO(group, name)                                                                                \
    Test(group, name, .init = scenario_begin, .fini = scenario_end, .timeout = scenario_limit_seconds)
#define scenario_limit_seconds ((double)SCENARIO_SECONDS * 5) /* constant: Criterion reads it before main */

#else

typedef struct scenario_entry {
    const char *name;
    void (*run)(void);
    struct scenario_entry *next;
} scenario_entry;

void scenario_register(scenario_entry *entry);

#define SCENARIO(group, name)                                                                                \
    static void group##_##name(void);                                                                        \
    __attribute__((constructor)) static void register_##group##_##name(void)                                 \
    {                                                                                                        \
        static scenario_entry entry = {#group "." #name, group##_##name, NULL};                              \
        scenario_register(&entry);                                                                           \
    }                                                                                                        \
    static void group##_##name(void)

#endif

#endif
