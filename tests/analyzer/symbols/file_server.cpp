#include "tests/analyzer/symbols/file_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace memprof::symbols {

FileServer::FileServer(std::map<std::string, std::string> files)
    : files_(std::move(files)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(socket_, 8) != 0 ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error("no socket to serve files at");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FileServer::~FileServer() {
  ends_ = true;
  ::shutdown(socket_, SHUT_RDWR);  // wakes accept
  thread_.join();
  ::close(socket_);
}

void FileServer::serve() {
  while (!ends_) {
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer(connection);
    ::close(connection);
  }
}

void FileServer::answer(int connection) {
  std::string request;
  char part[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, part, sizeof part, 0);
    if (got <= 0) return;
    request.append(part, static_cast<size_t>(got));
  }
  ++requests_;
  const size_t begin = request.find(' ') + 1;
  const auto file = files_.find(request.substr(begin, request.find(' ', begin) - begin));
  const bool found = file != files_.end();
  std::string reply = found ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 404 Not Found\r\n";
  reply +=
      "Connection: close\r\nContent-Length: " + std::to_string(found ? file->second.size() : 0) +
      "\r\n\r\n";
  if (found) reply += file->second;
  for (size_t sent = 0; sent < reply.size();) {
    const ssize_t more = ::send(connection, reply.data() + sent, reply.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return;
    sent += static_cast<size_t>(more);
  }
}

}  // namespace memprof::symbols
