#include "sync/session/session.hpp"

#include <algorithm>

namespace sitelog {

Session::Session(SessionConfig config, Replica& replica, DeviceId own, Peer peer)
    : config_(std::move(config)),
      replica_(replica),
      own_(own),
      peer_(std::move(peer)),
      greeting_(replica_, own_, peer_, config_.software) {}

void Session::fail(Refusal refusal) {
  if (ended_) return;
  outbox_.push_back(Refuse{refusal, {}, {}});
  failure_ = std::move(refusal);
  ended_ = true;
}

void Session::fail_out_of_order() {
  fail(malformed_message("out of order"));
}

void Session::fail_wrong_unit(const BookCode& book) {
  fail({Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {book}});
}

void Session::finish(const std::string& reason) {
  if (ended_) return;
  outbox_.push_back(Goodbye{reason});
  ended_ = true;
}

std::vector<Message> Session::take_outbox() {
  if (!outbox_.empty()) awaiting_ = true;
  return std::exchange(outbox_, {});
}

std::vector<BookCode> Session::books() const {
  std::vector<BookCode> out;
  for (const auto& [code, entries] : books_) out.push_back(code);
  return out;
}

std::vector<Refusal> Session::refused() const {
  std::vector<Refusal> out;
  if (greeting_.agreement_refused()) out.push_back(*greeting_.agreement_refused());
  for (const auto& [code, entries] : books_) entries.add_refused(out);
  return out;
}

BookEntries* Session::book(const BookCode& code) {
  const auto at = books_.find(code);
  return at != books_.end() ? &at->second : nullptr;
}

BookEntries& Session::take_up(const BookCode& book) {
  BookEntries& out =
      books_.try_emplace(book, book, replica_, peer_, outbox_, counts_).first->second;
  if (hidden_) out.hide();
  return out;
}

void Session::start(const ClockReading& now) {
  if (config_.start == Start::kAnswers) return;
  if (config_.start == Start::kOpens) {
    auto hello = greeting_.open(now);
    if (hello) {
      outbox_.push_back(std::move(*hello));
    } else {
      failure_ = hello.refusal();
      ended_ = true;
    }
    return;
  }
  const auto scope = replica_.scope(peer_);
  if (!scope) return fail(scope.refusal());
  hidden_ = replica_.refuse_reading(peer_).has_value();
  for (const BookCode& code : *scope) take_up(code).say_vector();
  established_ = true;
}

void Session::receive(const Message& message, const ClockReading& now) {
  if (ended_) return;
  if (std::exchange(awaiting_, false)) ++counts_.exchanges;
  if (const auto* hello = std::get_if<Hello>(&message)) return on(*hello, now);
  if (const auto* welcome = std::get_if<Welcome>(&message)) return on(*welcome, now);
  if (const auto* refuse = std::get_if<Refuse>(&message)) return on(*refuse);
  if (std::holds_alternative<Goodbye>(message)) {
    ended_ = true;
    return;
  }
  if (!established_) return fail_out_of_order();
  if (const auto* vector = std::get_if<VectorMessage>(&message)) return on(*vector, now);
  if (const auto* batch = std::get_if<Batch>(&message)) return on(*batch, now);
  if (const auto* ping = std::get_if<Ping>(&message)) {
    outbox_.push_back(Pong{ping->nonce});
    return;
  }
  if (std::holds_alternative<Pong>(message)) return;
  std::visit(
      [this](const auto& body) {
        if constexpr (requires { this->on(body); }) {
          on(body);
        } else {
          fail_out_of_order();
        }
      },
      message);
}

void Session::establish(const std::vector<GreetedBook>& books, Instant wall) {
  established_ = true;
  for (const GreetedBook& greeted : books) {
    BookEntries& entries = take_up(greeted.book);
    if (greeted.equal) {
      entries.agree(*greeted.equal);
    } else if (config_.start == Start::kOpens) {
      entries.say_vector();
    } else {
      entries.note_vector_said();
    }
    if (!greeted.peer_holds) continue;
    if (const auto learned = entries.learn(*greeted.peer_holds, wall); !learned) {
      return fail(learned.refusal());
    }
  }
}

void Session::on(const Hello& hello, const ClockReading& now) {
  if (config_.start != Start::kAnswers || established_) return fail_out_of_order();
  auto answer = greeting_.answer(hello, now);
  if (!answer) return fail(answer.refusal());
  outbox_.push_back(std::move(answer->welcome));
  hidden_ = answer->hidden;
  establish(answer->books, now.wall);
}

void Session::on(const Welcome& welcome, const ClockReading& now) {
  if (config_.start != Start::kOpens || !greeting_.waits_for_welcome()) {
    return fail_out_of_order();
  }
  const auto books = greeting_.conclude(welcome);
  if (!books) return fail(books.refusal());
  establish(*books, welcome.wall.value_or(now.wall));
  replica_.contact(peer_, now, greeting_.true_wall(welcome, now));
}

void Session::on(const Refuse& refuse) {
  if (refuse.book.empty()) {
    failure_ = refuse.refusal;
    ended_ = true;
    return;
  }
  if (BookEntries* entries = book(refuse.book)) entries->take(refuse);
}

void Session::on(const VectorMessage& vector, const ClockReading& now) {
  BookEntries* entries = book(vector.book);
  if (entries == nullptr) return fail_wrong_unit(vector.book);
  if (const auto learned = entries->learn(vector, now.wall); !learned) fail(learned.refusal());
}

void Session::on(const Batch& batch, const ClockReading& now) {
  BookEntries* entries = book(batch.book);
  if (entries == nullptr) return fail_wrong_unit(batch.book);
  entries->take(batch, now);
}

void Session::on(const Receipt& receipt) {
  BookEntries* entries = book(receipt.book);
  if (entries == nullptr) return;
  if (const auto taken = entries->take(receipt); !taken) fail(taken.refusal());
}

void Session::on(const Locate& locate) {
  if (BookEntries* entries = book(locate.book)) entries->take(locate);
}

void Session::on(const Located& located) {
  BookEntries* entries = book(located.book);
  if (entries == nullptr) return;
  if (const auto taken = entries->take(located); !taken) fail(taken.refusal());
}

void Session::on(const CaughtUp& caught_up) {
  for (const BookDigest& item : caught_up.books) {
    if (BookEntries* entries = book(item.book)) entries->take_word(item.digest);
  }
}

void Session::say_caught_up() {
  CaughtUp word;
  for (auto& [code, entries] : books_) {
    if (const auto digest = entries.word()) word.books.push_back({code, *digest});
  }
  if (!word.books.empty()) outbox_.push_back(std::move(word));
}

void Session::settle(const ClockReading& now) {
  if (ended_ || !established_) return;
  for (auto& [code, entries] : books_) entries.acknowledge(now.wall);
  auto unread = replica_.refuse_reading(peer_);  // sees a grant that has just come
  // Revoked meanwhile: nothing more goes out to it, the revocation itself not either, so that what
  // its people go on recording still shows there.
  if (auto scope = replica_.scope(peer_); !scope) return fail(scope.refusal());
  if (!show_or_hide(std::move(unread))) return;
  const bool passes_on = config_.start != Start::kOpens && own_ != replica_.authority();
  size_t in_flight = 0;
  for (const auto& [code, entries] : books_) in_flight += entries.in_flight();
  for (auto& [code, entries] : books_) {
    in_flight -= entries.in_flight();
    entries.send_missing(config_.window - std::min(config_.window, in_flight));
    in_flight += entries.in_flight();
    if (passes_on) entries.pass_on_receipts();
  }
  // What there is for the peer is on its way; with what it brings it has to come again.
  for (auto& [code, entries] : books_) {
    if (entries.no_room()) return fail(*entries.no_room());
  }
  say_caught_up();
}

bool Session::at_rest() const {
  return established_ && std::all_of(books_.begin(), books_.end(),
                                     [](const auto& item) { return item.second.at_rest(); });
}

// Whether the session goes on. Who may not read brings what it has, its own and headquarters' words
// that were lost here; among these may be the one that lets it read.
bool Session::show_or_hide(std::optional<Refusal> refusal) {
  if (refusal.has_value() != hidden_) {
    hidden_ = refusal.has_value();
    for (auto& [code, entries] : books_) hidden_ ? entries.hide() : entries.show();
  }
  if (hidden_ && std::all_of(books_.begin(), books_.end(),
                             [](auto& item) { return item.second.has_taken_all(); })) {
    fail(*std::move(refusal));
  }
  return !ended_;
}

bool Session::waits() const {
  if (ended_ || !established_) return false;  // greeting each other has its own time
  if (!at_rest()) return true;
  // Whoever opened goes on until both hold the same, or it knows why they can't.
  return config_.start == Start::kOpens && !caught_up() && refused().empty();
}

bool Session::caught_up() const {
  return at_rest() && std::all_of(books_.begin(), books_.end(),
                                  [](const auto& item) { return item.second.caught_up(); });
}

}  // namespace sitelog
