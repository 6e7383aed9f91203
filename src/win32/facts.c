/* facts.c - what kind of system this is, as data; chance. layer: system */
#include "win32/win32.h"

/* RtlGenRandom by its exported name: the system's own source, in every Windows, without another library. */
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

const strait_os_facts *strait_os_facts_get(void)
{
    static const strait_os_facts facts = {
        .backend = "win32",
        .system = "Windows",
        .names_persist = true,
        .size_is_exact = true,
        .publish_is_atomic = true,
        .token_is_proof = true,
        .wait_is_native = false,
        .has_anonymous_maps = true,
        .name_bytes_max = STRAIT_NAME_MAX,
    };
    return &facts;
}

int strait_os_random(void *bytes, size_t count, strait_os_cause *cause)
{
    char *at = bytes;
    while (count > 0) {
        ULONG piece = count < 0x10000000u ? (ULONG)count : 0x10000000u;
        if (!SystemFunction036(at, piece)) {
            return strait_win32_failed(cause, "RtlGenRandom");
        }
        at += piece;
        count -= piece;
    }
    return STRAIT_OK;
}
