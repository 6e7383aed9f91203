/* record_macros.h - what record.h's macros are made of; included by record.h, at its end.
 *
 * A list such as ORDER(F) is expanded with these in the place of F:
 *
 *     STRAIT_X_MEMBER  a member of the struct       STRAIT_X_CHECK  assertions about it
 *     STRAIT_X_COUNT   + 1                          STRAIT_X_FIELD  its row in the table of fields
 *
 * Each comes in four: a value or an array (picked by the number of arguments), plain or nested (F##_nested,
 * pasted by STRAIT_NESTED while F is still a bare name). A row must know its struct for offsetof, and F is
 * not told its name, so the table stands in a function, where a local typedef `strait_self_` says it.
 */
#ifndef STRAIT_INLINE_RECORD_MACROS_H
#define STRAIT_INLINE_RECORD_MACROS_H

/* NOLINTBEGIN(bugprone-macro-parentheses): types and pieces of lists cannot stand in parentheses */

/* --- the kind of a type, by meaning ------------------------------------------------------------------ */

#if defined(__cplusplus)

#define STRAIT_X_BY_SIZE_(letter, bytes)                                                                     \
    ((bytes) == 1   ? STRAIT_FIELD_##letter##8                                                               \
     : (bytes) == 2 ? STRAIT_FIELD_##letter##16                                                              \
     : (bytes) == 4 ? STRAIT_FIELD_##letter##32                                                              \
     : (bytes) == 8 ? STRAIT_FIELD_##letter##64                                                              \
                    : STRAIT_FIELD_NONE)

template <class type> constexpr strait_field_kind strait_x_kind()
{
    using plain = std::remove_cv_t<std::remove_reference_t<type>>;
    if constexpr (std::is_enum_v<plain>) {
        return strait_x_kind<std::underlying_type_t<plain>>();
    } else if constexpr (std::is_same_v<plain, bool>) {
        return STRAIT_FIELD_BOOL;
    } else if constexpr (std::is_same_v<plain, char>) {
        return STRAIT_FIELD_CHAR;
    } else if constexpr (std::is_integral_v<plain> && std::is_unsigned_v<plain>) {
        return STRAIT_X_BY_SIZE_(U, sizeof(plain));
    } else if constexpr (std::is_integral_v<plain>) {
        return STRAIT_X_BY_SIZE_(I, sizeof(plain));
    } else if constexpr (std::is_same_v<plain, float>) {
        return STRAIT_FIELD_F32;
    } else if constexpr (std::is_same_v<plain, double>) {
        return STRAIT_FIELD_F64;
    } else if constexpr (std::is_same_v<plain, strait_u32>) {
        return STRAIT_FIELD_SHARED_U32;
    } else if constexpr (std::is_same_v<plain, strait_i32>) {
        return STRAIT_FIELD_SHARED_I32;
    } else if constexpr (std::is_same_v<plain, strait_u64>) {
        return STRAIT_FIELD_SHARED_U64;
    } else if constexpr (std::is_same_v<plain, strait_i64>) {
        return STRAIT_FIELD_SHARED_I64;
    } else if constexpr (std::is_same_v<plain, strait_f64>) {
        return STRAIT_FIELD_SHARED_F64;
    } else {
        return STRAIT_FIELD_NONE;
    }
}

#define STRAIT_X_KIND_(type) strait_x_kind<type>()
#define STRAIT_X_MEMBER_OF_(name) static_cast<strait_self_ *>(nullptr)->name
#define STRAIT_X_MEMBER_KIND_(member) strait_x_kind<decltype(member)>()
#define STRAIT_X_IS_(member, type)                                                                           \
    (std::is_same_v<std::remove_cv_t<std::remove_reference_t<decltype(member)>>, type>)
#define STRAIT_X_NULL_ nullptr
#define STRAIT_X_TABLE_ static constexpr
#define STRAIT_X_FUNCTION_ inline
#define STRAIT_X_OBJECT_ inline constexpr
/* For C++ code that has a type and wants its record: strait_record_for(static_cast<const order *>(nullptr)).
 */
