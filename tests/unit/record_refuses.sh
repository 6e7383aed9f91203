#!/bin/sh
# record_refuses.sh - what record.h must not let pass: each program below must fail to compile, and with the words that
# help. Each is first compiled with its mistake left out, so that none can fail for another reason.
#
# usage: record_refuses.sh INCLUDE_DIRECTORY c|c++ COMPILER [ARGUMENTS...]
set -u

include=$1
language=$2
shift 2
standard=c11
[ "$language" = c++ ] && standard=c++17
passed=0
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# compiles PROGRAM [DEFINE]; the compiler is in "$@"
compile() {
    printf '%s\n' '#include <strait/record.h>' \
        '#define GOOD(F) F(int, a)' 'STRAIT_RECORD(good, GOOD)' "$program" > "$work/program.$language"
    "$@" -x "$language" -std=$standard -I "$include" -fsyntax-only "$work/program.$language" > "$work/said" 2>&1
}

# refuses NAME WORDS COMPILER...: $bad with @ replaced by the mistake; $mistake and $right
refuses() {
    name=$1
    words=$2
    shift 2
    program=$(printf '%s\n' "$bad" | sed "s/@/$right/")
    if ! compile "$@"; then
        echo "  FAIL $name: does not compile without its mistake either"
        sed 's/^/    | /' "$work/said"
        failed=$((failed + 1))
        return
    fi
    program=$(printf '%s\n' "$bad" | sed "s/@/$mistake/")
    if compile "$@"; then
        echo "  FAIL $name: compiles"
        failed=$((failed + 1))
    elif ! tr '\n' ' ' < "$work/said" | sed 's/\\"/"/g; s/  */ /g' | grep -qF -- "$words"; then
        echo "  FAIL $name: refused, but nobody says: $words"
        sed 's/^/    | /' "$work/said"
        failed=$((failed + 1))
    else
        echo "  ok   $name"
        passed=$((passed + 1))
    fi
}

nothing='means nothing in another process; use bool, char,'
bad='#define LIST(F) F(int, a) F(@, b)
STRAIT_RECORD(one, LIST)
const strait_record *used = STRAIT_RECORD_OF(one);'
right=uint32_t
mistake='char *' refuses a_pointer "field \"b\": a char * $nothing" "$@"
mistake='const void *' refuses a_pointer_to_anything "$nothing" "$@"
mistake='long double' refuses a_long_double "field \"b\": a long double $nothing" "$@"
mistake='struct good' refuses a_struct_that_is_not_nested "field \"b\": a struct good $nothing" "$@"

bad='#define LIST(F) F(int, a) @
STRAIT_RECORD(one, LIST)'
right='F(char, b, 4)'
mistake='F(char *, b, 4)' refuses an_array_of_pointers "field \"b\": a char * $nothing" "$@"
right='STRAIT_NESTED(F, good, b)'
mistake='STRAIT_NESTED(F, other, b)' refuses a_record_that_nobody_described 'strait_type_of_other' "$@"
right='F(char, a234567890123456789012345678901234567890123456789012345678901_3)'
mistake='F(char, a234567890123456789012345678901234567890123456789012345678901_34)'
refuses a_name_too_long 'its name is longer than 63 bytes' "$@"

bad='#define LIST(F) @
STRAIT_RECORD(one, LIST)'
right='F(int, a)'
mistake='' refuses a_record_without_fields 'record "one" has no fields' "$@"

bad='struct one { int a; float b; char c[8]; struct good d; struct good e[2]; };
#define LIST(F) @
STRAIT_DESCRIBE(one, struct one, LIST)'
otherwise='but the struct declares it otherwise'
right='F(float, b)'
mistake='F(double, b)' refuses another_size "field \"b\": described as double, $otherwise" "$@"
mistake='F(unsigned, b)' refuses another_kind_of_the_same_size "field \"b\": described as unsigned, $otherwise" "$@"
mistake='F(float, nobody)' refuses a_field_that_is_not_there 'nobody' "$@"
right='F(int, a)'
mistake='F(unsigned, a)' refuses another_sign "field \"a\": described as unsigned, $otherwise" "$@"
right='F(char, c, 8)'
mistake='F(char, c, 7)' refuses another_count "field \"c\": described as char[7], $otherwise" "$@"
mistake='F(char, c)' refuses an_array_as_one_value "field \"c\": described as char, $otherwise" "$@"
mistake='F(uint8_t, c, 8)' refuses bytes_for_letters 'field "c": described as uint8_t[8],' "$@"
mistake='F(char, c, 0)' refuses an_empty_array 'field "c": an array needs at least one element' "$@"
right='STRAIT_NESTED(F, good, d)'
mistake='STRAIT_NESTED(F, good, a)' refuses a_number_as_a_record "field \"a\": described as record good, $otherwise" "$@"
right='STRAIT_NESTED(F, good, e, 2)'
mistake='STRAIT_NESTED(F, good, e, 3)' refuses too_many_records "field \"e\": described as record good[3], $otherwise" "$@"
mistake='STRAIT_NESTED(F, good, e)' refuses records_as_one "field \"e\": described as record good, $otherwise" "$@"

bad='struct one { int a; } __attribute__((aligned(@)));
#define LIST(F) F(int, a)
STRAIT_DESCRIBE(one, struct one, LIST)'
right=128
mistake=256 refuses more_alignment_than_objects_have 'nothing is aligned to more than 128 bytes' "$@"

if [ "$language" = c++ ]; then
    bad='struct one { int a; one() : a(1) {} @ };
#define LIST(F) F(int, a)
STRAIT_DESCRIBE(one, one, LIST)'
    right=''
    mistake='virtual void v();' refuses a_class_with_a_table 'only plain bytes mean the same in another process' "$@"
    mistake='one(const one \&o) : a(o.a) {}' refuses a_class_that_copies_itself \
        'only plain bytes mean the same in another process' "$@"
fi

echo "suite record_refuses_$language: $passed passed, $failed failed, 0 skipped"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
