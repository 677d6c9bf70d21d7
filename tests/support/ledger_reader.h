// The ledgers that test programs keep (tests/e2e/programs/ledger.h), read while they run or
// afterwards.
#pragma once

#include <string>

#include "tests/e2e/programs/ledger.h"

namespace memprof::test {

/// A mapped ledger; what the program writes shows at once.
class LedgerReader {
 public:
  /// Throws std::runtime_error when there is no such ledger.
  LedgerReader(const std::string& directory, const std::string& name);
  LedgerReader(LedgerReader&& other) noexcept : page_(other.page_) { other.page_ = nullptr; }
  LedgerReader(const LedgerReader&) = delete;
  LedgerReader& operator=(const LedgerReader&) = delete;
  ~LedgerReader();

  const ledger::Page& page() const { return *page_; }

  /// All accounts together.
  ledger::Account sum() const;

 private:
  ledger::Page* page_ = nullptr;
};

}  // namespace memprof::test
