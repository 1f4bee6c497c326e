// An invitation, as a code or as a file.
#include "sync/link/invitation.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(invitations) {
  const auto invitation = parse_invitation(as_text(input));
  if (!invitation) {
    check_refusal(invitation.refusal(), input.size());
    return;
  }
  const std::string code = invitation->code.to_text();
  const auto typed = InvitationCode::parse(code);
  MUST(typed && *typed == invitation->code);
  // What the file says is what any other file made of it says.
  const std::string file = to_file(*invitation);
  const auto again = parse_invitation(file);
  MUST(again && *again == *invitation);
  MUST(to_file(*again) == file);
  // One wrong character is found, but for one in 32,768.
  std::string mistyped = code;
  mistyped[input.size() % 5] = mistyped[input.size() % 5] == '2' ? '3' : '2';
  const auto other = InvitationCode::parse(mistyped);
  MUST(!other || !(*other == invitation->code));
}
