/* strait.h - the umbrella. A map of the library:
 *
 *   base.h      versions, limits, names, roles, deadlines
 *   result.h    the one table of results, and the last failure as a sentence
 *   record.h    describe a struct once: its C type, its schema, its fingerprint
 *   segment.h   named shared memory: open, close, remove, who is attached, who died, objects in one segment
 *   ring.h      queues of fixed-size items: one or many writers, one or many readers
 *   inspect.h   list, gc, verify
 *   format.h    the shared bytes
 *   inline/atomic.h   shared words for your own structs
 */
#ifndef STRAIT_STRAIT_H
#define STRAIT_STRAIT_H

#include <strait/base.h>
#include <strait/format.h>
#include <strait/inline/atomic.h>
#include <strait/inspect.h>
#include <strait/record.h>
#include <strait/result.h>
#include <strait/ring.h>
#include <strait/segment.h>

#endif
