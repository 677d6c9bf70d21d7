#include "preload/modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include "preload/locations.h"
#include "preload/process.h"
#include "preload/sys/clock.h"
#include "preload/sys/memory.h"
#include "preload/sys/text.h"

// Weak: glibc before 2.35 and other C libraries do not have it. Without it stacks are one frame
// long.
extern "C" int _dl_find_object(void* address, dl_find_object* result) noexcept
    __attribute__((weak));

namespace memprof {

constinit std::atomic<uint64_t> g_module_filter{0};
constinit std::atomic<uint32_t> g_epoch{0};

namespace {

/// A module that the trace knows. Rows are only added; a row whose module has ended has begin ==
/// end.
struct Row {
  std::atomic<uintptr_t> begin;
  std::atomic<uintptr_t> end;
  std::atomic<const void*> link_map;
  std::atomic<uint32_t> id;
};

constexpr size_t kRowsPerPage = 512;

/// Rows in pages that are linked, so that there is no limit and nothing ever moves.
struct Page {
  Row rows[kRowsPerPage];
  std::atomic<size_t> count;
  std::atomic<Page*> next;
};

constinit std::atomic<Page*> g_pages{nullptr};
constinit std::atomic<uint32_t> g_next_module{1};

Page* make_page() {
  return static_cast<Page*>(sys::map_private(sizeof(Page)));
}

Row* find_row(uintptr_t address) {
  for (Page* page = g_pages.load(std::memory_order_acquire); page != nullptr;
       page = page->next.load(std::memory_order_acquire)) {
    const size_t count = page->count.load(std::memory_order_acquire);
    for (size_t i = 0; i < count && i < kRowsPerPage; ++i) {
      Row& row = page->rows[i];
      if (address >= row.begin.load(std::memory_order_acquire) &&
          address < row.end.load(std::memory_order_acquire)) {
        return &row;
      }
    }
  }
  return nullptr;
}

/// Two threads may add a row for one module; the format allows a second id.
void add_row(const LoadedObject& object, uint32_t id) {
  std::atomic<Page*>* link = &g_pages;
  for (;;) {
    Page* page = link->load(std::memory_order_acquire);
    if (page == nullptr) {
      Page* fresh = make_page();
      if (fresh == nullptr) return;
      if (!link->compare_exchange_strong(page, fresh, std::memory_order_acq_rel)) {
        sys::unmap(fresh, sizeof(Page));
      } else {
        page = fresh;
      }
    }
    const size_t index = page->count.fetch_add(1, std::memory_order_acq_rel);
    if (index >= kRowsPerPage) {
      link = &page->next;
      continue;
    }
    // A reader that sees the row half-written sees end == 0 and passes over it.
    Row& row = page->rows[index];
    row.id.store(id, std::memory_order_relaxed);
    row.link_map.store(object.link_map, std::memory_order_relaxed);
    row.begin.store(object.begin, std::memory_order_relaxed);
    row.end.store(object.end, std::memory_order_release);
    g_module_filter.fetch_or(module_filter_bit(object.link_map), std::memory_order_relaxed);
    return;
  }
}

struct ProgramHeaders {
  const ElfW(Phdr) * first;
  size_t count;
};

/// Usually they follow the ELF header in the first page. Linkers that rewrite a library append
/// theirs, mapped where the file has them; and the ranges that the loader gives for an executable
/// with gaps between its segments begin at the segment, but there the kernel has told us.
ProgramHeaders program_headers(const LoadedObject& object) {
  if (object.name[0] == '\0') {
    return {reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR)), getauxval(AT_PHNUM)};
  }
  const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(object.begin);
  if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(ElfW(Phdr))) {
    return {nullptr, 0};
  }
  const size_t bytes = header->e_phnum * sizeof(ElfW(Phdr));
  const uintptr_t begin = object.begin + header->e_phoff;
  const ProgramHeaders found{reinterpret_cast<const ElfW(Phdr)*>(begin), header->e_phnum};
  if (header->e_phoff + bytes <= sys::kPageBytes) return found;
  const bool inside = header->e_phoff < object.end - object.begin && bytes <= object.end - begin &&
                      sys::is_readable(begin) && sys::is_readable(begin + bytes - 8);
  if (!inside || found.first->p_type != PT_PHDR || found.first->p_offset != header->e_phoff) {
    return {nullptr, 0};
  }
  return found;
}

/// The mapped segment around `address`; false when the headers do not show one.
bool find_segment(const LoadedObject& object, const ProgramHeaders& headers, uintptr_t address,
                  uintptr_t* begin, uintptr_t* end) {
  for (size_t i = 0; i < headers.count; ++i) {
    const ElfW(Phdr)& segment = headers.first[i];
    if (segment.p_type != PT_LOAD) continue;
    *begin = object.bias + segment.p_vaddr;
    *end = *begin + segment.p_filesz;
    if (address >= *begin && address < *end) return true;
  }
  return false;
}

constexpr size_t kMaxBuildIdBytes = 64;

