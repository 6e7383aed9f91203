/* specimen.h - the tests of specimen.c that need to start a process, told for each family of systems. */
#ifndef STRAIT_TESTS_SPECIMEN_H
#define STRAIT_TESTS_SPECIMEN_H

#include "suite.h"

/* For ever. */
void hang(void);

/* As a wrong pointer does it. */
void it_crashes(void);

/* Starts a child that hangs, and hangs. */
void it_hangs_with_its_child(void);

/* Starts a child in which a test fails, and finds that it did not end well. */
void its_child_fails(void);

#endif
