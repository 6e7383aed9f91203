// test_offsets_cxx.cpp - the same tables, the same headers, seen by a C++17 compiler.
#include "test_offsets.c"