#define STRAIT_X_CXX_(record_name, type)                                                                     \
    extern "C++" {                                                                                           \
    static_assert(std::is_standard_layout_v<type> && std::is_trivially_copyable_v<type>,                     \
                  "record \"" #record_name "\": only plain bytes mean the same in another process");         \
    inline const strait_record *strait_record_for(const type *)                                              \
    {                                                                                                        \
        return &strait_record_of_##record_name;                                                              \
    }                                                                                                        \
    }

#else

STRAIT_WORD_ASSERT_(sizeof(short) == 2 && sizeof(int) == 4 && sizeof(long long) == 8, "usual integers");

/* long has the size that the machine gives it. */
#if ULONG_MAX == 0xffffffffu
#define STRAIT_X_LONG_(letter) STRAIT_FIELD_##letter##32
#else
#define STRAIT_X_LONG_(letter) STRAIT_FIELD_##letter##64
#endif

#define STRAIT_X_MEMBER_KIND_(member)                                                                        \
    _Generic((member),                                                                                       \
        _Bool: STRAIT_FIELD_BOOL,                                                                            \
        char: STRAIT_FIELD_CHAR,                                                                             \
        signed char: STRAIT_FIELD_I8,                                                                        \
        unsigned char: STRAIT_FIELD_U8,                                                                      \
        short: STRAIT_FIELD_I16,                                                                             \
        unsigned short: STRAIT_FIELD_U16,                                                                    \
        int: STRAIT_FIELD_I32,                                                                               \
        unsigned int: STRAIT_FIELD_U32,                                                                      \
        long: STRAIT_X_LONG_(I),                                                                             \
        unsigned long: STRAIT_X_LONG_(U),                                                                    \
        long long: STRAIT_FIELD_I64,                                                                         \
        unsigned long long: STRAIT_FIELD_U64,                                                                \
        float: STRAIT_FIELD_F32,                                                                             \
        double: STRAIT_FIELD_F64,                                                                            \
        strait_u32: STRAIT_FIELD_SHARED_U32,                                                                 \
        strait_i32: STRAIT_FIELD_SHARED_I32,                                                                 \
        strait_u64: STRAIT_FIELD_SHARED_U64,                                                                 \
        strait_i64: STRAIT_FIELD_SHARED_I64,                                                                 \
        strait_f64: STRAIT_FIELD_SHARED_F64,                                                                 \
        default: STRAIT_FIELD_NONE)
#define STRAIT_X_KIND_(type) STRAIT_X_MEMBER_KIND_(*(type *)0)
#define STRAIT_X_MEMBER_OF_(name) ((strait_self_ *)0)->name
#define STRAIT_X_IS_(member, type) _Generic((member), type: 1, default: 0)
#define STRAIT_X_NULL_ NULL
#define STRAIT_X_TABLE_ static const
#define STRAIT_X_FUNCTION_ STRAIT_MAYBE_UNUSED static inline
#define STRAIT_X_OBJECT_ STRAIT_MAYBE_UNUSED static const
#define STRAIT_X_CXX_(record_name, type)

#endif

STRAIT_WORD_ASSERT_(sizeof(bool) == 1 && sizeof(float) == 4, "a bool is 1 byte, a float 4");

/* --- two arguments or three -------------------------------------------------------------------------- */

#define STRAIT_X_AS_IT_IS_(...)                                                                              \
    __VA_ARGS__ /* older MSVC hands __VA_ARGS__ on in one piece; this breaks it up */
#define STRAIT_X_THIRD_(first, second, third, ...) third
#define STRAIT_X_PICK_(array, one, ...) STRAIT_X_AS_IT_IS_(STRAIT_X_THIRD_(__VA_ARGS__, array, one, none))
#define STRAIT_X_SPLIT_(macro, type, ...)                                                                    \
    STRAIT_X_AS_IT_IS_(STRAIT_X_PICK_(macro##_ARRAY_, macro##_ONE_, __VA_ARGS__)(type, __VA_ARGS__))

/* --- members ----------------------------------------------------------------------------------------- */

#define STRAIT_X_MEMBER(type, ...) STRAIT_X_SPLIT_(STRAIT_X_MEMBER, type, __VA_ARGS__)
#define STRAIT_X_MEMBER_nested(record, ...) STRAIT_X_SPLIT_(STRAIT_X_NESTED_MEMBER, record, __VA_ARGS__)
/* 32-bit machines align 8 bytes to 4 in a struct; said out loud, the layout is the same everywhere. 0 says
 * nothing. */
#define STRAIT_X_ALIGNED_(type) STRAIT_ALIGNED_(STRAIT_X_KIND_(type) != STRAIT_FIELD_NONE ? sizeof(type) : 0)
#define STRAIT_X_MEMBER_ONE_(type, name) STRAIT_X_ALIGNED_(type) type name;
#define STRAIT_X_MEMBER_ARRAY_(type, name, count) STRAIT_X_ALIGNED_(type) type name[count];
#define STRAIT_X_NESTED_MEMBER_ONE_(record, name) strait_type_of_##record name;
#define STRAIT_X_NESTED_MEMBER_ARRAY_(record, name, count) strait_type_of_##record name[count];

/* --- how many ---------------------------------------------------------------------------------------- */

#define STRAIT_X_COUNT(type, ...) +1
#define STRAIT_X_COUNT_nested(record, ...) +1

/* --- assertions -------------------------------------------------------------------------------------- */

#define STRAIT_X_CHECK(type, ...) STRAIT_X_SPLIT_(STRAIT_X_CHECK, type, __VA_ARGS__)
#define STRAIT_X_CHECK_nested(record, ...) STRAIT_X_SPLIT_(STRAIT_X_NESTED_CHECK, record, __VA_ARGS__)

#define STRAIT_X_CHECK_NAME_(name)                                                                           \
    STRAIT_WORD_ASSERT_(sizeof(#name) <= STRAIT_FIELD_NAME_MAX + 1,                                          \
                        "field \"" #name "\": its name is longer than 63 bytes");
/* The kind gets a name first: clang prints the asserted expression, and this one is long. */
#define STRAIT_X_CHECK_TYPE_(type, name)                                                                     \
    STRAIT_X_CHECK_NAME_(name)                                                                               \
    enum { kind_of_##name = STRAIT_X_KIND_(type) };                                                          \
    STRAIT_WORD_ASSERT_(kind_of_##name > 0,                                                                  \
                        "field \"" #name "\": a " #type                                                      \
                        " means nothing in another process; use bool, char, "                                \
                        "integers of 8 to 64 bits, float, double, a shared word of strait/inline/atomic.h, " \
                        "or STRAIT_NESTED for a described struct");
#define STRAIT_X_CHECK_AGREES_(fact, what, name)                                                             \
    STRAIT_WORD_ASSERT_(fact,                                                                                \
                        "field \"" #name "\": described as " what ", but the struct declares it otherwise");
#define STRAIT_X_CHECK_SIZE_(count, name)                                                                    \
    STRAIT_WORD_ASSERT_((count) > 0, "field \"" #name "\": an array needs at least one element");

#define STRAIT_X_CHECK_ONE_(type, name)                                                                      \
    STRAIT_X_CHECK_TYPE_(type, name)                                                                         \
    STRAIT_X_CHECK_AGREES_(sizeof(STRAIT_X_MEMBER_OF_(name)) == sizeof(type), #type, name)                   \
    STRAIT_X_CHECK_AGREES_(STRAIT_X_MEMBER_KIND_(STRAIT_X_MEMBER_OF_(name)) == STRAIT_X_KIND_(type), #type,  \
                           name)
#define STRAIT_X_CHECK_ARRAY_(type, name, count)                                                             \
    STRAIT_X_CHECK_TYPE_(type, name)                                                                         \
    STRAIT_X_CHECK_SIZE_(count, name)                                                                        \
    STRAIT_X_CHECK_AGREES_(sizeof(STRAIT_X_MEMBER_OF_(name)) == sizeof(type) * (count),                      \
                           #type "[" #count "]", name)                                                       \
    STRAIT_X_CHECK_AGREES_(STRAIT_X_MEMBER_KIND_(STRAIT_X_MEMBER_OF_(name)[0]) == STRAIT_X_KIND_(type),      \
                           #type "[" #count "]", name)
#define STRAIT_X_NESTED_CHECK_ONE_(record, name)                                                             \
    STRAIT_X_CHECK_NAME_(name)                                                                               \
    STRAIT_X_CHECK_AGREES_(STRAIT_X_IS_(STRAIT_X_MEMBER_OF_(name), strait_type_of_##record),                 \
                           "record " #record, name)
#define STRAIT_X_NESTED_CHECK_ARRAY_(record, name, count)                                                    \
    STRAIT_X_CHECK_NAME_(name)                                                                               \
    STRAIT_X_CHECK_SIZE_(count, name)                                                                        \
    STRAIT_X_CHECK_AGREES_(sizeof(STRAIT_X_MEMBER_OF_(name)) == sizeof(strait_type_of_##record) * (count),   \
                           "record " #record "[" #count "]", name)                                           \
    STRAIT_X_CHECK_AGREES_(STRAIT_X_IS_(STRAIT_X_MEMBER_OF_(name)[0], strait_type_of_##record),              \
                           "record " #record "[" #count "]", name)

/* --- rows -------------------------------------------------------------------------------------------- */

#define STRAIT_X_FIELD(type, ...) STRAIT_X_SPLIT_(STRAIT_X_FIELD, type, __VA_ARGS__)
#define STRAIT_X_FIELD_nested(record, ...) STRAIT_X_SPLIT_(STRAIT_X_NESTED_FIELD, record, __VA_ARGS__)

#define STRAIT_X_FIELD_ONE_(type, name) STRAIT_X_FIELD_ARRAY_(type, name, 0)
#define STRAIT_X_FIELD_ARRAY_(type, name, count)                                                             \
    {#name, STRAIT_X_NULL_, offsetof(strait_self_, name), sizeof(type), count, STRAIT_X_KIND_(type)},
#define STRAIT_X_NESTED_FIELD_ONE_(record, name) STRAIT_X_NESTED_FIELD_ARRAY_(record, name, 0)
#define STRAIT_X_NESTED_FIELD_ARRAY_(record, name, count)                                                    \
    {#name, &strait_record_of_##record, offsetof(strait_self_, name), sizeof(strait_type_of_##record),       \
     count, STRAIT_FIELD_RECORD},

/* --- the whole --------------------------------------------------------------------------------------- */

#define STRAIT_NESTED(F, record, ...) F##_nested(record, __VA_ARGS__)

#define STRAIT_DESCRIBE(record_name, type, LIST)                                                             \
    typedef type strait_type_of_##record_name;                                                               \
    STRAIT_WORD_ASSERT_((0 LIST(STRAIT_X_COUNT)) > 0, "record \"" #record_name "\" has no fields");          \
    STRAIT_WORD_ASSERT_(STRAIT_ALIGNMENT_(strait_type_of_##record_name) <= STRAIT_OBJECT_ALIGN,              \
                        "record \"" #record_name "\": nothing is aligned to more than 128 bytes");           \
    STRAIT_WORD_ASSERT_(sizeof(#record_name) <= STRAIT_OBJECT_NAME_MAX + 1,                                  \
                        "record \"" #record_name "\": its name is longer than 63 bytes");                    \
    STRAIT_X_FUNCTION_ const strait_field *strait_fields_of_##record_name(void)                              \
    {                                                                                                        \
        typedef strait_type_of_##record_name strait_self_;                                                   \
        LIST(STRAIT_X_CHECK)                                                                                 \
        STRAIT_X_TABLE_ strait_field fields[] = {LIST(STRAIT_X_FIELD)};                                      \
        return fields;                                                                                       \
    }                                                                                                        \
    STRAIT_X_OBJECT_ strait_record strait_record_of_##record_name = {                                        \
        #record_name,                                                                                        \
        sizeof(strait_type_of_##record_name),                                                                \
        STRAIT_ALIGNMENT_(strait_type_of_##record_name),                                                     \
        0 LIST(STRAIT_X_COUNT),                                                                              \
        STRAIT_X_NULL_,                                                                                      \
        strait_fields_of_##record_name};                                                                     \
    STRAIT_X_CXX_(record_name, strait_type_of_##record_name)

#define STRAIT_RECORD(record_name, LIST)                                                                     \
    struct record_name {                                                                                     \
        LIST(STRAIT_X_MEMBER)                                                                                \
    };                                                                                                       \
    STRAIT_DESCRIBE(record_name, struct record_name, LIST)

#define STRAIT_RECORD_OF(record_name) (&strait_record_of_##record_name)

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
