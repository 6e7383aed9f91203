/* fail.c - the table of results as text, and the thread's last failure. layer: layout
 *
 * The sentence is built when the failure happens, in a buffer of the thread's own: nothing is allocated, and
 * nothing has to be looked up later.
 */
#include "core/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last[sizeof(strait_failure)];

typedef struct row {
    int number;
    const char *name, *text, *remedy;
} row;

static const row rows[] = {
#define ROW(number, name, text, remedy) {number, #name, text, remedy},
    STRAIT_RESULTS(ROW)
#undef ROW
};

static const row unknown = {0, "UNKNOWN", "a result that this version does not know",
                            "compare the versions of Strait"};

static const row *row_of(int rc)
{
    if (rc > 0 && rc < STRAIT_REMARK_FIRST) {
        rc = STRAIT_OK; /* a count */
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == rc) {
            return &rows[i];
        }
    }
    return &unknown;
}

const char *strait_result_name(int rc)
{
    return row_of(rc)->name;
}

const char *strait_result_text(int rc)
{
    return row_of(rc)->text;
}

const char *strait_result_remedy(int rc)
{
    return row_of(rc)->remedy;
}

const char *strait_last_error(void)
{
    return last;
}

int strait_fail_with(int result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(last, sizeof last, format, arguments);
    va_end(arguments);
    size_t used = written < 0 ? 0 : strlen(last);
    snprintf(last + used, sizeof last - used, " [%s] To mend: %s.", strait_result_name(result),
             strait_result_remedy(result));
    return result;
}

void strait_failure_save(strait_failure *failure)
{
    memcpy(failure->text, last, sizeof last);
}

void strait_failure_restore(const strait_failure *failure)
{
    memcpy(last, failure->text, sizeof last);
}

int strait_fail_record(const char *prefix, const strait_record *record)
{
    char fault[256] = "its schema is too long";
    (void)strait_record_fault(record, fault, sizeof fault);
    return strait_fail(BAD_RECORD, prefix, fault);
}

int strait_fail_initialise(int result, const char *prefix)
{
    snprintf(last, sizeof last, "%s: the program's initialise refused with %d; nothing was made.", prefix,
             result);
    return result;
}
