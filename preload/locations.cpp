#include "preload/locations.h"

#include <ucontext.h>

#include "preload/modules.h"
#include "preload/process.h"
#include "preload/sys/memory.h"
#include "preload/walker.h"

// musl has none.
extern "C" [[gnu::weak]] void makecontext(ucontext_t*, void (*)(), int, ...) noexcept;

namespace memprof {

constinit std::atomic<LocationTable*> g_locations{nullptr};

namespace {

constexpr uint64_t kFirstSlots = 1024;
constexpr uint64_t kMaxSlots = uint64_t{1}
                               << 24;  // JIT compilers make return addresses without end.
constexpr uint64_t kTombstone = ~uint64_t{0};

// Handed out in order; 0 is the cut location.
constinit std::atomic<uint32_t> g_next_location{1};

LocationTable* make_table(uint64_t slots) {
  static_assert(sizeof(LocationTable) <= LocationTable::kLineBytes);
  const size_t bytes = sys::round_to_pages(LocationTable::kLineBytes +  // so that lines are lines
                                           slots * sizeof(LocationTable::Slot));
  auto* table = static_cast<LocationTable*>(sys::map_private(bytes));
  if (table == nullptr) return nullptr;
  auto* begin = reinterpret_cast<LocationTable::Slot*>(reinterpret_cast<uint8_t*>(table) +
                                                       LocationTable::kLineBytes);
  const uint64_t mask = slots * sizeof(LocationTable::Slot) - LocationTable::kLineBytes;
  table->slots = {begin, begin + slots, mask};
  table->bytes = bytes;
  return table;
}

/// Puts a complete slot into a table that no one else sees yet.
void place(LocationTable* table, uint64_t key, uint64_t value) {
  LocationTable::Slot* slot = table->slots.first(key);
  // Relaxed: the table is published later, as a whole, by a release store of its address.
  while (slot->key.load(std::memory_order_relaxed) != 0) slot = table->slots.after(slot);
  slot->key.store(key, std::memory_order_relaxed);
  slot->value.store(value, std::memory_order_relaxed);
}

/// Doubles the table (or clears it of tombstones). Insertions that race with the copying are lost,
/// which costs them a second id later.
LocationTable* grow(LocationTable* old) {
  uint64_t live = 0;
  if (old != nullptr) {
    for (uint64_t i = 0; i < old->count(); ++i) {
      const uint64_t key = old->slots.begin[i].key.load(std::memory_order_relaxed);
      if (key != 0 && key != kTombstone) ++live;
    }
  }
  uint64_t slots = kFirstSlots;
  while (slots < live * 4) slots *= 2;
  if (slots > kMaxSlots) return old;
  LocationTable* table = make_table(slots);
  if (table == nullptr) return old;
  uint64_t count = 0;
  for (uint64_t i = 0; old != nullptr && i < old->count(); ++i) {
    const uint64_t key = old->slots.begin[i].key.load(std::memory_order_relaxed);
    const uint64_t value = old->slots.begin[i].value.load(std::memory_order_acquire);
    if (key == 0 || key == kTombstone || value == 0) continue;
    if (++count > slots / 2) break;
    place(table, key, value);
  }
  table->used.store(count, std::memory_order_relaxed);
  if (!g_locations.compare_exchange_strong(old, table, std::memory_order_acq_rel)) {
    sys::unmap(table, table->bytes);
    return old;  // Another thread was faster; `old` is now its table.
  }
  add_own_bytes(static_cast<int64_t>(table->bytes));
  if (old != nullptr && single_stream()) {
    add_own_bytes(-static_cast<int64_t>(old->bytes));
    sys::unmap(old, old->bytes);
  }
  return table;
}

Rule pack(const unwind::FrameRules& rules) {
  using unwind::RuleKind;
  const unwind::RegisterRule& ra = rules.registers[unwind::kReturnAddress];
  const unwind::RegisterRule& bp = rules.registers[unwind::kRbp];
  const unwind::RegisterRule& sp = rules.registers[unwind::kRsp];
  if (ra.kind == RuleKind::kUndefined) return Rule::make(Step::kEnd);
  const bool from_bp = rules.cfa_register == unwind::kRbp;
  const bool bp_saved = bp.kind == RuleKind::kAtCfa && bp.offset < 0 && bp.offset % 8 == 0 &&
                        -bp.offset / 8 <= int64_t{Rule::kMaxBpWords} &&
                        -bp.offset <= rules.cfa_offset;
  const int64_t most_words = from_bp ? Rule::kMaxWordsFromBp : Rule::kMaxCfaWords;
  const bool plain = !rules.signal_frame && !rules.cfa_is_expression &&
                     (from_bp || rules.cfa_register == unwind::kRsp) && rules.cfa_offset > 0 &&
                     rules.cfa_offset % 8 == 0 && rules.cfa_offset / 8 <= most_words &&
                     ra.kind == RuleKind::kAtCfa && ra.offset == -8 && sp.kind == RuleKind::kSame &&
                     (bp.kind == RuleKind::kSame || bp_saved);
  if (!plain) return Rule::make(Step::kSlow);
  return Rule::make(from_bp ? Step::kFromBp : Step::kFromSp,
                    static_cast<uint32_t>(rules.cfa_offset / 8),
                    bp_saved ? static_cast<uint32_t>(-bp.offset / 8) : 0);
}

uintptr_t lookup_address(LocationKey key) {
  return (key & kInterruptedBit) != 0 ? key & ~kInterruptedBit : key - 1;
}

constinit std::atomic<uintptr_t> g_fiber_end{0};

/// Where a fiber goes when its function returns, 0 when there is no such place: the outermost frame
/// of all that makecontext makes. The C library has no unwind information for it and no name
/// either, so it is asked to make a fiber, which never runs.
uintptr_t fiber_end(Stream& s) {
  const uintptr_t known = g_fiber_end.load(std::memory_order_relaxed);  // The same for all.
  // With a shadow stack a system call is needed.
  if (known != 0 || makecontext == nullptr || sys::g_quiet) return known;
  struct Fiber {
    ucontext_t context;
    alignas(16) char stack[256];
  };
  static_assert(sizeof(Fiber) + alignof(Fiber) <= sizeof s.text);
  const uintptr_t room = reinterpret_cast<uintptr_t>(s.text) + alignof(Fiber) - 1;
  auto* fiber = reinterpret_cast<Fiber*>(room & ~(alignof(Fiber) - 1));
  fiber->context.uc_stack = {fiber->stack, 0, sizeof fiber->stack};
  fiber->context.uc_link = nullptr;
  makecontext(
      &fiber->context, [] {}, 0);
  uintptr_t end;
  memcpy(&end, reinterpret_cast<const void*>(fiber->context.uc_mcontext.gregs[REG_RSP]),
         sizeof end);
  g_fiber_end.store(end, std::memory_order_relaxed);
  return end;
}

/// Hands out an id and writes the location to the trace; kCutLocation when that is not possible.
/// `address_itself`: no call has led there.
uint32_t write_location(Stream& s, LocationKey key, uint32_t module, bool address_itself) {
  const uint32_t id =
      g_next_location.fetch_add(1, std::memory_order_relaxed);  // Only uniqueness counts.
  if (id > format::kMaxLocation) return format::kCutLocation;
  const format::LocationRecord record{id, module, key & ~kInterruptedBit,
                                      address_itself ? format::kLocationInterrupted : 0};
  return append(s, format::Control::kLocation, record) ? id : format::kCutLocation;
}

/// Makes `location` findable. Returns what the slot says in the end, which is another's where it
/// lost a race.
Location insert(LocationKey key, Location location) {
  LocationTable* table = g_locations.load(std::memory_order_acquire);
  if (table == nullptr || table->used.load(std::memory_order_relaxed) > table->count() / 2) {
    table = grow(table);
    if (table == nullptr || table->used.load(std::memory_order_relaxed) > table->count() / 2) {
      return location;
    }
  }
  const uint64_t value = uint64_t{location.rule.bits} << 32 | location.id;
  for (LocationTable::Slot* at = table->slots.first(key);; at = table->slots.after(at)) {
    LocationTable::Slot& slot = *at;
    uint64_t found = slot.key.load(std::memory_order_relaxed);
    if (found == 0 && slot.key.compare_exchange_strong(found, key, std::memory_order_relaxed)) {
      table->used.fetch_add(1, std::memory_order_relaxed);
      found = key;
    }
    if (found != key) continue;
    // A value with id 0 is a rule inherited over a fork; otherwise the first complete one stays.
    uint64_t present = slot.value.load(std::memory_order_acquire);
    while (static_cast<uint32_t>(present) == 0) {
      if (slot.value.compare_exchange_weak(present, value, std::memory_order_acq_rel)) {
        return location;
      }
    }
    return {{static_cast<uint32_t>(present >> 32)}, static_cast<uint32_t>(present)};
  }
}

}  // namespace

bool find_frame_rules(Stream& s, LocationKey key) {
  LoadedObject object;
  const uintptr_t address = lookup_address(key);
  return find_object(address, &object) && object.tables.eh_frame_hdr != nullptr &&
         unwind::find_rules(object.tables, address, &s.cfi);
}

Location resolve_location(Stream& s, LocationKey key) {
  LoadedObject object;
  const uintptr_t address = lookup_address(key);
  uint32_t module = format::kNoModule;
  Rule rule = Rule::make(Step::kNoInfo);
  const bool ends_fiber = key == fiber_end(s);
  if (find_object(address, &object)) {
    module = module_id(s, object);
    if (module == format::kNoModule) return {rule, format::kCutLocation};
    if (ends_fiber) {
      rule = Rule::make(Step::kEnd);
    } else if (object.tables.eh_frame_hdr != nullptr &&
               unwind::find_rules(object.tables, address, &s.cfi)) {
      rule = pack(s.cfi.rules);
    }
  }
  const uint32_t id = write_location(s, key, module, ends_fiber || (key & kInterruptedBit) != 0);
  if (id == format::kCutLocation) return {rule, id};
  return insert(key, {rule, id});
}

void forget_locations(uintptr_t begin, uintptr_t end) {
  LocationTable* table = g_locations.load(std::memory_order_acquire);
  if (table == nullptr) return;
  for (uint64_t i = 0; i < table->count(); ++i) {
    const uint64_t key = table->slots.begin[i].key.load(std::memory_order_relaxed);
    if (key == 0 || key == kTombstone) continue;
    const uintptr_t address = lookup_address(key);
    if (address >= begin && address < end) {
      table->slots.begin[i].key.store(kTombstone, std::memory_order_relaxed);
    }
  }
}

void forget_location_ids() {
  g_next_location.store(1, std::memory_order_relaxed);  // The child is alone.
  LocationTable* table = g_locations.load(std::memory_order_acquire);
  if (table == nullptr) return;
  for (uint64_t i = 0; i < table->count(); ++i) {
    std::atomic<uint64_t>& value = table->slots.begin[i].value;
    const uint64_t old = value.load(std::memory_order_relaxed);
    if (old != 0) value.store(old & ~uint64_t{UINT32_MAX}, std::memory_order_relaxed);
  }
}

}  // namespace memprof
