#include "http/request.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "campaign/text.hpp"
#include "http/limits.hpp"

namespace sitelog {

namespace http = boost::beast::http;

namespace {

Refusal malformed(const char* text, std::vector<std::string> args = {}) {
  return {Reason::kMalformed, text, std::move(args)};
}

BadRequest bad_from(const boost::system::error_code& error) {
  if (error == http::error::header_limit) {
    return {431, {Reason::kTooLarge, N_("the request's head is too large"), {}}};
  }
  if (error == http::error::body_limit) {
    return {413, {Reason::kTooLarge, N_("the request's body is too large"), {}}};
  }
  return {400, malformed(N_("this is not a request as HTTP/1.1 has them ({})"), {error.message()})};
}

// A body that takes memory as its bytes come, whatever length was announced: never more than twice
// what came, nor than the whole may have.
struct GrowingBody {
  struct value_type {
    std::string bytes;
    size_t most = 0;  // that it may come to
  };
  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<uint64_t>&, boost::system::error_code& error) { error = {}; }
    template <class Buffers>
    size_t put(const Buffers& buffers, boost::system::error_code& error) {
      error = {};
      size_t taken = 0;
      for (const auto& buffer : boost::beast::buffers_range_ref(buffers)) {
        add({static_cast<const char*>(buffer.data()), buffer.size()});
        taken += buffer.size();
      }
      return taken;
    }
    void finish(boost::system::error_code& error) { error = {}; }

   private:
    void add(std::string_view more) {
      const size_t needed = body_.bytes.size() + more.size();
      if (needed > body_.bytes.capacity()) {
        const size_t room = std::max(limits::kOpenBodyBytesMax, 2 * body_.bytes.capacity());
        std::string grown;  // a string that grows by itself takes twice what it is asked to
        grown.reserve(std::max(needed, std::min(room, body_.most)));
        grown += body_.bytes;
        body_.bytes = std::move(grown);
      }
      body_.bytes += more;
    }
    value_type& body_;
  };
};

Refusal no_address(std::string_view given) {
  const bool plain = std::all_of(given.begin(), given.end(), [](char c) { return c > ' '; });
  if (plain) return malformed(N_("this is not an address of this page"));
  // As somebody typed it.
  return malformed(
      N_("what an address says besides letters, digits and a few signs stands in it "
         "by its bytes, as %E8%A5%BF for 西 (curl: -G --data-urlencode NAME=VALUE)"));
}
Refusal no_text() {
  return malformed(N_("this is not text in UTF-8"));
}

Result<std::vector<std::pair<std::string, std::string>>> query_of(std::string_view target) {
  const auto parsed = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!parsed) return no_address(target);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& param : parsed->params()) {
    out.emplace_back(std::string(param.key.data(), param.key.size()),
                     std::string(param.value.data(), param.value.size()));
    if (out.size() > limits::kHeadFieldsLooked) return no_address(target);
    if (!is_utf8(out.back().first) || !is_utf8(out.back().second)) return no_text();
  }
  return out;
}

}  // namespace

std::string small_letters(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view trimmed_blanks(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::vector<Weighted> weighted_in(std::string_view list) {
  std::vector<Weighted> out;
  while (!list.empty() && out.size() < limits::kPreferencesLooked) {
    const size_t end = std::min(list.find(','), list.size());
    const std::string_view text = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const size_t semicolon = text.find(';');
    int weight = 1000;
    if (semicolon != text.npos) {
      const std::string_view rest = trimmed_blanks(text.substr(semicolon + 1));
      double q = -1;
      if (rest.starts_with("q=")) std::from_chars(rest.data() + 2, rest.data() + rest.size(), q);
      weight = q >= 0 && q <= 1 ? static_cast<int>(q * 1000) : 0;
    }
    out.push_back({trimmed_blanks(text.substr(0, semicolon)), weight});
  }
  return out;
}

std::string_view RequestHead::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

std::string media_type(const RequestHead& head) {
  const std::string_view type = head.field("content-type");
  return small_letters(trimmed_blanks(type.substr(0, type.find(';'))));
}

size_t RequestHead::count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(
      fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; }));
}

std::string_view RequestHead::cookie(std::string_view name) const {
  std::string_view found;
  for (const auto& [key, value] : fields) {
    if (key != "cookie") continue;
    for (std::string_view rest = value; !rest.empty();) {
      const size_t end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      if (!pair.starts_with(name) || !pair.substr(name.size()).starts_with('=')) continue;
      if (!found.empty()) return {};
      found = pair.substr(name.size() + 1);
    }
  }
  return found;
}

Result<Target> parse_target(std::string_view text) {
  const std::string_view path = text.substr(0, text.find('?'));
  const auto parsed = boost::urls::parse_origin_form({path.data(), path.size()});
  if (!parsed) return no_address(path);
  Target out;
  const auto plain = parsed->path();
  out.path.assign(plain.data(), plain.size());
  if (!is_utf8(out.path)) return no_text();
  auto query = query_of(text);
  if (query) {
    out.query = *std::move(query);
  } else {
    out.bad_query = query.refusal();
  }
  return out;
}

struct RequestReader::Impl {
  using Parser = http::request_parser<GrowingBody>;

