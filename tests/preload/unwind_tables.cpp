#include "tests/preload/unwind_tables.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace memprof::test {
namespace {

using unwind::RegisterRule;
using unwind::RuleKind;

// rbx, rbp, rsp, r12 to r15 and the return address; of the others the walker needs to know nothing.
constexpr unsigned kKept[] = {3, 6, 7, 12, 13, 14, 15, 16};

std::string number(int64_t value) {
  return (value < 0 ? "" : "+") + std::to_string(value);
}

/// An expression by its first operation; what it yields is expression_test.cpp's business.
std::string expression(unsigned first_operation) {
  return "expression " + std::to_string(first_operation);
}

int add_module(dl_phdr_info* info, size_t, void* data) {
  auto* modules = static_cast<std::vector<LoadedModule>*>(data);
  LoadedModule module{};
  module.path = info->dlpi_name[0] != '\0' ? info->dlpi_name : "/proc/self/exe";
  module.bias = info->dlpi_addr;
  const ElfW(Phdr)* headers = info->dlpi_phdr;
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    if (headers[i].p_type != PT_GNU_EH_FRAME) continue;
    const uintptr_t header = info->dlpi_addr + headers[i].p_vaddr;
    for (unsigned k = 0; k < info->dlpi_phnum; ++k) {
      const uintptr_t begin = info->dlpi_addr + headers[k].p_vaddr;
      if (headers[k].p_type != PT_LOAD || header < begin || header >= begin + headers[k].p_memsz)
        continue;
      module.tables = {reinterpret_cast<const uint8_t*>(header),
                       reinterpret_cast<const uint8_t*>(begin),
                       reinterpret_cast<const uint8_t*>(begin + headers[k].p_memsz)};
    }
  }
  if (module.tables.eh_frame_hdr != nullptr && module.path.find("vdso") == std::string::npos) {
    modules->push_back(module);
  }
  return 0;
}

}  // namespace

std::vector<uintptr_t> LoadedModule::function_starts() const {
  // The table's usual form: four bytes of encodings, the distance to .eh_frame, the number of rows.
  const uint8_t* header = tables.eh_frame_hdr;
  uint32_t count = 0;
  memcpy(&count, header + 8, sizeof count);
  std::vector<uintptr_t> starts;
  for (uint32_t i = 0; i < count; ++i) {
    int32_t distance = 0;
    memcpy(&distance, header + 12 + i * 8, sizeof distance);
    starts.push_back(reinterpret_cast<uintptr_t>(header) +
                     static_cast<uintptr_t>(int64_t{distance}));
  }
  std::sort(starts.begin(), starts.end());
  return starts;
}

std::vector<LoadedModule> loaded_modules() {
  std::vector<LoadedModule> modules;
  dl_iterate_phdr(add_module, &modules);
  return modules;
}

struct LibdwTables::Impl {
  int fd = -1;
  Elf* elf = nullptr;
  Dwarf_CFI* cfi = nullptr;
};

LibdwTables::LibdwTables(const std::string& path) : impl_(new Impl) {
  elf_version(EV_CURRENT);
  impl_->fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  impl_->elf = elf_begin(impl_->fd, ELF_C_READ_MMAP, nullptr);
  impl_->cfi = dwarf_getcfi_elf(impl_->elf);
  if (impl_->cfi == nullptr) throw std::runtime_error("libdw finds no .eh_frame in " + path);
}

LibdwTables::~LibdwTables() {
  dwarf_cfi_end(impl_->cfi);
  elf_end(impl_->elf);
  close(impl_->fd);
  delete impl_;
}

