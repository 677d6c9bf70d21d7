#include "analyzer/trace/record_decoder.h"

namespace memprof::trace {

using format::Control;

namespace {

/// The least that a control record of this kind holds after its word; 0 for an unknown kind.
size_t payload_bytes(Control kind) {
  switch (kind) {
    case Control::kBase:
      return sizeof(format::BaseRecord);
    case Control::kTime:
      return sizeof(format::TimeRecord);
    case Control::kStamps:
      return sizeof(format::StampsRecord);
    case Control::kLocation:
      return sizeof(format::LocationRecord);
    case Control::kModule:
      return sizeof(format::ModuleRecord);
    case Control::kModuleEnd:
      return sizeof(format::ModuleEndRecord);
    case Control::kThread:
      return sizeof(format::ThreadRecord);
    case Control::kSample:
      return sizeof(format::SampleRecord);
    case Control::kMark:
      return sizeof(format::MarkRecord);
    case Control::kCut:
      return sizeof(format::CutRecord);
    case Control::kExec:
      return sizeof(format::ExecRecord);
    case Control::kExecFailed:
      return sizeof(format::ExecFailedRecord);
    case Control::kExit:
      return sizeof(format::ExitRecord);
  }
  return 0;
}

}  // namespace

bool RecordDecoder::control_fits(uint32_t word) const {
  const size_t bytes = format::control_bytes(word);
  if (bytes < sizeof word || bytes % 2 != 0 || bytes > format::kMaxControlBytes || bytes > left()) {
    return false;
  }
  const Control kind = format::control_kind(word);
  const size_t needed = sizeof word + payload_bytes(kind);
  if (bytes < needed) return false;
  size_t text_bytes = 0;
  if (kind == Control::kModule) {
    const auto record = payload<format::ModuleRecord>();
    text_bytes = size_t{record.build_id_bytes} + record.path_bytes;
  } else if (kind == Control::kMark) {
    text_bytes = payload<format::MarkRecord>().name_bytes;
  } else if (kind == Control::kExec) {
    text_bytes = payload<format::ExecRecord>().path_bytes;
  }
  return text_bytes <= bytes - needed;
}

void RecordDecoder::apply_own(Control kind) {
  if (kind == Control::kBase) {
    last_address_ = payload<format::BaseRecord>().address;
  } else if (kind == Control::kTime) {
    last_stamp_ = payload<format::TimeRecord>().stamp;
  } else if (kind == Control::kStamps) {
    const auto record = payload<format::StampsRecord>();
    last_stamp_ = record.stamp;
    stamp_bytes_ = record.on != 0 ? 4 : 0;
  }
}

}  // namespace memprof::trace
