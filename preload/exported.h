// What this library shows to the program: the interposed functions and the client functions,
// nothing else.
#pragma once

#define MEMPROF_EXPORT extern "C" __attribute__((visibility("default")))