  std::string waiting;  // arrived, and not read yet
  std::optional<Parser> parser;
  RequestHead head;
  bool body_taken = false;
  State state = State::kHead;
  BadRequest bad;

  void begin() {
    parser.emplace();
    parser->header_limit(limits::kHeadBytesMax);
    parser->body_limit(boost::none);  // none of it is read before take_body
    head = {};
    body_taken = false;
    state = State::kHead;
  }

  void refuse(BadRequest why) {
    state = State::kBad;
    bad = std::move(why);
  }

  void read_head() {
    const auto& message = parser->get();
    if (message.version() != 11 && message.version() != 10) {
      return refuse({505, malformed(N_("only HTTP/1.1 is spoken here"))});
    }
    head.method = std::string(message.method_string());
    auto target = parse_target({message.target().data(), message.target().size()});
    if (!target) return refuse({400, target.refusal()});
    head.path = std::move(target->path);
    head.query = std::move(target->query);
    head.bad_query = std::move(target->bad_query);
    for (const auto& field : message) {
      head.fields.emplace_back(
          small_letters({field.name_string().data(), field.name_string().size()}),
          std::string(field.value()));
      if (head.fields.size() > limits::kHeadFieldsLooked) {
        return refuse({431, {Reason::kTooLarge, N_("the request's head is too large"), {}}});
      }
    }
    if (head.count("host") != 1) {
      return refuse({400, malformed(N_("a request names one host (the field Host)"))});
    }
    if (head.count("transfer-encoding") > 0) {
      // Another coding says nothing of where the body ends (RFC 9112, 6.1 and 6.3).
      if (message.version() == 10 || head.count("transfer-encoding") > 1 ||
          small_letters(trimmed_blanks(head.field("transfer-encoding"))) != "chunked") {
        return refuse({501, malformed(N_("of transfer codings only “chunked” is taken"))});
      }
    }
    head.keep_alive = message.keep_alive();
    head.expects_continue = small_letters(head.field("expect")) == "100-continue";
    head.has_body = !parser->is_done();
    if (const auto length = parser->content_length()) head.body_bytes = *length;
    state = State::kBody;
  }

  // Reads what arrived, behind what waited already; what can't be read yet waits.
  void take(std::string_view more) {
    if (waiting.empty()) {
      more.remove_prefix(read(more));
      waiting = more;
    } else {
      waiting += more;
      keep_from(read(waiting));
    }
  }

  void keep_from(size_t read) {
    if (read == waiting.size()) {
      waiting = std::string();  // with the room that it took
    } else {
      waiting.erase(0, read);
    }
  }

  // As far as it goes; how many bytes that are.
  size_t read(std::string_view bytes) {
    const size_t all = bytes.size();
    while (state == State::kHead || (state == State::kBody && body_taken)) {
      if (state == State::kBody && parser->is_done()) {
        state = State::kDone;
        break;
      }
      boost::system::error_code error;
      const size_t read = parser->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
      bytes.remove_prefix(read);
      if (error == http::error::need_more) {
        // Neither a head's line nor what stands round a chunk goes on for ever.
        if (bytes.size() > limits::kHeadBytesMax) refuse(bad_from(http::error::header_limit));
        break;
      }
      if (error) {
        refuse(bad_from(error));
      } else if (state == State::kHead && parser->is_header_done()) {
        read_head();
      } else if (read == 0 && !parser->is_done()) {
        break;
      }
    }
    return all - bytes.size();
  }
};

RequestReader::RequestReader() : impl_(std::make_unique<Impl>()) {
  impl_->begin();
}
RequestReader::~RequestReader() = default;

void RequestReader::add(std::string_view bytes) {
  impl_->take(bytes);
}

RequestReader::State RequestReader::state() const {
  return impl_->state;
}
const RequestHead& RequestReader::head() const {
  return impl_->head;
}
const BadRequest& RequestReader::bad() const {
  return impl_->bad;
}

void RequestReader::take_body(size_t bytes_max) {
  SITELOG_ASSERT(impl_->state == State::kBody);
  impl_->body_taken = true;
  if (impl_->head.body_bytes && *impl_->head.body_bytes > bytes_max) {
    return impl_->refuse(bad_from(http::error::body_limit));
  }
  impl_->parser->body_limit(bytes_max);
  impl_->parser->eager(true);
  impl_->parser->get().body().most =
      static_cast<size_t>(impl_->head.body_bytes.value_or(bytes_max));
  impl_->keep_from(impl_->read(impl_->waiting));
}

size_t RequestReader::body_come() const {
  return impl_->parser->get().body().bytes.size();
}
size_t RequestReader::body_held() const {
  const std::string& bytes = impl_->parser->get().body().bytes;
  return bytes.empty() ? 0 : bytes.capacity();
}

std::string RequestReader::body() {
  SITELOG_ASSERT(impl_->state == State::kDone);
  return std::move(impl_->parser->get().body().bytes);
}

bool RequestReader::idle() const {
  return impl_->state == State::kHead && impl_->waiting.empty() && !impl_->parser->got_some();
}

void RequestReader::next() {
  SITELOG_ASSERT(impl_->state == State::kDone);
  impl_->begin();
  impl_->keep_from(impl_->read(impl_->waiting));
}

}  // namespace sitelog
