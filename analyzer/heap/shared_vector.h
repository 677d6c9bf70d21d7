#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace memprof::heap {

/// A vector that many owners share until one changes it. The processes of a profile file have one
/// set of stacks between them; a copy for each would be most of the memory of a large run.
/// Reading is thread-safe; changing one object is not.
template <typename T>
class SharedVector {
 public:
  SharedVector() : items_(nothing()) {}
  SharedVector(std::vector<T> items)  // NOLINT(google-explicit-constructor): a vector is one
      : items_(std::make_shared<std::vector<T>>(std::move(items))) {}

  const T& operator[](size_t index) const { return (*items_)[index]; }
  const T& at(size_t index) const { return items_->at(index); }
  const T& front() const { return items_->front(); }
  const T& back() const { return items_->back(); }
  size_t size() const { return items_->size(); }
  bool empty() const { return items_->empty(); }
  auto begin() const { return std::as_const(*items_).begin(); }
  auto end() const { return std::as_const(*items_).end(); }

  /// Whether both are the same object in memory.
  bool shares_with(const SharedVector& other) const { return items_ == other.items_; }
  /// Equal for all that share, as long as one of them lives.
  const void* identity() const { return items_.get(); }

  /// For changing it: an own copy where it is shared.
  std::vector<T>& edit() {
    if (items_.use_count() != 1) items_ = std::make_shared<std::vector<T>>(*items_);
    return *items_;
  }
  void push_back(T item) { edit().push_back(std::move(item)); }

 private:
  static const std::shared_ptr<std::vector<T>>& nothing() {
    static const auto empty = std::make_shared<std::vector<T>>();
    return empty;
  }

  std::shared_ptr<std::vector<T>> items_;
};

}  // namespace memprof::heap
