#include "analyzer/profile/file/packed.h"

#include <zstd.h>

#include <algorithm>
#include <utility>

#include "analyzer/base/error.h"

namespace memprof::profile {
namespace {

constexpr int kLevel = 3;

/// Small for small changes either way.
uint64_t zigzag(uint64_t now, uint64_t before) {
  const auto change = static_cast<int64_t>(now - before);
  return (static_cast<uint64_t>(change) << 1) ^ static_cast<uint64_t>(change >> 63);
}

uint64_t unzigzag(uint64_t coded, uint64_t before) {
  return before + ((coded >> 1) ^ (uint64_t{0} - (coded & 1)));
}

}  // namespace

void PackedWriter::add(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void PackedWriter::add_text(std::string_view bytes) {
  add(bytes.size());
  bytes_ += bytes;
}

std::string PackedWriter::finish() const {
  if (bytes_.empty()) return {};
  if (bytes_.size() > kPackedMax)
    throw Error("cannot write profile: a process has too many moments");
  std::string packed(ZSTD_compressBound(bytes_.size()), '\0');
  const size_t size =
      ZSTD_compress(packed.data(), packed.size(), bytes_.data(), bytes_.size(), kLevel);
  if (ZSTD_isError(size)) throw Error(std::string("cannot compress: ") + ZSTD_getErrorName(size));
  packed.resize(size);
  return packed;
}

PackedReader::PackedReader(std::string_view packed, std::string what) : what_(std::move(what)) {
  if (packed.empty()) return;
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  // A byte of zstd stands for some ten thousand at most; what says more is not worth the memory.
  constexpr unsigned long long kSmall = 16 << 20;
  const bool likely = size <= kSmall || size / 65536 <= packed.size();
  if (size > kPackedMax || !likely) damaged();
  bytes_.resize(static_cast<size_t>(size));
  const size_t got = ZSTD_decompress(bytes_.data(), bytes_.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) || got != bytes_.size()) damaged();
}

void PackedReader::damaged() const {
  throw Error("cannot read profile: " + what_ + " is damaged");
}

uint64_t PackedReader::next() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == bytes_.size()) damaged();
    const auto byte = static_cast<unsigned char>(bytes_[at_++]);
    value |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  damaged();
}

size_t PackedReader::next_count() {
  const uint64_t count = next();
  if (count > bytes_.size() - at_) damaged();
  return static_cast<size_t>(count);
}

std::string PackedReader::next_text() {
  const size_t size = next_count();
  at_ += size;
  return bytes_.substr(at_ - size, size);
}

std::string pack_steps(const std::vector<heap::Step>& steps) {
  PackedWriter out;
  heap::Step last{0, 0, 0};
  for (const heap::Step& step : steps) {
    out.add(step.step - last.step);
    out.add(zigzag(step.highest_bytes, last.end_bytes));
    out.add(zigzag(step.end_bytes, step.highest_bytes));
    last = step;
  }
  return out.finish();
}

std::vector<heap::Step> unpack_steps(PackedReader reader) {
  std::vector<heap::Step> steps;
  heap::Step last{0, 0, 0};
  while (!reader.at_end()) {
    heap::Step step{};
    const uint64_t gap = reader.next();
    step.step = last.step + gap;
    // Steps ascend, and stay where milliseconds still fit into nanoseconds.
    if ((gap == 0 && !steps.empty()) || step.step < gap || step.step > UINT64_MAX / 2'000'000)
      reader.damaged();
    step.highest_bytes = unzigzag(reader.next(), last.end_bytes);
    step.end_bytes = unzigzag(reader.next(), step.highest_bytes);
    steps.push_back(step);
    last = step;
  }
  return steps;
}

std::string pack_samples(const std::vector<heap::RssSample>& samples) {
  PackedWriter out;
  heap::RssSample last{0, 0};
  for (const heap::RssSample& sample : samples) {
    out.add(zigzag(sample.time_ns, last.time_ns));
    out.add(zigzag(sample.bytes, last.bytes));
    last = sample;
  }
  return out.finish();
}

