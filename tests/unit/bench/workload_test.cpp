#include "bench/workload.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "sync/ledger/ids.hpp"

using namespace sitelog;
using namespace sitelog::bench;

namespace {

std::string sha256(const std::string& bytes) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> out{};
  SHA256(as_bytes(bytes).data(), bytes.size(), out.data());
  return to_hex(out);
}

}  // namespace

TEST_CASE("The workload is the same bytes for the same seed, in each format") {
  const auto base = make_base(1000);
  CHECK(sha256(encode(base, Format::kJson)) ==
        "15568883f75486b2207d3ab3dccf3c19bd912586ee462b0f5899ae8342503ada");
  CHECK(sha256(encode(base, Format::kTsv)) ==
        "a13c58d6ad17f687fb04627bf1450fcdd48d1def61ac6199d568267deed025b7");
  CHECK(sha256(encode(base, Format::kBinary)) ==
        "da1c1b9175b65915fd22133f51827d5528f16a07ee5f64cbfc6f8e2fe41c68ac");
}

TEST_CASE("Edits of the workload follow from the seed") {
  const auto base = make_base(3000, 25, 7);
  CHECK(sha256(encode(base, Format::kJson)) ==
        "4318b7fd664f72e751b6985d6f6b5b103371e679f615be06e3b54e84b2fdc966");
  CHECK(sha256(encode(base, Format::kTsv)) ==
        "2b4762e172c47c66821eaaf16fbb260e339aa83590ae4d4a68244b6c4eda553d");
  CHECK(sha256(encode(base, Format::kBinary)) ==
        "eabcd60150fe81ddf6d2799a9fec3f5adce05eebf3586595a0295a61547f90f7");
}

TEST_CASE("What is new on top of a workload follows from the seed") {
  const auto delta = make_delta(1000, 100, 100);
  REQUIRE(delta.size() == 200);
  CHECK(sha256(encode(delta, Format::kJson)) ==
        "a0866afe9d7585ac48c361e03a4b1a3cf511076eee8b31ab353aaee6b2a86c4b");
  CHECK(sha256(encode(delta, Format::kTsv)) ==
        "6d7c44292834ab12498c86ce471c887e6b97e3c047d3d773a1e715d859188e46");
  CHECK(sha256(encode(delta, Format::kBinary)) ==
        "905b7cfa474bbee419b4aab359113f0ebf8ef3112f630381df26abdea19029f7");
}

TEST_CASE("A record of the workload is of one of the 28 units and about 1.35 KB as JSON") {
  size_t bytes = 0;
  const auto base = make_base(1000);
  for (const Change& change : base) {
    const auto& units = workload_units();
    CHECK(std::count(units.begin(), units.end(), std::get<Put>(change)[kUnit]) == 1);
    bytes += to_json_line(change).size();
  }
  CHECK(workload_units().size() == 28);
  CHECK(bytes / base.size() > 1250);
  CHECK(bytes / base.size() < 1450);
}
