#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "preload/format/trace_format.h"

namespace memprof::trace {

/// No block is larger: an address space has 57 bits at most. A record that claims more is damage.
inline constexpr uint64_t kMaxBlockBytes = uint64_t{1} << 57;

/// A stack's frames, and the location that may stand for those beyond.
inline constexpr uint32_t kMaxStackDepth = format::kMaxFrames + 1;

struct Death {
  uint64_t address;
  uint64_t stamp;
};

/// `pops` innermost frames of the stream's stack are gone, then `pushes` (location ids, outermost
/// first) are new; both fit the stack. `pushes` is valid until the next record. What the format
/// leaves out because the last stack says it (repeats) is there.
struct Birth {
  uint64_t address;
  uint64_t size;
  uint64_t stamp;
  format::Kind kind;
  uint32_t pops;
  std::span<const uint32_t> pushes;
};

/// The old block ends at stamp - ticks, the new one (born.kind kRealloc) begins at born.stamp.
struct Resize {
  uint64_t old_address;
  uint32_t ticks;
  Birth born;
};

/// What a decoder hands its records to. A visitor derives from this and hides what it cares for;
/// the calls are resolved at compile time. Strings are valid during the call.
struct RecordVisitor {
  void death(const Death&) {}
  void birth(const Birth&) {}
  void resize(const Resize&) {}
  void location(const format::LocationRecord&) {}
  void module(const format::ModuleRecord&, std::string_view /*build_id*/,
              std::string_view /*path*/) {}
  void module_end(const format::ModuleEndRecord&) {}
  void thread(const format::ThreadRecord&) {}
  void sample(const format::SampleRecord&) {}
  void mark(const format::MarkRecord&, std::string_view /*name*/) {}
  void cut(const format::CutRecord&) {}
  void exec(const format::ExecRecord&, std::string_view /*path*/) {}
  void exec_failed(const format::ExecFailedRecord&) {}
  void exit(const format::ExitRecord&) {}
};

/// Decodes the records of one chunk, one at a time, and trusts none of them: a record that does not
/// fit the bytes, the stack or the format ends the decoding, and the rest counts as damaged.
/// Control records of an unknown kind are skipped.
class RecordDecoder {
 public:
  /// `records` must stay as they are while the decoder is used.
  RecordDecoder(const format::ChunkHeader& header, std::span<const std::byte> records)
      : begin_(records.data()),
        at_(records.data()),
        end_(records.data() + records.size()),
        last_stamp_(header.start_stamp),
        stamp_bytes_((header.flags & format::kChunkStamped) != 0 ? 4 : 0) {}

  /// Decodes a record. False at the end of the chunk and at damage.
  template <typename Visitor>
  bool next(Visitor& visitor) {
    if (left() < sizeof(uint32_t)) return false;
    const auto word = peek<uint32_t>(0);
    switch (static_cast<format::Tag>(word & 3)) {
      case format::Tag::kDeath:
        return death(word, visitor);
      case format::Tag::kBirth:
        return birth(word, visitor);
      case format::Tag::kResize:
        return resize(word, visitor);
      case format::Tag::kControl:
        break;
    }
    return control(word, visitor);
  }

  /// Where the next record begins, in bytes from the chunk's start (as ChunkHeader::used counts).
  uint32_t position() const {
    return static_cast<uint32_t>(sizeof(format::ChunkHeader)) + static_cast<uint32_t>(at_ - begin_);
  }

  /// After next has returned false: the bytes that could not be decoded.
  uint32_t damaged_bytes() const { return static_cast<uint32_t>(left()); }

  /// The stamp of an event that carries none.
  uint64_t last_stamp() const { return last_stamp_; }

 private:
  size_t left() const { return static_cast<size_t>(end_ - at_); }

  template <typename T>
  T peek(size_t offset) const {
    T value;
    std::memcpy(&value, at_ + offset, sizeof value);
    return value;
  }

  /// What a birth and a resize have in common: the size, the stack change, the optional fields.
  struct Body {
    uint64_t size;
    uint32_t pops;
    uint32_t pushes;
    uint32_t repeats;
    uint32_t kind;         ///< kind16 of a birth
    uint64_t far_address;  ///< address64 of a resize
    uint32_t stamp_delta;
    uint32_t ticks;
    size_t bytes;  ///< of the whole record; frames begin here and are added by read_frames
  };

