// The data folder and its file: locks, whole replacement, copies, newer and damaged files, full
// disks.
#include "sync/store/folder.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sync/store/data_file.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "tests/support/keys.hpp"
#include "tests/support/test_device.hpp"

using namespace sitelog;
namespace fs = std::filesystem;

namespace {

Result<std::unique_ptr<Store>> open_store(const std::string& path, Catalogue& catalogue) {
  return Store::open(path, Owner{fresh_key(), {}, {}, Standing::device("u")}, catalogue,
                     [] { return 1; });
}

void overwrite(const std::string& path, size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE(
    "a second process is told who holds the data folder, and gets it when the first is gone") {
  TemporaryFolder folder;
  int ready[2], leave[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(leave) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto held = DataFolder::open(folder.path(), "the site's agent");
    char byte = held ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1 || ::read(leave[0], &byte, 1) < 0) ::_exit(1);
    ::_exit(0);  // no clean-up: as if killed
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  REQUIRE(byte == 'y');
  const auto refused = DataFolder::open(folder.path(), "a command", 50);
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kFolderInUse);
  CHECK(describe(refused.refusal()).find("the site's agent (process " + std::to_string(child)) !=
        std::string::npos);
  REQUIRE(::write(leave[1], &byte, 1) == 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  const auto opened = DataFolder::open(folder.path(), "a command", 2000);
  CHECK(static_cast<bool>(opened));
  for (const int end : {ready[0], ready[1], leave[0], leave[1]}) ::close(end);
}

TEST_CASE("a data folder's lock goes with the object, also when that was moved") {
  TemporaryFolder folder;
  {
    auto first = DataFolder::create(folder.file("data"), "one");
    REQUIRE(first);
    DataFolder moved = std::move(*first);
    CHECK(!DataFolder::open(folder.file("data"), "two", 0));
    CHECK(moved.database() == folder.file("data") + "/sitelog.db");
  }
  CHECK(static_cast<bool>(DataFolder::open(folder.file("data"), "two", 0)));
  CHECK(DataFolder::open(folder.file("nowhere"), "two", 0).refusal().reason ==
        Reason::kFolderMissing);
  struct stat info {};
  REQUIRE(::stat(folder.file("data").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("a file is replaced as a whole or not at all, and only a missing one counts as missing") {
  TemporaryFolder folder;
  auto data = DataFolder::open(folder.path(), "test");
  REQUIRE(data);
  CHECK(!data->read("key.pem").has_value());
  data->write("key.pem", "first");
  data->write("key.pem", "second, and longer");
  CHECK(data->read("key.pem") == "second, and longer");
  CHECK(!fs::exists(folder.file("key.pem.new")));
  struct stat info {};
  REQUIRE(::stat(folder.file("key.pem").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  // Where the new file can't be made, the old one stands.
  fs::create_directory(folder.file("key.pem.new"));
  CHECK_THROWS_AS(data->write("key.pem", "third"), StoreError);
  CHECK(data->read("key.pem") == "second, and longer");
  // What is there and can't be read is an error, never taken for a missing one.
  fs::create_directory(folder.file("odd"));
  CHECK_THROWS_AS(data->read("odd"), StoreError);
  CHECK_THROWS_AS(write_file_by(folder.file("no/such/x.new"), folder.file("no/such/x"), "x", 0600),
                  StoreError);
}

TEST_CASE("no file of a data folder is written through a link, and what is made is its owner's") {
  TemporaryFolder folder;
  const auto outside = TemporaryFolder();
  const std::string victim = outside.file("victim");
  std::ofstream(victim) << "somebody's";
  auto data = DataFolder::create(folder.file("data"), "test");
  REQUIRE(data);
  fs::create_symlink(victim, data->file("key.pem.new"));
  fs::create_symlink(victim, data->file("key.pem"));
  CHECK_THROWS_AS(data->read("key.pem"), StoreError);
  data->write("key.pem", "secret");
  CHECK(data->read("key.pem") == "secret");
  CHECK(read_file(victim) == "somebody's");
  const HeldFolder inner = data->folder().within("inner");
  inner.write("file", "x");
  for (const auto& [path, mode] : {std::pair{data->file("key.pem"), 0600},
                                   {data->file("lock"), 0600},
                                   {data->file("inner"), 0700},
                                   {data->file("inner/file"), 0600}}) {
    struct stat info {};
    REQUIRE(::lstat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == static_cast<mode_t>(mode));
  }
  fs::create_directory_symlink(outside.path(), data->file("elsewhere"));
  CHECK_THROWS_AS(data->folder().within("elsewhere"), StoreError);
  CHECK(!HeldFolder::make(data->file("inner")));
  CHECK(!HeldFolder::make(data->file("elsewhere")));
}

TEST_CASE("a lock that is a link is refused and what it points to is left as it is") {
  TemporaryFolder folder;
  const std::string victim = folder.file("victim");
  std::ofstream(victim) << "somebody's";
  fs::create_directory(folder.file("data"));
  fs::permissions(folder.file("data"), fs::perms::owner_all);
  fs::create_symlink(victim, folder.file("data/lock"));
  const auto refused = DataFolder::open(folder.file("data"), "test");
  REQUIRE(!refused);
  CHECK(refused.refusal().args.front() == "lock");
  CHECK(read_file(victim) == "somebody's");
}

TEST_CASE("a shortage of the system's is told apart from a full disk and from damage") {
  CHECK(kind_of_system_error(EMFILE) == StoreError::Kind::kShortage);
  CHECK(kind_of_system_error(ENFILE) == StoreError::Kind::kShortage);
  CHECK(kind_of_system_error(ENOMEM) == StoreError::Kind::kShortage);
  CHECK(kind_of_system_error(ENOSPC) == StoreError::Kind::kFull);
  CHECK(kind_of_system_error(EFBIG) == StoreError::Kind::kFull);
  CHECK(kind_of_system_error(EIO) == StoreError::Kind::kOther);
}

TEST_CASE("a data file of a newer Sitelog is refused and left as it is") {
  TemporaryFolder folder;
  const std::string path = folder.file("sitelog.db");
  SmallCatalogue catalogue;
  REQUIRE(open_store(path, catalogue));
  {
    Database database(path, Database::Mode::kReadWrite);
    database.run("PRAGMA user_version = 99; CREATE TABLE future (x)");
  }
  const auto refused = open_store(path, catalogue);
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kFolderNewer);
  Database database(path, Database::Mode::kReadOnly);
  CHECK(Statement(database, "PRAGMA user_version").number_or(0) == 99);
  CHECK(Statement(database, "SELECT count(*) FROM future").number_or(-1) == 0);
}

TEST_CASE("a damaged data file is refused as damaged and left as it is") {
  VirtualClock clock;
  TestDevice device(clock, 1);
  for (int i = 0; i < 50; ++i) device.set_policy("u", "f" + std::to_string(i), "ask");
  const std::string path = device.take_copy("copy.db");
  SmallCatalogue catalogue;
  SECTION("it is no database at all") {
    overwrite(path, 0, std::string(100, 'x'));
  }
  SECTION("its schema is gone") {
    overwrite(path, 100, std::string(3000, '\xff'));
  }
  const auto size = fs::file_size(path);
  const auto refused = open_store(path, catalogue);
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kFolderDamaged);
  CHECK(fs::file_size(path) == size);
}

TEST_CASE("a damaged grant or campaign is told at opening, not by a crash") {
  VirtualClock clock;
  TestDevice device(clock, 1);
  device.set_campaign("c", "*");
  for (const char* damage : {"state = '{'", "state = '[]'", "state = '{\"created\":1}'",
                             "heads = x'ff'", "heads = x''", "heads = NULL"}) {
    CAPTURE(damage);
    const std::string path = device.take_copy("copy.db");
    {
      Database database(path, Database::Mode::kReadWrite);
      database.run(std::string("UPDATE records SET ") + damage);
    }
    SmallCatalogue catalogue;
    const auto refused = open_store(path, catalogue);
    REQUIRE(!refused);
    CHECK(refused.refusal().reason == Reason::kFolderDamaged);
    fs::remove(path);
  }
}

TEST_CASE("a copy taken while the store is written to is whole and of one moment") {
  VirtualClock clock;
  TestDevice device(clock, 1);
  const auto add = [&](int i) {
    RecordId id;
    std::memcpy(id.bytes.data(), &i, sizeof i);
    device.write("u", id, "event", {{"title", std::string(2000, 'x')}});
  };
  for (int i = 1; i <= 300; ++i) add(i);
  std::atomic<bool> copied = false;
  std::thread copier([&] {
    copy_database(device.database(), device.folder().file("copy.db"),
                  [](int64_t done, int64_t pages) {
                    REQUIRE(done <= pages);
                    std::this_thread::sleep_for(std::chrono::milliseconds(5));
                  });
    copied = true;
  });
  int last = 300;
  while (!copied && last < 3000) add(++last);
  copier.join();
  CHECK(!fs::exists(device.folder().file("copy.db.new")));
  device.restore(device.folder().file("copy.db"));
  CHECK(device.verified() == "");
  const int64_t entries = device.count("SELECT count(*) FROM entries");
  CHECK(entries >= 300);
  CHECK(entries <= last);
}

TEST_CASE("a full disk loses the transaction under way and nothing that was committed") {
  VirtualClock clock;
  TestDevice device(clock, 1);
  RecordId id;
  id.bytes[0] = 1;
  device.write("u", id, "event", {{"title", "kept"}});
  const auto before = shown_of(device, "u");
  const int64_t pages = device.count("PRAGMA page_count");
  device.store().database().run("PRAGMA max_page_count = " + std::to_string(pages + 2));
  bool full = false;
  try {
    device.store().transact([&] {
      for (int i = 0; i < 200; ++i) {
        const RecordId next = device.store().new_record_id(device.now());
        const Entry entry = compose(nullptr, next, "event", {{"title", std::string(5000, 'x')}});
        SITELOG_ASSERT(static_cast<bool>(device.store().write("u", entry, device.now(), "")));
      }
      return 0;
    });
  } catch (const StoreError& error) {
    full = error.kind() == StoreError::Kind::kFull;
  }
  CHECK(full);
  device.reopen();
  CHECK(shown_of(device, "u") == before);
  CHECK(device.verified() == "");
  device.write("u", id, "event", {{"title", "and on"}});
}
