#include "tests/support/record_encoder.h"

#include <cstring>

namespace memprof::test {

using namespace memprof::format;

namespace {

uint32_t inline_or_escape(uint64_t value, uint32_t escape) {
  return value < escape ? static_cast<uint32_t>(value) : escape;
}

}  // namespace

RecordEncoder::RecordEncoder(const ChunkHeader& header)
    : last_stamp_(header.start_stamp), stamped_((header.flags & kChunkStamped) != 0) {}

void RecordEncoder::raw(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

bool RecordEncoder::reaches(uint64_t address, int64_t min, int64_t max, int64_t* delta) const {
  const auto difference = static_cast<int64_t>(address - last_address_);
  *delta = difference / kGranuleBytes;
  return difference % kGranuleBytes == 0 && *delta >= min && *delta <= max;
}

int32_t RecordEncoder::delta_to(uint64_t address, int64_t min, int64_t max) {
  int64_t delta = 0;
  if (!reaches(address, min, max, &delta)) {
    control(Control::kBase, BaseRecord{address});
    delta = 0;
  }
  last_address_ = address;
  return static_cast<int32_t>(delta);
}

uint32_t RecordEncoder::stamp_delta(uint64_t stamp) {
  const auto delta = static_cast<uint32_t>(stamp - last_stamp_);
  last_stamp_ = stamp;
  return delta;
}

void RecordEncoder::time(uint64_t stamp) {
  control(Control::kTime, TimeRecord{stamp});
  last_stamp_ = stamp;
}

void RecordEncoder::stamps(bool on, uint64_t stamp) {
  control(Control::kStamps, StampsRecord{on ? 1U : 0U, stamp});
  last_stamp_ = stamp;
  stamped_ = on;
}

void RecordEncoder::frames(const StackChange& change) {
  const std::span<const uint32_t> all(change.pushes);
  for (const uint32_t id : all.first(all.size() - change.repeats)) {
    if (id < kWideFrame) {
      put(static_cast<uint16_t>(id));
    } else {
      put(static_cast<uint16_t>(kWideFrame | (id >> 16)));
      put(static_cast<uint16_t>(id & 0xffff));
    }
  }
}

void RecordEncoder::death(uint64_t address, uint64_t stamp) {
  // A stamp32 cannot go back nor far ahead: a Time record does both.
  if (stamped_ && stamp - last_stamp_ > UINT32_MAX) time(stamp);
  put(death_word(delta_to(address, kDeathDeltaMin, kDeathDeltaMax)));
  if (stamped_) put(stamp_delta(stamp));
}

void RecordEncoder::birth(uint64_t address, uint64_t size, Kind kind, const StackChange& change,
                          uint64_t stamp) {
  if (stamped_ && stamp - last_stamp_ > UINT32_MAX) time(stamp);
  const uint32_t kind_code =
      inline_or_escape(static_cast<uint32_t>(kind), static_cast<uint32_t>(Kind::kOther));
  const uint32_t pops = inline_or_escape(change.pops, kCountEscape);
  const uint32_t pushes = inline_or_escape(change.pushes.size(), kCountEscape);
  const uint32_t short_size = inline_or_escape(size, kSizeEscape);
  put(birth_word(kind_code, delta_to(address, kBirthDeltaMin, kBirthDeltaMax)));
  put(size_word(short_size, pops, pushes, change.repeats));
  if (stamped_) put(stamp_delta(stamp));
  if (short_size == kSizeEscape) put(size);
  if (pops == kCountEscape) put(static_cast<uint16_t>(change.pops));
  if (pushes == kCountEscape) put(static_cast<uint16_t>(change.pushes.size()));
  if (kind_code == static_cast<uint32_t>(Kind::kOther)) put(static_cast<uint16_t>(kind));
  frames(change);
}

void RecordEncoder::resize(const Resize& resize, const StackChange& change, uint64_t stamp) {
  if (stamped_ && stamp - last_stamp_ > UINT32_MAX) time(stamp);
  const uint32_t pops = inline_or_escape(change.pops, kCountEscape);
  const uint32_t pushes = inline_or_escape(change.pushes.size(), kCountEscape);
  const uint32_t short_size = inline_or_escape(resize.size, kSizeEscape);
  put(resize_word(delta_to(resize.old_address, kDeathDeltaMin, kDeathDeltaMax)));
  put(size_word(short_size, pops, pushes, change.repeats));
  int64_t new_delta = 0;
  const bool near = reaches(resize.new_address, INT32_MIN + 1, INT32_MAX, &new_delta);
  put(near ? static_cast<int32_t>(new_delta) : kNewAddressEscape);
  if (stamped_) {
    put(stamp_delta(stamp));
    put(resize.ticks);
  }
  if (short_size == kSizeEscape) put(resize.size);
  if (pops == kCountEscape) put(static_cast<uint16_t>(change.pops));
  if (pushes == kCountEscape) put(static_cast<uint16_t>(change.pushes.size()));
  if (!near) put(resize.new_address);
  last_address_ = resize.new_address;
  frames(change);
}

void RecordEncoder::control_bytes(Control kind, std::span<const std::byte> payload,
                                  std::string_view tail) {
  const size_t exact = sizeof(uint32_t) + payload.size() + tail.size();
  const size_t padded = exact + exact % 2;
  put(control_word(kind, static_cast<uint32_t>(padded)));
  raw(payload);
  raw(std::as_bytes(std::span(tail)));
  if (padded != exact) put(char{0});
  if (kind == Control::kBase) std::memcpy(&last_address_, payload.data(), sizeof last_address_);
}

}  // namespace memprof::test
