/* fail.h - how a failure becomes a result and a sentence. layer: layout
 *
 * Every failure of the library goes through here, so that strait_last_error always tells what was tried, on
 * which object, what the system said and what to do. The sentences themselves stand in sentences.h.
 */
#ifndef STRAIT_CORE_FAIL_H
#define STRAIT_CORE_FAIL_H

#include <inttypes.h>
#include <strait/record.h>
#include <strait/result.h>

#include "core/sentences.h"

/* One format string and one result for each sentence; the compiler checks arguments against the string. */
#define STRAIT_SENTENCE_DECLARE_(id, result, format)                                                         \
    enum { strait_say_##id##_result = STRAIT_##result };                                                     \
    static const char strait_say_##id[] = format;
STRAIT_SENTENCES(STRAIT_SENTENCE_DECLARE_)
#undef STRAIT_SENTENCE_DECLARE_

/* For calls that look at much and succeed although some of it could not be looked at: they leave the
 * thread's last failure as they found it. */
typedef struct strait_failure {
    char text[2048];
} strait_failure;

void strait_failure_save(strait_failure *failure);
void strait_failure_restore(const strait_failure *failure);

/* A user's initialise said no: its own result, with a sentence. */
int strait_fail_initialise(int result, const char *prefix);

/* A descriptor that cannot be: BAD_ARGUMENT, with what is wrong with it. */
int strait_fail_record(const char *prefix, const strait_record *record);

/* Keeps the sentence, with the result's remedy, for strait_last_error; returns the result. */
#define strait_fail(id, ...) strait_fail_with(strait_say_##id##_result, strait_say_##id, __VA_ARGS__)

int strait_fail_with(int result, const char *format, ...) STRAIT_PRINTF(2, 3);

#endif