  template <bool kIsResize>
  bool read_body(size_t fixed_bytes, bool extra, Body& body) const;
  /// Makes the stack the event's. At its end are the new frames.
  bool read_frames(Body& body);
  std::span<const uint32_t> innermost(uint32_t count) const {
    return {stack_.data() + depth_ - count, count};
  }

  template <typename Visitor>
  bool death(uint32_t word, Visitor& visitor);
  template <typename Visitor>
  bool birth(uint32_t word, Visitor& visitor);
  template <typename Visitor>
  bool resize(uint32_t word, Visitor& visitor);
  template <typename Visitor>
  bool control(uint32_t word, Visitor& visitor);

  /// Whether a control record of this length may be passed on: whole, and of a known kind with all
  /// it says.
  bool control_fits(uint32_t word) const;
  /// Base, Time and Stamps, which matter to decoding only.
  void apply_own(format::Control kind);

  template <typename T>
  T payload() const {
    return peek<T>(sizeof(uint32_t));
  }
  std::string_view text(size_t offset, size_t bytes) const {
    return {reinterpret_cast<const char*>(at_) + sizeof(uint32_t) + offset, bytes};
  }

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  uint64_t last_address_ = 0;
  uint64_t last_stamp_;
  uint32_t stamp_bytes_;  ///< 4 while events carry stamps, else 0
  uint32_t depth_ = 0;    ///< of the stack, which may have had more frames before
  std::vector<uint32_t> stack_;
};

template <typename Visitor>
inline bool RecordDecoder::death(uint32_t word, Visitor& visitor) {
  const size_t bytes = sizeof word + stamp_bytes_;
  if (left() < bytes) return false;
  if (stamp_bytes_ != 0) last_stamp_ += peek<uint32_t>(4);
  last_address_ +=
      static_cast<uint64_t>(int64_t{format::death_delta(word)} * format::kGranuleBytes);
  at_ += bytes;
  visitor.death(Death{last_address_, last_stamp_});
  return true;
}

template <bool kIsResize>
inline bool RecordDecoder::read_body(size_t fixed_bytes, bool extra, Body& body) const {
  if (left() < fixed_bytes) return false;
  const auto word = peek<uint32_t>(4);
  body.size = format::word_size(word);
  body.pops = format::word_pops(word);
  body.pushes = format::word_pushes(word);
  body.repeats = format::word_repeats(word);
  const bool long_size = body.size == format::kSizeEscape;
  const bool long_pops = body.pops == format::kCountEscape;
  const bool long_pushes = body.pushes == format::kCountEscape;
  size_t at = fixed_bytes;
  const size_t extra_bytes = kIsResize ? 8 : 2;
  body.bytes = at + stamp_bytes_ * (kIsResize ? 2 : 1) + (long_size ? 8 : 0) + (long_pops ? 2 : 0) +
               (long_pushes ? 2 : 0) + (extra ? extra_bytes : 0);
  if (left() < body.bytes) return false;
  if (stamp_bytes_ != 0) {
    body.stamp_delta = peek<uint32_t>(at);
    if (kIsResize) body.ticks = peek<uint32_t>(at + 4);
    at += kIsResize ? 8 : 4;
  }
  if (long_size) {
    body.size = peek<uint64_t>(at);
    at += 8;
  }
  if (long_pops) {
    body.pops = peek<uint16_t>(at);
    at += 2;
  }
  if (long_pushes) {
    body.pushes = peek<uint16_t>(at);
    at += 2;
  }
  if (extra && kIsResize) body.far_address = peek<uint64_t>(at);
  if (extra && !kIsResize) body.kind = peek<uint16_t>(at);
  return body.size <= kMaxBlockBytes && body.pops <= depth_ &&
         depth_ - body.pops + body.pushes <= kMaxStackDepth && body.repeats <= body.pushes &&
         body.repeats <= depth_;
}

inline bool RecordDecoder::read_frames(Body& body) {
  const std::byte* at = at_ + body.bytes;
  const uint32_t written = body.pushes - body.repeats;
  if (static_cast<size_t>(end_ - at) < size_t{2} * written) return false;
  uint32_t repeated[format::kMaxRepeats];
  for (uint32_t i = 0; i < body.repeats; ++i) repeated[i] = stack_[depth_ - body.repeats + i];
  const uint32_t kept = depth_ - body.pops;
  depth_ = kept + body.pushes;
  if (stack_.size() < depth_) stack_.resize(depth_);
  uint32_t* const frames = stack_.data() + kept;
  for (uint32_t i = 0; i < written; ++i) {
    uint16_t unit;
    if (static_cast<size_t>(end_ - at) < sizeof unit) return false;
    std::memcpy(&unit, at, sizeof unit);
    at += sizeof unit;
    frames[i] = unit;
    if (unit >= format::kWideFrame) [[unlikely]] {
      uint16_t low;
      if (static_cast<size_t>(end_ - at) < sizeof low) return false;
      std::memcpy(&low, at, sizeof low);
      at += sizeof low;
      frames[i] = (uint32_t{unit} & ~format::kWideFrame) << 16 | low;
    }
  }
  for (uint32_t i = 0; i < body.repeats; ++i) frames[written + i] = repeated[i];
  body.bytes = static_cast<size_t>(at - at_);
  return true;
}

template <typename Visitor>
inline bool RecordDecoder::birth(uint32_t word, Visitor& visitor) {
  Body body{};
  const uint32_t kind_code = format::birth_kind_code(word);
  const bool other = kind_code == static_cast<uint32_t>(format::Kind::kOther);
  if (!read_body<false>(8, other, body) || !read_frames(body)) return false;
  last_stamp_ += body.stamp_delta;
  last_address_ +=
      static_cast<uint64_t>(int64_t{format::birth_delta(word)} * format::kGranuleBytes);
  at_ += body.bytes;
  const auto kind = static_cast<format::Kind>(other ? body.kind : kind_code);
  visitor.birth(
      Birth{last_address_, body.size, last_stamp_, kind, body.pops, innermost(body.pushes)});
  return true;
}

template <typename Visitor>
inline bool RecordDecoder::resize(uint32_t word, Visitor& visitor) {
  Body body{};
  if (left() < 12) return false;
  const auto new_delta = peek<int32_t>(8);
  const bool far = new_delta == format::kNewAddressEscape;
  if (!read_body<true>(12, far, body) || !read_frames(body)) return false;
  last_stamp_ += body.stamp_delta;
  const uint64_t old_address =
      last_address_ +
      static_cast<uint64_t>(int64_t{format::resize_delta(word)} * format::kGranuleBytes);
  last_address_ =
      far ? body.far_address
          : old_address + static_cast<uint64_t>(int64_t{new_delta} * format::kGranuleBytes);
  at_ += body.bytes;
  visitor.resize(Resize{old_address, body.ticks,
                        Birth{last_address_, body.size, last_stamp_, format::Kind::kRealloc,
                              body.pops, innermost(body.pushes)}});
  return true;
}

template <typename Visitor>
bool RecordDecoder::control(uint32_t word, Visitor& visitor) {
  using format::Control;
  if (!control_fits(word)) return false;
  const Control kind = format::control_kind(word);
  switch (kind) {
    case Control::kLocation:
      visitor.location(payload<format::LocationRecord>());
      break;
    case Control::kModule: {
      const auto record = payload<format::ModuleRecord>();
      visitor.module(record, text(sizeof record, record.build_id_bytes),
                     text(sizeof record + record.build_id_bytes, record.path_bytes));
      break;
    }
    case Control::kModuleEnd:
      visitor.module_end(payload<format::ModuleEndRecord>());
      break;
    case Control::kThread:
      visitor.thread(payload<format::ThreadRecord>());
      break;
    case Control::kSample:
      visitor.sample(payload<format::SampleRecord>());
      break;
    case Control::kMark: {
      const auto record = payload<format::MarkRecord>();
      visitor.mark(record, text(sizeof record, record.name_bytes));
      break;
    }
    case Control::kCut:
      visitor.cut(payload<format::CutRecord>());
      break;
    case Control::kExec: {
      const auto record = payload<format::ExecRecord>();
      visitor.exec(record, text(sizeof record, record.path_bytes));
      break;
    }
    case Control::kExecFailed:
      visitor.exec_failed(payload<format::ExecFailedRecord>());
      break;
    case Control::kExit:
      visitor.exit(payload<format::ExitRecord>());
      break;
    case Control::kBase:
    case Control::kTime:
    case Control::kStamps:
      apply_own(kind);
      break;
  }
  at_ += format::control_bytes(word);
  return true;
}

}  // namespace memprof::trace
