// The loaded objects that return addresses lie in, as the trace names them.
#pragma once

#include <cstdint>

#include "preload/stream.h"
#include "preload/unwind/cfi.h"

namespace memprof {

/// What the loader knows about the object at an address.
struct LoadedObject {
  uintptr_t begin;
  uintptr_t end;
  const void* link_map;
  const char* name;  ///< as ld.so has it; "" for the executable
  uintptr_t bias;
  unwind::UnwindTables tables;  ///< eh_frame_hdr is nullptr when there are none
};

/// Asks the loader without a lock and without allocating (_dl_find_object, glibc 2.35). False when
/// the address belongs to no object, or the C library has no such function.
bool find_object(uintptr_t address, LoadedObject* object);

/// The id under which the trace knows `object`; writes the module to `s` first where it is new.
/// format::kNoModule when nothing more can be recorded.
uint32_t module_id(Stream& s, const LoadedObject& object);

/// Changes with each module that is unloaded: what was true of an address may be so no more.
extern std::atomic<uint32_t> g_epoch;

/// The trace's module 0: where a child after fork starts from.
void forget_modules();

/// A hash filter over the loader's own records of the modules seen so far. ld.so frees such a
/// record, through our free(), when it has unloaded the module: that is how we learn of dlclose
/// without interposing it.
extern std::atomic<uint64_t> g_module_filter;

inline uint64_t module_filter_bit(const void* link_map) {
  return uint64_t{1} << ((reinterpret_cast<uintptr_t>(link_map) >> 4) * 0x9e3779b97f4a7c15ULL >>
                         58);
}

/// To be called for a freed block that the filter does not exclude: ends the module whose record it
/// is.
void end_module_if_record(Stream& s, const void* block);

}  // namespace memprof
