// test_atomic_cxx.cpp - the shared words do in C++17 what they do in C11.
#include <strait/inline/atomic.h>

// The header above is judged as C++; the test below is C that C++ understands, casts included.
#pragma GCC diagnostic ignored "-Wold-style-cast"
#include "../unit/test_atomic.c"
