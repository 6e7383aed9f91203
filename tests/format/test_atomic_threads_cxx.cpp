// test_atomic_threads_cxx.cpp - and they keep their orders.
#include <strait/inline/atomic.h>

// The header above is judged as C++; the test below is C that C++ understands, casts included.
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include "../unit/test_atomic_threads.c"
