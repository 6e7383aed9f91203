/* name.c - the rule for names: 1 to 200 bytes of [A-Za-z0-9._-], not starting with a dot. layer: layout
 *
 * The rule is the same for every back end, whatever its system would take, so that a program that runs on
 * one runs on all. It is also what keeps a name from leaving the directory that it is put in.
 */
#include "core/name.h"

#include <stdbool.h>

static bool allowed(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

const char *strait_name_fault(const char *name, size_t most_bytes, size_t *at)
{
    *at = 0;
    if (name[0] == '\0') {
        return "it is empty";
    }
    if (name[0] == '.') {
        return "it starts with a dot";
    }
    for (size_t i = 0; name[i] != '\0'; i++) {
        *at = i;
        if (i == most_bytes) {
            return "it is too long";
        }
        if (!allowed(name[i])) {
            return "only A-Z a-z 0-9 . _ - are allowed";
        }
    }
    return NULL;
}

const char *strait_name_clean(const char *name)
{
    return name[0] == '/' ? name + 1 : name;
}
