// Every limit of sync/ledger/limits.hpp by name: what is at it passes in a frame, what is one past
// it is refused; or the test that shows so elsewhere.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "proto/sync.pb.h"
#include "sync/ledger/limits.hpp"
#include "sync/session/framing.hpp"

using namespace sitelog;

namespace {

std::string framed(const std::string& body) {
  std::string out(4, '\0');
  for (size_t i = 0; i < 4; ++i) out[i] = static_cast<char>(body.size() >> (24 - 8 * i));
  return out + body;
}

// In a plain frame, made by hand: a writer would not write what is past a limit.
std::string frame_of(const Message& message) {
  return framed(std::string(1, '\0') + encode(message));
}

// Nothing: taken.
std::optional<Reason> refusal_of(const std::string& frame) {
  FrameReader reader;
  reader.add(as_bytes(frame));
  const auto next = reader.next();
  if (!next) return next.refusal().reason;
  REQUIRE(*next);
  return std::nullopt;
}

Batch batch_of(std::vector<std::string> entries) {
  Batch out;
  out.book = "u";
  out.first = {1};
  out.entries = std::move(entries);
  return out;
}

// A batch of entries of that many bytes in all.
Batch batch_of_bytes(size_t bytes) {
  std::vector<std::string> entries(bytes / limits::kEntryBytesMax,
                                   std::string(limits::kEntryBytesMax, 'x'));
  if (bytes % limits::kEntryBytesMax > 0) entries.emplace_back(bytes % limits::kEntryBytesMax, 'x');
  return batch_of(std::move(entries));
}

// By hand too: what is told is cut by its writer.
std::string refuse_of(size_t text_bytes, size_t args) {
  wire::Message out;
  out.mutable_refuse()->set_text(std::string(text_bytes, 't'));
  for (size_t i = 0; i < args; ++i) out.mutable_refuse()->add_args("a");
  return framed(std::string(1, '\0') + out.SerializeAsString());
}

// A message of that many bytes: a Ping with a field of a later version behind it.
std::string message_of_bytes(size_t bytes) {
  const std::string ping = encode(Ping{1});
  const size_t header = 2 + 3;  // tag of field 100, a length of three bytes
  wire::Message parsed;
  std::string out = ping + "\xa2\x06";
  size_t length = bytes - ping.size() - header;
  for (int i = 0; i < 3; ++i, length >>= 7) {
    out += static_cast<char>((length & 0x7f) | (i < 2 ? 0x80 : 0));
  }
  out += std::string(bytes - out.size(), 'x');
  REQUIRE(parsed.ParseFromString(out));
  return out;
}

using FrameOf = std::function<std::string(size_t size)>;
struct Limit {
  size_t most;
  FrameOf frame;  // of something that is limited
};

const std::map<std::string, Limit> kInFrames{
    {"kEntryBytesMax",
     {limits::kEntryBytesMax, [](size_t n) { return frame_of(batch_of({std::string(n, 'x')})); }}},
    {"kBookCodeBytesMax",
     {limits::kBookCodeBytesMax,
      [](size_t n) {
        return frame_of(VectorMessage{std::string(n, 'u'), {}});
      }}},
    {"kBatchEntriesMax",
     {limits::kBatchEntriesMax,
      [](size_t n) { return frame_of(batch_of(std::vector<std::string>(n, "x"))); }}},
    {"kBatchBytesMax",
     {limits::kBatchBytesMax, [](size_t n) { return frame_of(batch_of_bytes(n)); }}},
    {"kSequenceMax",
     {limits::kSequenceMax,
      [](size_t n) {
        Batch batch = batch_of({"x"});
        batch.first = {n};
        return frame_of(batch);
      }}},
    {"kMessageBytesMax",
     {limits::kMessageBytesMax,
      [](size_t n) { return framed(std::string(1, '\0') + message_of_bytes(n)); }}},
    {"kBooksMax",
     {limits::kBooksMax,
      [](size_t n) {
        return frame_of(Hello{1, 1, {}, std::vector<BookDigest>(n, {"u", {}}), ""});
      }}},
    {"kTipsMax",
     {limits::kTipsMax,
      [](size_t n) {
        return frame_of(Receipt{"u", VersionVector(n), {}, {}});
      }}},
    {"kRefusalTextBytesMax",
     {limits::kRefusalTextBytesMax, [](size_t n) { return refuse_of(n, 1); }}},
    {"kRefusalArgsMax", {limits::kRefusalArgsMax, [](size_t n) { return refuse_of(1, n); }}},
    {"kPersonBytesMax",
     {limits::kPersonBytesMax,
      [](size_t n) {
        return frame_of(JoinRequest{"s", {}, std::string(n, 'n'), {}});
      }}},
    {"kSecretBytesMax",
     {limits::kSecretBytesMax,
      [](size_t n) {
        return frame_of(JoinRequest{std::string(n, 's'), {}, "name", {}});
      }}},
    {"kLocatorMax",
     {limits::kLocatorMax,
      [](size_t n) {
        return frame_of(Locate{"u", {}, std::vector<Mark>(n)});
      }}},
};

// Not of what a frame holds: the test that goes up to each of these and past it.
const std::map<std::string, std::string> kElsewhere{
    {"kAssignmentsMax", "tests/unit/ledger/limits_test.cpp"},
    {"kSeenMax", "tests/unit/ledger/limits_test.cpp"},
    {"kNameBytesMax", "tests/unit/ledger/limits_test.cpp"},
    {"kListItemsMax", "tests/unit/ledger/limits_test.cpp"},
    {"kValueDepthMax", "tests/unit/ledger/limits_test.cpp"},
    {"kKeyBytesMax", "tests/unit/merge/judging_rules_test.cpp"},
    {"kRecordEntriesOfChainMax", "tests/unit/merge/judging_rules_test.cpp"},
    {"kRecordBytesOfChainMax", "tests/unit/merge/judging_rules_test.cpp"},
    {"kRecordAssignmentsOfChainMax", "tests/store/record_limits_test.cpp"},
    {"kSignedSpanEntriesMax", "tests/store/streams_test.cpp"},
    {"kSignedSpanBytesMax", "tests/store/streams_test.cpp"},
    {"kTipsListedMax", "tests/unit/ledger/tip_tree_test.cpp"},
    {"kRangesMax", "tests/session/hostile_script_test.cpp"},
    {"kUnacknowledgedBatchesMax", "tests/session/entries_script_test.cpp"},
    {"kRefusalsKeptMax", "tests/session/hostile_script_test.cpp"},
    {"kIdleTimeoutMs", "tests/session/liveness_test.cpp"},
    {"kStalledTimeoutMs", "tests/session/liveness_test.cpp"},
    {"kPingIntervalMs", "tests/session/liveness_test.cpp"},
    {"kAnswerTimeoutMs", "tests/session/liveness_test.cpp"},
    {"kSlowestBytesPerSecond", "tests/session/liveness_test.cpp"},
    {"kHandshakeTimeoutMs", "tests/session/liveness_test.cpp"},
    {"kClockOffsetToleratedMs", "tests/session/lying_peer_test.cpp"},
    {"kHybridAheadMaxMs", "tests/unit/ledger/clock_test.cpp"},
};

std::string read(const std::string& path) {
  std::ifstream file(std::string(SITELOG_SOURCE_DIR) + "/" + path);
  REQUIRE(file);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("what is at a limit passes in a frame, and what is one past it is refused") {
  for (const auto& [name, limit] : kInFrames) {
    CAPTURE(name);
    CHECK(refusal_of(limit.frame(limit.most)) == std::nullopt);
    const auto past = refusal_of(limit.frame(limit.most + 1));
    CHECK((past == Reason::kMalformed || past == Reason::kTooLarge));
  }
}

TEST_CASE("a frame says at its head that it is too long, and nothing of it is waited for") {
  const auto begun = [](size_t length) {
    FrameReader reader;
    reader.add(as_bytes(framed(std::string(length, '\0')).substr(0, 5)));
    return reader.next();
  };
  const auto at_limit = begun(limits::kFrameBytesMax);
  REQUIRE(at_limit);
  CHECK_FALSE(*at_limit);  // the rest may come
  const auto past = begun(limits::kFrameBytesMax + 1);
  REQUIRE_FALSE(past);
  CHECK(past.refusal().reason == Reason::kTooLarge);
}

TEST_CASE("every limit has a test that goes up to it") {
  const std::string header = read("sync/ledger/limits.hpp");
  const std::regex constant(R"(constexpr \w+ (k\w+) =)");
  std::set<std::string> named{"kFrameBytesMax"};  // above
  for (const auto& [name, limit] : kInFrames) named.insert(name);
  for (const auto& [name, test] : kElsewhere) {
    CAPTURE(name, test);
    CHECK(read(test).find("limits::" + name) != std::string::npos);
    named.insert(name);
  }
  for (std::sregex_iterator at(header.begin(), header.end(), constant), end; at != end; ++at) {
    CAPTURE((*at)[1].str());
    CHECK(named.erase((*at)[1].str()) == 1);
  }
  CHECK(named.empty());
}