std::vector<heap::RssSample> unpack_samples(PackedReader reader) {
  std::vector<heap::RssSample> samples;
  heap::RssSample last{0, 0};
  while (!reader.at_end()) {
    last.time_ns = unzigzag(reader.next(), last.time_ns);
    last.bytes = unzigzag(reader.next(), last.bytes);
    samples.push_back(last);
  }
  return samples;
}

std::string pack_launches(const std::vector<heap::Launch>& launches) {
  PackedWriter out;
  for (const heap::Launch& launch : launches) {
    out.add_text(launch.path);
    out.add(launch.pid);
    out.add(launch.time_ns);
    out.add(launch.own ? 1 : 0);
    out.add(static_cast<uint64_t>(launch.unfollowed));
  }
  return out.finish();
}

std::vector<heap::Launch> unpack_launches(PackedReader reader) {
  std::vector<heap::Launch> launches;
  while (!reader.at_end()) {
    heap::Launch launch;
    launch.path = reader.next_text();
    launch.pid = static_cast<uint32_t>(reader.next());
    launch.time_ns = reader.next();
    launch.own = reader.next() != 0;
    const uint64_t unfollowed = reader.next();
    if (unfollowed > static_cast<uint64_t>(heap::Unfollowed::kTooLarge)) reader.damaged();
    launch.unfollowed = static_cast<heap::Unfollowed>(unfollowed);
    launches.push_back(std::move(launch));
  }
  return launches;
}

std::string pack_held(const std::vector<std::vector<heap::Held>>& moments) {
  PackedWriter out;
  std::vector<heap::Held> last;
  for (const std::vector<heap::Held>& held : moments) {
    last.resize(held.size());
    std::vector<size_t> changed;
    for (size_t i = 0; i < held.size(); ++i) {
      if (!(held[i] == last[i])) changed.push_back(i);
    }
    out.add(changed.size());
    size_t next = 0;
    for (const size_t i : changed) {
      out.add(i - next);
      out.add(zigzag(held[i].bytes, last[i].bytes));
      out.add(zigzag(held[i].blocks, last[i].blocks));
      next = i + 1;
      last[i] = held[i];
    }
  }
  return out.finish();
}

std::vector<std::vector<heap::Held>> unpack_held(PackedReader reader, size_t sites,
                                                 const std::vector<size_t>& wanted) {
  std::vector<std::vector<heap::Held>> result;
  std::vector<heap::Held> last(sites);
  size_t moment = 0;
  for (const size_t number : wanted) {
    for (; moment <= number; ++moment) {
      const size_t changed = reader.next_count();
      size_t at = 0;
      for (size_t i = 0; i < changed; ++i) {
        const uint64_t gap = reader.next();
        if (gap >= sites - at) reader.damaged();
        at += static_cast<size_t>(gap);
        last[at].bytes = unzigzag(reader.next(), last[at].bytes);
        last[at].blocks = unzigzag(reader.next(), last[at].blocks);
        ++at;
      }
    }
    result.push_back(last);
  }
  return result;
}

std::string join_arguments(const std::vector<std::string>& arguments) {
  std::string joined;
  for (const std::string& argument : arguments) {
    for (const char c : argument) {
      if (c == '\\') {
        joined += "\\\\";
      } else if (c == '\n') {
        joined += "\\n";
      } else {
        joined += c;
      }
    }
    joined += '\n';
  }
  return joined;
}

std::vector<std::string> split_arguments(const std::string& joined) {
  std::vector<std::string> arguments;
  std::string argument;
  for (size_t i = 0; i < joined.size(); ++i) {
    if (joined[i] == '\n') {
      arguments.push_back(std::exchange(argument, {}));
    } else if (joined[i] == '\\' && i + 1 < joined.size()) {
      ++i;
      argument += joined[i] == 'n' ? '\n' : joined[i];
    } else {
      argument += joined[i];
    }
  }
  if (!argument.empty()) arguments.push_back(std::move(argument));
  return arguments;
}

}  // namespace memprof::profile
