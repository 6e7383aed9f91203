/* peer_elsewhere.c - for systems that have no verbs of their own yet: the empty table. */
#include "peer.h"

const peer_verb peer_system_verbs[] = {{NULL, NULL, NULL}};

void peer_system_begin(void) {}
