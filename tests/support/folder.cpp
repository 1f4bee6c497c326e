#include "tests/support/folder.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "sync/store/data_file.hpp"

namespace sitelog {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  // In memory where the system has a place for that: processes crash here, not machines.
  const fs::path memory = "/dev/shm";
  const fs::path base = fs::is_directory(memory) ? memory : fs::temp_directory_path();
  path_ = (base / "sitelog-test-XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::copy(const std::string& from, const std::string& to) {
  copy_database(from, to, [](int64_t, int64_t) {});
}

void TemporaryFolder::put_back(const std::string& from, const std::string& to) {
  for (const char* beside : {"-wal", "-shm"}) fs::remove(to + beside);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

}  // namespace sitelog