/// Copies the build-id out of the mapped notes; its length, or 0.
size_t read_build_id(const LoadedObject& object, char* build_id) {
  const ProgramHeaders headers = program_headers(object);
  for (size_t i = 0; i < headers.count; ++i) {
    const ElfW(Phdr)& segment = headers.first[i];
    if (segment.p_type != PT_NOTE) continue;
    uintptr_t at = object.bias + segment.p_vaddr;
    uintptr_t load_begin;
    uintptr_t end;
    if (!find_segment(object, headers, at, &load_begin, &end)) continue;
    if (segment.p_filesz < end - at) end = at + segment.p_filesz;
    const uintptr_t align = segment.p_align == 8 ? 8 : 4;
    while (at < end && end - at >= sizeof(ElfW(Nhdr))) {
      const auto* note = reinterpret_cast<const ElfW(Nhdr)*>(at);
      const uint64_t name_bytes = (uint64_t{note->n_namesz} + align - 1) & ~(align - 1);
      const uint64_t desc_bytes = (uint64_t{note->n_descsz} + align - 1) & ~(align - 1);
      if (name_bytes + desc_bytes > end - at - sizeof *note) break;
      const char* name = reinterpret_cast<const char*>(note + 1);
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
          note->n_descsz <= kMaxBuildIdBytes) {
        memcpy(build_id, name + name_bytes, note->n_descsz);
        return note->n_descsz;
      }
      at += sizeof *note + name_bytes + desc_bytes;
    }
  }
  return 0;
}

}  // namespace

bool find_object(uintptr_t address, LoadedObject* object) {
  if (_dl_find_object == nullptr) return false;
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return false;
  object->begin = reinterpret_cast<uintptr_t>(found.dlfo_map_start);
  object->end = reinterpret_cast<uintptr_t>(found.dlfo_map_end);
  object->link_map = found.dlfo_link_map;
  object->name = found.dlfo_link_map->l_name != nullptr ? found.dlfo_link_map->l_name : "";
  object->bias = found.dlfo_link_map->l_addr;
  object->tables = {static_cast<const uint8_t*>(found.dlfo_eh_frame), nullptr, nullptr};
  uintptr_t begin = 0;
  uintptr_t end = 0;
  if (found.dlfo_eh_frame == nullptr ||
      !find_segment(*object, program_headers(*object),
                    reinterpret_cast<uintptr_t>(found.dlfo_eh_frame), &begin, &end)) {
    object->tables.eh_frame_hdr = nullptr;
    return true;
  }
  object->tables.segment_begin = reinterpret_cast<const uint8_t*>(begin);
  object->tables.segment_end = reinterpret_cast<const uint8_t*>(end);
  return true;
}

uint32_t module_id(Stream& s, const LoadedObject& object) {
  if (const Row* row = find_row(object.begin)) return row->id.load(std::memory_order_relaxed);
  const uint32_t id = g_next_module.fetch_add(1, std::memory_order_relaxed);
  static_assert(kStreamTextBytes + sizeof(format::ModuleRecord) < format::kMaxControlBytes);
  const size_t build_id_bytes = read_build_id(object, s.text);
  sys::Text path(s.text + build_id_bytes, kStreamTextBytes - build_id_bytes);
  if (object.name[0] == '\0') {
    path.add(executable_path());
  } else {
    if (object.name[0] != '/' && strchr(object.name, '/') != nullptr) {
      path.add(start_directory()).add("/");
    }
    path.add(object.name);
  }
  const format::ModuleRecord record{id,
                                    g_epoch.load(std::memory_order_relaxed),
                                    object.bias,
                                    object.begin,
                                    object.end,
                                    static_cast<uint16_t>(build_id_bytes),
                                    static_cast<uint16_t>(path.size())};
  if (!append(s, format::Control::kModule, record, s.text,
              static_cast<uint32_t>(build_id_bytes + path.size()))) {
    return format::kNoModule;
  }
  add_row(object, id);
  return id;
}

void forget_modules() {
  Page* page = g_pages.exchange(nullptr, std::memory_order_acq_rel);
  while (page != nullptr) {
    Page* next = page->next.load(std::memory_order_relaxed);
    sys::unmap(page, sizeof(Page));
    page = next;
  }
  g_next_module.store(1, std::memory_order_relaxed);
  g_module_filter.store(0, std::memory_order_relaxed);
}

void end_module_if_record(Stream& s, const void* block) {
  for (Page* page = g_pages.load(std::memory_order_acquire); page != nullptr;
       page = page->next.load(std::memory_order_acquire)) {
    const size_t count = page->count.load(std::memory_order_acquire);
    for (size_t i = 0; i < count && i < kRowsPerPage; ++i) {
      Row& row = page->rows[i];
      if (row.link_map.load(std::memory_order_acquire) != block) continue;
      const uintptr_t begin = row.begin.load(std::memory_order_acquire);
      const uintptr_t end = row.end.exchange(begin, std::memory_order_acq_rel);
      row.link_map.store(nullptr, std::memory_order_relaxed);
      if (begin == end) continue;
      g_epoch.fetch_add(1, std::memory_order_relaxed);
      forget_locations(begin, end);
      append(s, format::Control::kModuleEnd,
             format::ModuleEndRecord{row.id.load(std::memory_order_relaxed), sys::plain_stamp()});
    }
  }
}

}  // namespace memprof
