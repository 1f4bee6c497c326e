#include "tests/simulation/checks.hpp"

#include "sync/store/queries.hpp"
#include "tests/simulation/dice.hpp"

namespace sitelog::simulation {

namespace {

void require(bool holds, const std::string& what) {
  if (!holds) throw Broken(what);
}

// The lines that only one of two has.
std::string difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::string out;
  const auto only = [&](const auto& in, const auto& other, const char* sign) {
    const std::set<std::string> there(other.begin(), other.end());
    for (const auto& line : in) {
      if (!there.contains(line)) out += std::string("\n    ") + sign + " " + line;
    }
  };
  only(a, b, "site");
  only(b, a, "headquarters");
  return out;
}

}  // namespace

std::string who(TestDevice& device) {
  return device.is_headquarters() ? "headquarters"
                                  : device.unit() + "/" + device.id().hex().substr(0, 6);
}

std::set<std::string> entries_of(TestDevice& device) {
  std::set<std::string> out;
  Statement rows(device.store().database(),
                 "SELECT code || ' ' || lower(hex(name)) FROM entries"
                 " JOIN streams ON stream_id = entry_id >> 40 JOIN books USING (book_id)");
  while (rows.step()) out.insert(rows.text(0));
  return out;
}

void check_durable(Database& file, const Receipt& receipt) {
  Statement find(
      file,
      "SELECT count(*) FROM books JOIN streams USING (book_id)"
      " JOIN entries ON entry_id = (stream_id << 40) + ?2 WHERE code = ?1 AND name = ?3");
  for (const Tip& tip : receipt.tips) {
    find.with(receipt.book, tip.number.value, name_of(tip.head));
    require(find.number_or(0) == 1, "entry " + std::to_string(tip.number.value) + " of " +
                                        to_text(receipt.book, tip.stream) +
                                        " was acknowledged and is not in the file");
  }
}

void check_signed(const Receipt& receipt, const PublicKey& headquarters) {
  require(verify_signature(headquarters, as_bytes(receipt_message(receipt)), receipt.signature),
          "a receipt is passed on that headquarters did not sign");
}

size_t check_passed_on(TestDevice& site, TestDevice& hub) {
  const DeviceId headquarters = device_of(site.headquarters());
  Statement contact(site.store().database(), "SELECT contact_ms FROM peers WHERE device = ?1");
  const int64_t met_ms = contact.with(headquarters).number_or(INT64_MIN);
  Statement held(site.store().database(),
                 "SELECT a.number FROM entries JOIN acknowledgements AS a"
                 " ON a.stream_id = entry_id >> 40 WHERE name = ?1 AND a.device = ?2");
  size_t out = 0;
  for (const Receipt& receipt : hub.store().receipts(site.unit(), site.id())) {
    if (receipt.wall.ms <= met_ms) continue;
    for (const Tip& tip : receipt.tips) {
      if (tip.stream.device != site.id()) continue;
      ++out;
      held.with(name_of(tip.head), headquarters);
      require(held.number_or(0) >= static_cast<int64_t>(tip.number.value),
              who(site) + " does not take for held what headquarters acknowledged to its hub");
    }
  }
  return out;
}

void check_held(TestDevice& site, TestDevice& headquarters) {
  Statement held(site.store().database(),
                 "SELECT code, name FROM acknowledgements AS a JOIN streams USING (stream_id)"
                 " JOIN books USING (book_id)"
                 " JOIN entries ON entry_id = (stream_id << 40) + a.number WHERE a.device = ?1");
  Statement find(headquarters.store().database(),
                 "SELECT count(*) FROM entries JOIN streams ON stream_id = entry_id >> 40"
                 " JOIN books USING (book_id) WHERE name = ?2 AND code = ?1");
  held.with(headquarters.id());
  while (held.step()) {
    find.with(held.text(0), held.fixed<EntryName>(1));
    require(find.number_or(0) == 1, who(site) + " takes an entry of " + held.text(0) +
                                        " for held that headquarters does not hold");
  }
}

void check_scope_of(const Message& message, const TestDevice& to) {
  if (to.is_headquarters()) return;
  const auto look = [&](const BookCode& book) {
    require(book.empty() || book == kRootBook || book == to.unit(),
            "something of the book " + book + " leaves for a device of " + to.unit());
  };
  std::visit(
      [&](const auto& body) {
        if constexpr (requires { body.book; }) look(body.book);
        if constexpr (requires { body.books; }) {
          for (const auto& item : body.books) look(item.book);
        }
      },
      message);
}

