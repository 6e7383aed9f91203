/* clock.c - time as Windows tells it. layer: system
 *
 * The performance counter is monotonic and the same for all processes. The system's own naps end at a tick of up to
 * 16 ms; naps that are much shorter are spent giving the processor away.
 */
#include "win32/win32.h"

#define SECOND_NS UINT64_C(1000000000)
#define TOO_SHORT_TO_SLEEP_NS UINT64_C(300000)
#define YEAR_1970 UINT64_C(116444736000000000) /* in units of 100 ns since 1601 */

uint64_t strait_os_now_ns(void)
{
    LARGE_INTEGER now, each_second;
    QueryPerformanceFrequency(&each_second);
    QueryPerformanceCounter(&now);
    uint64_t ticks = (uint64_t)now.QuadPart, rate = (uint64_t)each_second.QuadPart;
    return ticks / rate * SECOND_NS + ticks % rate * SECOND_NS / rate;
}

uint64_t strait_os_wall_ns(void)
{
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    uint64_t units = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return (units - YEAR_1970) * 100;
}

DWORD strait_win32_milliseconds(uint64_t deadline_ns, DWORD most)
{
    uint64_t now = strait_os_now_ns();
    if (now >= deadline_ns) {
        return 0;
    }
    uint64_t left = (deadline_ns - now - 1) / 1000000 + 1;
    return left < most ? (DWORD)left : most;
}

void strait_os_nap(uint64_t nanoseconds)
{
    uint64_t begun = strait_os_now_ns();
    for (;;) {
        uint64_t past = strait_os_now_ns() - begun;
        if (past >= nanoseconds) {
            return;
        }
        uint64_t left = nanoseconds - past;
        if (left < TOO_SHORT_TO_SLEEP_NS) {
            SwitchToThread();
        } else {
            Sleep(left < UINT64_C(1000000000000) ? (DWORD)((left + 999999) / 1000000) : 1000000u);
        }
    }
}

void strait_os_yield(void)
{
    SwitchToThread();
}
