/* base.c - version and deadlines. layer: object */
#include <strait/base.h>

#include "core/os.h"

const char *strait_version(void)
{
    return STRAIT_VERSION_TEXT;
}

uint64_t strait_now_ns(void)
{
    return strait_os_now_ns();
}

static uint64_t saturated_product(uint64_t value, uint64_t factor)
{
    return value > UINT64_MAX / factor ? UINT64_MAX : value * factor;
}

uint64_t strait_deadline_ns(uint64_t nanoseconds_from_now)
{
    uint64_t now = strait_os_now_ns();
    return nanoseconds_from_now > STRAIT_FOREVER - now ? STRAIT_FOREVER : now + nanoseconds_from_now;
}

uint64_t strait_deadline_us(uint64_t microseconds_from_now)
{
    return strait_deadline_ns(saturated_product(microseconds_from_now, 1000));
}

uint64_t strait_deadline_ms(uint64_t milliseconds_from_now)
{
    return strait_deadline_ns(saturated_product(milliseconds_from_now, 1000000));
}
