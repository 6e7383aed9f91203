/* printf.h - lets compilers check printf-like arguments of test functions, by the rules of C99. */
#ifndef STRAIT_TESTS_PRINTF_H
#define STRAIT_TESTS_PRINTF_H

#if defined(__MINGW32__) && !defined(__clang__)
#define TEST_PRINTF_RULES gnu_printf
#else
#define TEST_PRINTF_RULES printf
#endif

#if defined(__GNUC__) || defined(__clang__)
#define TEST_PRINTF(format_at, arguments_from)                                                               \
    __attribute__((format(TEST_PRINTF_RULES, format_at, arguments_from)))
#define TEST_PRINTF_NORETURN(format_at, arguments_from)                                                      \
    __attribute__((format(TEST_PRINTF_RULES, format_at, arguments_from), noreturn))
#else
#define TEST_PRINTF(format_at, arguments_from)
#define TEST_PRINTF_NORETURN(format_at, arguments_from)
#endif

#endif