void check_word_of(Connection& connection) {
  if (!connection.quiet() || !connection.caught_up()) return;
  TestDevice& site = connection.device(Connection::kSite);
  TestDevice& upstream = connection.device(Connection::kUpstream);
  for (const BookCode& book : connection.session(Connection::kSite).books()) {
    require(site.book_digest(book) == upstream.book_digest(book),
            who(site) + " and " + who(upstream) + " say that they hold the same of " + book +
                ", and don't");
  }
}

void check_own_stream(TestDevice& device, const Written& written) {
  Statement find(device.store().database(),
                 "SELECT count(*), max(last), max(stream_id) FROM streams"
                 " JOIN devices USING (device_id)"
                 " JOIN books USING (book_id) WHERE code = ?1 AND device = ?2 AND epoch = ?3");
  find.with(written.book, device.id(), written.stream.epoch.value);
  require(find.step() && find.number(0) == 1,
          who(device) + " writes in a stream of " + written.book + " that it knows to be forked");
  // Behind it, in the same transaction, headquarters may have said something of devices' clocks.
  Statement behind(device.store().database(),
                   "SELECT count(*) FROM entries LEFT JOIN records USING (record_id)"
                   " WHERE entry_id >> 40 = ?1 AND entry_id & 0xffffffffff > ?2"
                   " AND form IS NOT 'grant'");
  behind.with(find.number(2), static_cast<int64_t>(written.number.value));
  const bool words = device.is_headquarters() && behind.number_or(-1) == 0;
  require(words || find.number(1) == static_cast<int64_t>(written.number.value),
          who(device) + " does not write at the end of its stream of " + written.book);
}

void check_scope(TestDevice& device) {
  if (device.is_headquarters()) return;
  for (const BookCode& book : device.store().books()) {
    require(book == device.unit() || book == kRootBook, who(device) + " holds the book " + book);
  }
  const auto strange = device.count(
      "SELECT count(*) FROM entries WHERE entry_id >> 40 NOT IN (SELECT stream_id FROM streams"
      " JOIN books USING (book_id) WHERE code IN ('" +
      std::string(kRootBook) + "', '" + device.unit() + "'))");
  require(strange == 0, who(device) + " holds entries outside its scope");
}

void check_sound(TestDevice& device) {
  const auto twice = device.count("SELECT count(*) - count(DISTINCT name) FROM entries");
  require(twice == 0, who(device) + " holds " + std::to_string(twice) + " entries twice");
  const std::string found = device.verified();
  require(found.empty(), "verify_store at " + who(device) + ":\n" + found);
}

void check_equal(TestDevice& site, TestDevice& headquarters, const BookCode& book) {
  const std::string where = " of " + book + " at " + who(site) + " and headquarters differ";
  const auto names = entry_names(site, book), wanted = entry_names(headquarters, book);
  require(names == wanted, "the entries" + where + difference(names, wanted));
  const auto shown = shown_of(site, book), expected = shown_of(headquarters, book);
  require(shown == expected,
          "the records, conflicts, quarantine and tallies" + where + difference(shown, expected));
  require(site.book_digest(book) == headquarters.book_digest(book), "the book digests" + where);
  require(site.state_digest(book) == headquarters.state_digest(book), "the state digests" + where);
}

void check_held_alike(TestDevice& site, TestDevice& headquarters, const BookCode& book) {
  const std::string where = " of " + book + " at " + who(site) + " and headquarters";
  const auto names = entry_names(site, book), wanted = entry_names(headquarters, book);
  require(names == wanted, "the entries" + where + " differ" + difference(names, wanted));
  require(site.book_digest(book) == headquarters.book_digest(book), "the book digests" + where);
  require(site.state_digest(book) != headquarters.state_digest(book),
          "the state digests" + where + " are equal, by different rules");
}

void check_all_held(TestDevice& site) {
  for (const BookStatus& status :
       site.store().queries().status(site.id(), device_of(site.headquarters()))) {
    require(status.held == status.own, who(site) + " says that " + std::to_string(status.held) +
                                           " of its " + std::to_string(status.own) +
                                           " entries in " + status.unit + " are held");
  }
}

}  // namespace sitelog::simulation
