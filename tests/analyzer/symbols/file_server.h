#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace memprof::symbols {

/// An HTTP server on the loopback interface that gives out files by their paths, and 404 for all
/// else; for one connection at a time.
class FileServer {
 public:
  /// `files`: contents by path ("/buildid/00ff/debuginfo").
  explicit FileServer(std::map<std::string, std::string> files);
  ~FileServer();
  FileServer(const FileServer&) = delete;
  FileServer& operator=(const FileServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// How many requests came so far.
  int requests() const { return requests_; }

 private:
  void serve();
  void answer(int connection);

  const std::map<std::string, std::string> files_;
  int socket_ = -1;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace memprof::symbols
