/* errors_md.c - prints docs/errors.md from the tables of which it is the printed form: STRAIT_RESULTS (every
 * result) and STRAIT_SENTENCES (every sentence that strait_last_error can begin with), with what is said
 * about schemas and records inside of them. `./dev check` runs it and compares.
 *
 *     cc -std=c11 -Iinclude -Isrc scripts/errors_md.c -o errors_md && ./errors_md > docs/errors.md
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <strait/result.h>

#include "core/schema_sentences.h"
#include "core/sentences.h"

typedef struct row {
    int number;
    const char *name, *text, *remedy;
} row;

static const row results[] = {
#define ROW(number, name, text, remedy) {number, #name, text, remedy},
    STRAIT_RESULTS(ROW)
#undef ROW
};

typedef struct sentence {
    const char *id;
    int result;
    const char *format;
} sentence;

static const sentence sentences[] = {
#define SENTENCE(id, result, format) {#id, STRAIT_##result, format},
    STRAIT_SENTENCES(SENTENCE)
#undef SENTENCE
};

static const char *range_of(int number)
{
    if (number >= STRAIT_REMARK_FIRST) {
        return "done, with a remark";
    }
    if (number >= 0) {
        return "done";
    }
    return number > -32 ? "not now" : number > -64 ? "refused" : number > -96 ? "damaged" : "the system";
}

/* A cell of a table: a bar would end it. */
static void put_cell(const char *text)
{
    for (; *text; text++) {
        printf(*text == '|' ? "\\|" : "%c", *text);
    }
}

/* A format with words where values come: the conversions themselves differ from system to system. */
static void put_format(const char *format)
{
    for (bool first = true; *format; format++) {
        if (*format != '%') {
            putchar(*format);
            continue;
        }
        format +=
            1 + strspn(format + 1, "0123456789.-+ #hlzjtqwI"); /* flags, width, length (I64 is Microsoft's) */
        if (*format == 's') {
            fputs(first ? "VERB OBJECT" : "...", stdout);
        } else if (*format == 'x' || *format == 'X') {
            fputs("HEX", stdout);
        } else if (*format == '%') {
            putchar('%');
        } else {
            putchar('N');
        }
        first = false;
    }
}

static void put_preface(void)
{
    puts(
        "# Results and errors\n\n"
        "Made by `scripts/errors_md.c` from `include/strait/result.h` and `src/core/sentences.h`; change "
        "those, not this.\n\n"
        "A result `rc >= 0` means that it was done: 0, a count, or a remark (from 0x40000000 on: you have "
        "it, and know this).\n"
        "`rc < 0` means that it was not. The numbers are the same on every system.\n\n"
        "| range | numbers | what it says | predicate |\n"
        "|---|---|---|---|\n"
        "| done, with a remark | 0x40000000 and above | done, and there is something to know | "
        "`strait_remark(rc)` |\n"
        "| done | 0 to 0x3fffffff | done; a count where the call counts | `rc >= 0` |\n"
        "| not now | -1 to -31 | nothing is wrong; the same call may succeed later | `strait_not_now(rc)` |\n"
        "| refused | -32 to -63 | the call, or the other side, does not fit | |\n"
        "| damaged | -64 to -95 | the bytes cannot be trusted | |\n"
        "| the system | -96 to -127 | the operating system refused | |\n\n"
        "`strait_result_name(rc)`, `strait_result_text(rc)` and `strait_result_remedy(rc)` give the columns "
        "of the table below.\n\n"
        "## The results\n\n"
        "| number | name | range | what it means | what to do |\n"
        "|---:|---|---|---|---|");
}

static void put_results(void)
{
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        const row *r = &results[i];
        printf(r->number >= STRAIT_REMARK_FIRST ? "| 0x%x " : "| %d ", (unsigned)r->number);
        printf("| STRAIT_%s | %s | ", r->name, range_of(r->number));
        put_cell(r->text);
        fputs(" | ", stdout);
        put_cell(r->remedy);
        puts(" |");
    }
}

static void put_sentences(void)
{
    puts("\n## The sentences\n\n"
         "`strait_last_error()` tells the thread's last failure as one of these sentences, followed by the "
         "name of the result\n"
         "and the remedy from the table above:\n\n"
         "    open segment \"orders\": nothing of that name is there [NOT_FOUND] To mend: ...\n\n"
         "`VERB OBJECT` is what was tried on which object, `N` a number, `HEX` a hexadecimal one, `...` a "
         "name, or what the\n"
         "system said.");
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        bool any = false;
        for (size_t j = 0; j < sizeof sentences / sizeof sentences[0]; j++) {
            if (sentences[j].result != results[i].number) {
                continue;
            }
            if (!any) {
                printf("\n### %s\n\n", results[i].name);
            }
            any = true;
            fputs("- `", stdout);
            put_format(sentences[j].format);
            puts("`");
        }
    }
}

static const char *const differences[] = {
#define DIFFERENCE(id, text) text,
    STRAIT_SCHEMA_DIFFERENCES(DIFFERENCE)
#undef DIFFERENCE
};

static const char *const faults[] = {
#define FAULT(id, text) text,
    STRAIT_RECORD_FAULTS(FAULT)
#undef FAULT
};

static void put_difference(const char *format)
{
    for (; *format; format++) {
        switch (*format == '%' ? *++format : 0) {
        case 'p':
        case 'q':
            fputs("NAME", stdout);
            break;
        case 'e':
        case 'f':
            fputs("TYPE at offset N", stdout);
            break;
        case 'n':
        case 'a':
        case 'b':
            putchar('N');
            break;
        default:
            putchar(*format);
        }
    }
}

static void put_schemas(void)
{
    puts("\n## Differences between schemas\n\n"
         "`strait_schema_difference`, and with it SCHEMA_MISMATCH, names the first field in which two "
         "records differ. `TYPE` is\n"
         "a kind (`f64`, `char[16]`) or `a record of N bytes`; the name of a field in a nested record has a "
         "path: `where.x`.\n");
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        fputs("- `", stdout);
        put_difference(differences[i]);
        puts("`");
    }
    puts(
        "\n## Records that cannot be\n\n"
        "`strait_record_fault` says one of these after `record \"NAME\": ` or `record \"NAME\", field "
        "\"NAME\": `. What the\n"
        "macros of record.h make has none of these faults, or does not compile, but for length and depth.\n");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        printf("- `%s`\n", faults[i]);
    }
}

int main(void)
{
    put_preface();
    put_results();
    put_sentences();
    put_schemas();
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
