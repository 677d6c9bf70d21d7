#pragma once

extern "C" {

/// Called while the loader is resolving lazily_bound().
extern void (*lazy_binding_hook)();

/// Bound at its first call, by way of a function in the library that says where it is.
void lazily_bound();

}  // extern "C"
