/* bsd.h - what the BSDs' process files share. layer: system */
#ifndef STRAIT_UNIX_BSD_H
#define STRAIT_UNIX_BSD_H

#include "core/os.h"

/* The boot told by a file that the system writes once at boot, /var/run/dmesg.boot: when it was last changed.
 * Not by kern.boottime, which moves when somebody sets the clock. All 0 if there is no such file. */
void strait_unix_boot_by_file(uint8_t boot[16]);

#endif