namespace {

std::string describe_cfa(const Dwarf_Op* ops, size_t count) {
  if (count == 1 && ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
    return "r" + std::to_string(ops[0].atom - DW_OP_breg0) +
           number(static_cast<int64_t>(ops[0].number));
  }
  if (count == 1 && ops[0].atom == DW_OP_bregx) {
    return "r" + std::to_string(ops[0].number) + number(static_cast<int64_t>(ops[0].number2));
  }
  return count == 0 ? "none" : expression(ops[0].atom);
}

std::string describe_register(const Dwarf_Op* ops, size_t count, const Dwarf_Op* memory) {
  if (count == 0) return ops == memory ? "undefined" : "same";
  if (count == 1 && ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg31) {
    return "in r" + std::to_string(ops[0].atom - DW_OP_reg0);
  }
  if (count == 1 && ops[0].atom == DW_OP_regx) return "in r" + std::to_string(ops[0].number);
  const bool is_value = ops[count - 1].atom == DW_OP_stack_value;
  if (is_value) --count;
  std::string place = is_value ? "is " : "at ";
  if (count == 1 && ops[0].atom == DW_OP_call_frame_cfa) return place + "cfa+0";
  if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa && ops[1].atom == DW_OP_plus_uconst) {
    return place + "cfa" + number(static_cast<int64_t>(ops[1].number));
  }
  const size_t first = ops[0].atom == DW_OP_call_frame_cfa ? 1 : 0;
  return place + expression(ops[first].atom);
}

std::string describe_register(const RegisterRule& rule, unsigned reg) {
  switch (rule.kind) {
    case RuleKind::kSame:
      // By the ABI the caller's stack pointer is the CFA.
      return reg == unwind::kRsp ? "is cfa+0" : "same";
    case RuleKind::kUndefined:
      return "undefined";
    case RuleKind::kAtCfa:
      return "at cfa" + number(rule.offset);
    case RuleKind::kCfaPlus:
      return "is cfa" + number(rule.offset);
    case RuleKind::kRegister:
      return "in r" + std::to_string(rule.offset);
    case RuleKind::kAtExpression:
      return "at " + expression(rule.expression_bytes > 0 ? rule.expression[0] : 0);
    case RuleKind::kIsExpression:
      return "is " + expression(rule.expression_bytes > 0 ? rule.expression[0] : 0);
  }
  return "nonsense";
}

std::string join(const std::string& cfa, const std::vector<std::string>& registers,
                 bool is_signal) {
  std::string text = "cfa " + cfa;
  for (size_t i = 0; i < registers.size(); ++i) {
    text += ", r" + std::to_string(kKept[i]) + " " + registers[i];
  }
  return text + (is_signal ? ", signal frame" : "");
}

}  // namespace

std::string LibdwTables::rules_at(uint64_t offset) const {
  Dwarf_Frame* frame = nullptr;
  if (dwarf_cfi_addrframe(impl_->cfi, offset, &frame) != 0) return "";
  Dwarf_Addr start = 0;
  Dwarf_Addr end = 0;
  bool is_signal = false;
  dwarf_frame_info(frame, &start, &end, &is_signal);
  Dwarf_Op* ops = nullptr;
  size_t count = 0;
  std::string cfa = dwarf_frame_cfa(frame, &ops, &count) == 0 ? describe_cfa(ops, count) : "error";
  std::vector<std::string> registers;
  for (const unsigned reg : kKept) {
    Dwarf_Op memory[3];
    ops = nullptr;
    count = 0;
    const int error = dwarf_frame_register(frame, static_cast<int>(reg), memory, &ops, &count);
    registers.push_back(error == 0 ? describe_register(ops, count, memory) : "error");
    // libdw's list of what a callee keeps when nothing is said leaves out rbx.
    if (reg == unwind::kRbx && registers.back() == "undefined") registers.back() = "same";
  }
  free(frame);
  return join(cfa, registers, is_signal);
}

std::string describe(const unwind::FrameRules& rules) {
  std::string cfa;
  if (rules.cfa_is_expression) {
    cfa = expression(rules.cfa_expression_bytes > 0 ? rules.cfa_expression[0] : 0);
  } else {
    cfa = "r" + std::to_string(rules.cfa_register) + number(rules.cfa_offset);
  }
  std::vector<std::string> registers;
  for (const unsigned reg : kKept)
    registers.push_back(describe_register(rules.registers[reg], reg));
  return join(cfa, registers, rules.signal_frame);
}

}  // namespace memprof::test
