#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/headquarters_id.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// A one-time code, as read out, typed or scanned: a secret that headquarters gave away once, and
// the beginning of its authority's fingerprint, so that a device knows headquarters before it
// trusts it. As text 35 characters of Crockford's base32 in groups of five: 64 bits of secret, 96
// of fingerprint, 15 of checksum.
struct InvitationCode {
  std::array<uint8_t, 8> secret{};
  std::array<uint8_t, 12> authority{};

  // A new code with a random secret.
  static InvitationCode create(const Hash& authority_fingerprint);
  // Forgives small letters, spaces, other or missing dashes, O for 0, I and L for 1. Refuses
  // (kInvalidValue) what is too short or long, and tells a typing error by the checksum.
  static Result<InvitationCode> parse(std::string_view text);

  std::string to_text() const;  // "7WT3C-…"
  std::string secret_bytes() const { return {secret.begin(), secret.end()}; }
  bool operator==(const InvitationCode&) const = default;
};

// What headquarters keeps of a code: enough to know it again, not enough to use it.
Hash invitation_secret_hash(std::string_view secret);

// What a joining device signs with its new key, to show to this headquarters that it holds it: of
// no use at any other, however its own invitation came about.
std::string join_proof_message(const HeadquartersId& headquarters, std::string_view secret);

// What is handed to a site: as the code alone, or as a small file with all that spares typing.
struct Invitation {
  InvitationCode code;
  std::string headquarters_name;
  BookCode unit;
  std::string unit_name;
  std::vector<std::string> addresses;  // "HOST:PORT", to be tried in this order
  std::optional<Instant> expires;  // headquarters decides; shown only, a site's clock may be off

  bool operator==(const Invitation&) const = default;
};

// The file: JSON with "sitelog_invitation": 1.
std::string to_file(const Invitation& invitation);
// Reads either, the file or the code alone. Refuses kInvalidFile, kTooLarge (past 16 KiB), and
// kInvalidValue as InvitationCode::parse.
Result<Invitation> parse_invitation(std::string_view text);

}  // namespace sitelog
