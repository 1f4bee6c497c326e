// Writes the inputs that the corpora began with, from the real encoders: fuzz_make_corpus FOLDER.
// The same files every time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "campaign/campaign_catalogue.hpp"
#include "sync/link/certificate.hpp"
#include "sync/link/invitation.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/document.hpp"
#include "sync/session/entry_columns.hpp"
#include "sync/session/framing.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/workbook_file.hpp"

namespace fs = std::filesystem;
using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

class Corpora {
 public:
  explicit Corpora(fs::path folder) : folder_(std::move(folder)) {}

  void add(const std::string& target, const std::string& name, std::string_view bytes) const {
    fs::create_directories(folder_ / target);
    std::ofstream file(folder_ / target / name, std::ios::binary);
    file << bytes;
    MUST(file.good());
  }

 private:
  fs::path folder_;
};

std::string content_of(const std::string& path) {
  std::ifstream file(SITELOG_SOURCE_DIR "/" + path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  MUST(!out.str().empty());
  return out.str();
}

std::vector<std::string> encoded_entries() {
  std::vector<std::string> out;
  for (const Entry& entry : sample_entries()) out.push_back(*encode(entry));
  return out;
}

struct Named {
  const char* name;
  Message message;
};

std::vector<Named> sample_messages() {
  const SigningKey site = key_of(3);
  const BookCode book = "u1";
  const StreamKey stream{site.device(), {0x0123456789abcdef}};
  Batch batch{book, stream, site.public_key(), {1}, {}, encoded_entries(), {}, {}};
  Hash head = chain_start(book, stream);
  for (const auto& entry : batch.entries) head = chain_next(head, as_bytes(entry));
  const Tip tip{stream, batch.last(), head};
  batch.signature = sign_head(site, book, tip);
  Batch later = batch;
  later.first = {9};
  later.previous = name_of(head);
  later.entries.resize(1);
  Batch erased = batch;
  erased.erased[2] = erased.entry_digest(2);
  erased.entries[2].clear();
  const Hash digest = digest_of(book, {tip});
  const HeadquartersId headquarters = headquarters_id(key_of(7).public_key(), {});
  Receipt receipt{book, {tip}, {1'600'000'000'000}, {}, headquarters};
  receipt.signature = key_of(7).sign(as_bytes(receipt_message(receipt)));
  const std::string secret = "8 bytes.";
  return {
      {"hello", Hello{2, 2, site.device(), {{"root", digest}, {book, digest}}, "sitelog 0.1"}},
      {"welcome", Welcome{2,
                          key_of(4).device(),
                          {1'600'000'000'000},
                          {{"root", digest, false, {}}, {book, digest, true, {tip, tip}}},
                          "sitelogd 0.1"}},
      {"refuse", Refuse{{Reason::kBadSignature, "entries {} to {}", {"1", "7"}}, book, tip}},
      {"refuse-all", Refuse{{Reason::kVersion, "install", {}}, {}, {}}},
      {"vector", VectorMessage{book, {tip}}},
      {"vector-parts", VectorMessage{book, {}, {}, std::vector<Hash>(TipRange::kParts, digest)}},
      {"vector-range", VectorMessage{book, {}, TipRange{}.part(5).part(63), {}}},
      {"entries", batch},
      {"entries-later", later},
      {"entries-erased", erased},
      {"acknowledge", receipt},
      {"locate", Locate{book, tip, {mark_of(tip), {{3}, name_of(digest)}}}},
      {"located", Located{book, tip, {{0}, {}}}},
      {"caught-up", CaughtUp{{{book, digest}}}},
      {"ping", Ping{-3}},
      {"pong", Pong{5'000}},
      {"goodbye", Goodbye{"done"}},
      {"join-request", JoinRequest{secret, site.public_key(), "八矿",
                                   site.sign(as_bytes(join_proof_message(headquarters, secret)))}},
      {"join-reply", JoinReply{Certificate::parse(kSiteCertificate)->der(),
                               Certificate::parse(kAuthorityCertificate)->der(),
                               key_of(4).public_key(), "总工会", "shenma-mine-8"}}};
}

void make_messages(const Corpora& corpora) {
  FrameWriter writer;
  std::string all(1, '\x05');
  Recipe packed;
  size_t how = 0;
  for (const auto& [name, message] : sample_messages()) {
    corpora.add("messages", name, encode(message));
    corpora.add("frames", name, "\x02" + writer.frame(message));
    corpora.add("packed_frames", name, Recipe().byte(how % 4).sized(encode(message)).bytes());
    packed.byte(++how % 4).sized(encode(message));
    all += writer.frame(message);
  }
  corpora.add("frames", "all", all);
  corpora.add("packed_frames", "all", packed.bytes());
  corpora.add("packed_frames", "bomb", Recipe().byte(4).sized("x").bytes());
  Receipt receipt{"u1", {{{key_of(3).device(), {1}}, {7}, {}}}, {1'600'000'000'000}, {}};
  const std::string first = encode(Message(receipt));
  receipt.tips.front().number = {8};
  const std::string second = encode(Message(receipt));
  corpora.add("receipts", "same", Recipe().sized(first).rest(first).bytes());
  corpora.add("receipts", "other", Recipe().sized(first).rest(second).bytes());
}

void make_entries(const Corpora& corpora) {
  size_t number = 0;
  for (const auto& bytes : encoded_entries()) {
    const std::string name = sample_entries()[number].form + "-" + std::to_string(number);
    corpora.add("entries", name, bytes);
    corpora.add("merging", name, Recipe().byte(number).sized(bytes).bytes());
    ++number;
  }
  // One record written by three, who saw each other or not: first bytes 1, 3, 5 … name the earlier.
  Recipe conflict, settled;
  std::vector<Entry> entries(4, sample_entries().front());
  const auto seen = [](uint8_t index) {
    EntryName out;
    out.bytes[0] = static_cast<uint8_t>(2 * index + 1);
    return out;
  };
  for (size_t i = 1; i < entries.size(); ++i) {
    entries[i].hybrid.counter += static_cast<uint32_t>(i);
    const auto before = static_cast<uint8_t>(i == 3 ? 2 : 0);
    entries[i].parents = {seen(before)};
    entries[i].assignments = {{"title", Value("title " + std::to_string(i)), {seen(before)}}};
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    conflict.byte(i).sized(*encode(entries[i]));
    entries[i].parents = {seen(static_cast<uint8_t>(i - 1))};
    if (i > 0) entries[i].assignments[0].replaces = entries[i].parents;
    if (i == 0) entries[i].parents.clear();
    settled.byte(i).sized(*encode(entries[i]));
  }
  corpora.add("merging", "conflict", conflict.bytes());
  corpora.add("merging", "settled", settled.bytes());
}

void make_documents(const Corpora& corpora) {
  const CampaignCatalogue none;
  const BookSettings policies("u1", {}, none);
  std::vector<HistoryEntry> history;
  for (size_t i = 0; i < 3; ++i) {
    HistoryEntry item;
    item.entry = sample_entries()[i == 0 ? 0 : 1];
    item.entry.parents.clear();
    for (auto& assignment : item.entry.assignments) assignment.replaces.clear();
    item.origin.entry.bytes.fill(static_cast<uint8_t>(9 - i));
    item.origin.person = "甲";
    if (i == 2) item.entry.assignments[0].value = Value("other");
    history.push_back(item);
    const StoredRecord stored = to_stored(merge_record(history, policies), "u1");
    corpora.add("documents", std::to_string(history.size()) + "-entries",
                stored.state + '\0' + stored.heads);
  }
}

void make_blocks(const Corpora& corpora) {
  Packer packer;
  const auto entries = encoded_entries();
  Recipe block;
  block.byte(1).byte(entries.size()).sized(entries.front());
  for (const auto& entry : entries) block.sized(entry);
  block.rest(packer.pack("a document much like " + entries.front(), entries.front()));
  corpora.add("blocks", "entries-and-document", block.bytes());
  const std::vector<std::string_view> views(entries.begin(), entries.end());
  const std::string joined = join_entries(views);
  const auto damaged = [&](size_t count, std::string_view bytes) {
    return Recipe().byte(0).byte(count).sized(entries.front()).rest(bytes).bytes();
  };
  corpora.add("blocks", "joined", damaged(entries.size(), joined));
  corpora.add("blocks", "packed-twice", damaged(entries.size() | 1, packer.pack(joined)));
  corpora.add("blocks", "packed", damaged(8, packer.pack(joined)));
  corpora.add("blocks", "cut-off", damaged(8, packer.pack(joined).substr(0, 40)));
  corpora.add("blocks", "bomb", damaged(2, packer.pack(std::string(Packer::kMax + 1, 'x'))));
  corpora.add("blocks", "lengths", damaged(2, std::string("\xff\xff\xff\xff\x01\0\0\0x", 9)));
}

void make_columns(const Corpora& corpora) {
  const auto entries = encoded_entries();
  Recipe honest;
  honest.byte(entries.size());
  for (const auto& entry : entries) honest.sized(entry);
  corpora.add("columns", "entries", honest.bytes());
  const std::string columns = to_columns(entries).value();
  corpora.add("columns", "columns", Recipe().byte(0).rest(columns).bytes());
  corpora.add("columns", "one-entry",
              Recipe().byte(0).rest(to_columns({entries.front()}).value()).bytes());
  corpora.add("columns", "cut-off", Recipe().byte(0).rest(columns.substr(0, 60)).bytes());
  corpora.add("columns", "many", Recipe().byte(0).rest("\xff\xff\xff\xff\x7f").bytes());
}

void make_batches(const Corpora& corpora) {
  Recipe whole, forked;
  for (size_t n = 0; n < 6; ++n) whole.byte(0).byte(0).sized("entry " + std::to_string(n));
  forked.rest(whole.bytes());
  for (const size_t first : {0, 2, 1}) whole.byte(1).byte(0).byte(first).byte(1).byte(0);
  whole.byte(3).byte(0).byte(1).byte(0).byte(3).byte(2).byte(0);
  corpora.add("batches", "one-stream", whole.bytes());
  forked.byte(2).byte(0).byte(3);
  for (const char* entry : {"copy 1", "copy 2"}) forked.byte(0).byte(1).sized(entry);
  for (const size_t chain : {0, 1, 0}) forked.byte(1).byte(chain).byte(0).byte(4).byte(0);
  corpora.add("batches", "forked", forked.bytes());
  for (size_t spoilt = 1; spoilt < 9; ++spoilt) {
    Recipe out;
    for (size_t n = 0; n < 3; ++n) out.byte(0).byte(2).sized("entry " + std::to_string(n));
    out.byte(1).byte(2).byte(0).byte(1).byte(spoilt).byte(1).byte(2);
    corpora.add("batches", "spoilt-" + std::to_string(spoilt), out.bytes());
  }
}

void make_vectors(const Corpora& corpora) {
  for (const bool honest : {false, true}) {
    for (const char* prefix : {"", "x", "prefix!"}) {
      Recipe out;
      out.byte(3);
      for (size_t run = 0; run < 3; ++run) out.sized(prefix).byte(90).byte(run).byte(20 + run);
      out.byte(3);
      for (size_t n = 0; n < 3; ++n) out.byte(2).byte(n).byte(60);
      out.byte(honest ? 1 : 0);
      for (size_t n = 0; n < 40; ++n) out.byte(n).byte(n * 3).byte(1).byte(1).byte(0);
      corpora.add("vectors",
                  std::string(honest ? "honest" : "forged") + "-" + std::to_string(strlen(prefix)),
                  out.bytes());
    }
  }
}

void make_grants(const Corpora& corpora) {
  Recipe out;
  out.byte(3);
  for (size_t n = 0; n < 3; ++n) out.byte(1).byte(10 * n).byte(0).number(1'600'000'000'000 + n);
  out.byte(1).byte(7).byte(31).byte(1).byte(8).byte(0).number(1'600'000'000'000);
  out.byte(4).byte(2).sized("7:1600000000000").sized("8:x");                    // any_value, a list
  out.byte(1).byte(200).byte(1).byte(100).byte(1).byte(3);                      // a share
  out.byte(2).byte(1).byte(1).byte(1).byte(5).byte(1).byte(1).byte(1).byte(6);  // kept
  out.byte(1).byte(1).byte(2).byte(1).byte(4).byte(1).byte(9).byte(1).byte(3).byte(1).byte(1);
  corpora.add("grants", "all", out.bytes());
  Recipe odd;
  for (size_t n = 0; n < 12; ++n) odd.byte(0);
  odd.byte(5).byte(2).byte(5).byte(4).byte(3).sized("ahead").byte(6).byte(0).sized("0000");
  corpora.add("grants", "odd", odd.rest(out.bytes()).bytes());
}

void make_looks(const Corpora& corpora) {
  size_t number = 0;
  for (const char* text :
       {"Tablet 1", "ｔａｂｌｅｔ１", "甲\u200b", "e\u0301 \u00e9", "\u3164", "ﬁ㍿Ⅷ", "\u0130ß",
        "平板\u3000一号", "\xff\xe2\x80", "\U000e0041", "각\u1100\u1161"}) {
    corpora.add("looks", "text-" + std::to_string(number++), text);
  }
}

void make_sessions(const Corpora& corpora) {
  for (const std::string target : {"session", "session_store"}) {
    Recipe begin;
    if (target == "session") begin.byte(2).byte(3);
    Recipe honest;
    honest.rest(begin.bytes());
    for (size_t n = 0; n < 10; ++n) honest.byte(n == 4 ? 1 : 0).byte((n + 1) % 2);
    honest.byte(3).byte(0).sized("more").byte(3).byte(1).sized("more yet");
    for (size_t n = 0; n < 6; ++n) honest.byte(n == 3 ? 2 : 0).byte(n % 2);
    honest.byte(4).byte(0).byte(100).byte(4).byte(1).byte(255).byte(7).byte(0);
    corpora.add(target, "honest", honest.bytes());
    for (size_t kind = 0; kind < 14; ++kind) {
      Recipe forged;
      forged.rest(begin.bytes());
      for (size_t n = 0; n < 4; ++n) forged.byte(0).byte((n + 1) % 2);
      for (size_t to = 0; to < 2; ++to) {
        forged.byte(5).byte(to).byte(0).byte(kind).byte(1).byte(0).byte(1).byte(2).byte(5);
      }
      for (size_t n = 0; n < 4; ++n) forged.byte(0).byte(n % 2);
      corpora.add(target, "forged-" + std::to_string(kind), forged.bytes());
    }
  }
}

void make_texts(const Corpora& corpora) {
  for (const char* name : {"thousand-events", "artists-among-workers"}) {
    corpora.add("campaigns", name,
                content_of(std::string("campaign/definitions/") + name + ".toml"));
  }
  corpora.add("units", "thousand-events",
              content_of("campaign/definitions/units-thousand-events.csv"));
  corpora.add("units", "english",
              "code,name,parent\r\ncity,City,\r\nmine,\"A \"\"mine\"\"\",city\r\n");
  corpora.add("units", "cycle", "\xef\xbb\xbf代码,名称,上级\na,A,b\nb,B,a\n");
  const std::string_view columns = "活动类型,活动名称,活动日期,参加人数,说明:参加人数,说明\r\n";
  const std::string_view events =
      "送文艺,'=甲,2020年7月1日,120,,\r\nfilm,\"a "
      "\"\"b\"\",\nc\",2020-07-02,5000,大会,\r\n合计,,,5120,,\r\n";
  const std::string table = std::string(columns) + std::string(events);
  corpora.add("tables", "utf8", "\xef\xbb\xbf某某统计表,,,,,\r\n" + table);
  corpora.add("tables", "keys", "x,y,z\nkind,title,date\nfilm,t,2020-07-01\n");
  std::string tabs = table;
  std::replace(tabs.begin(), tabs.end(), ',', '\t');
  corpora.add("tables", "tabs", tabs);
  corpora.add("tables", "gbk", "\xB4\xFA\xC2\xEB;\xC3\xFB\xB3\xC6\r\na;\xD7\xDC\r\n");
  corpora.add("tables", "utf16", std::string("\xff\xfek\0i\0n\0d\0\t\0t\0\n\0", 16));
  WorkbookFile book;
  book.styles =
      "<numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy-mm-dd hh:mm\"/></numFmts>"
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"31\"/><xf numFmtId=\"170\"/></cellXfs>";
  book.shared = "<si><t>kind</t></si><si><r><t>ti</t></r><r><t>tle</t></r><rPh><t>x</t></rPh></si>";
  book.sheet =
      "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c>"
      "<c t=\"inlineStr\"><is><t>date</t></is></c></row><row><c t=\"str\"><v>film</v></c>"
      "<c t=\"b\"><v>1</v></c><c s=\"1\"><v>44013</v></c><c s=\"2\"><v>44013.5</v></c></row>";
  corpora.add("workbooks", "raw", std::string(1, '\0') + book.bytes());
  corpora.add(
      "workbooks", "parts",
      Recipe().byte(1).byte(0).sized(book.styles).sized(book.shared).rest(book.sheet).bytes());
  corpora.add("workbooks", "1904",
              Recipe().byte(1).byte(1).sized(book.styles).sized("<si/>").rest(book.sheet).bytes());
  corpora.add("workbooks", "entity",
              Recipe().byte(1).byte(0).sized("").sized("<si><t>&a;</t></si>").rest("").bytes());
  corpora.add("workbooks", "far",
              Recipe()
                  .byte(1)
                  .byte(0)
                  .sized("")
                  .sized("")
                  .rest("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>")
                  .bytes());
  corpora.add("addresses", "name", "hq.example.cn:7443");
  corpora.add("addresses", "v6", "[::1]:7443");
  corpora.add("addresses", "any-port", "0.0.0.0:0");
  Invitation invitation;
  invitation.code.secret.fill(0x5a);
  invitation.code.authority.fill(0xc3);
  corpora.add("invitations", "code", invitation.code.to_text());
  invitation.headquarters_name = "平顶山市总工会";
  invitation.unit = "shenma-mine-8";
  invitation.unit_name = "八矿工会";
  invitation.addresses = {"hq.example.cn:7443", "[fd00::1]:7443"};
  invitation.expires = Instant{1'600'000'000'000};
  corpora.add("invitations", "file", to_file(invitation));
  for (const auto& [name, pem] :
       {std::pair{"authority", kAuthorityCertificate}, std::pair{"site", kSiteCertificate},
        std::pair{"headquarters", kHeadquartersCertificate}}) {
    corpora.add("certificates", std::string(name) + ".pem", pem);
    corpora.add("certificates", std::string(name) + ".der", Certificate::parse(pem)->der());
  }
  corpora.add("certificates", "device.key", key_of(7).to_pem());
  corpora.add("certificates", "agreement.key", AgreementKey::from_random({7}).to_pem());
  size_t number = 0;
  for (const char* text : {"2020-06-01", "２０２０年６月１日", "2020/6/1", "0375-1234567",
                           " 甲、乙，丙;丁\n", "mine-8", "(010) 8888 7777"}) {
    corpora.add("dates", "text-" + std::to_string(number++), text);
  }
}

void make_requests(const Corpora& corpora) {
  corpora.add(
      "record_lines", "event",
      std::string(1, '\0') +
          R"({"kind":"performance","title":"送文艺下基层","date":"2020-07-01","level":"基层",)"
          R"("venue":"八矿","site_type":"mine","participants":"２４０","status":"held",)"
          R"("performers":"一队、二队","delivery":"purchased","phone":"0375-1234567","sessions":1})"
          "\n"
          R"({"participants":99999,"_explain.participants":"广场","venue":null,"date":"2021年1月2日"})");
  corpora.add(
      "record_lines", "labels",
      std::string(1, '\0') + R"({"活动类型":"x","Date":"y","场次":2.0,"performers":["a","b"]})");
  corpora.add("record_lines", "second-form", std::string(1, '\x01') + R"({"title":"计划"})");
  corpora.add("local_requests", "add",
              R"({"operation":"record.add","args":{"fields":{"a":1}}})"
              "\n");
  corpora.add(
      "local_requests", "stream",
      "{\"operation\":\"read\"}\n{\"input\":{\"line\":1}}\n{\"input\":null}\n{\"end\":true}\n");
  corpora.add("local_requests", "refused", "{\"operation\":\"refuse\",\"args\":{}}\n");
  corpora.add("local_answers", "done",
              "{\"accepted\":{}}\n{\"line\":{\"record\":\"00\"}}\n{\"progress\":{\"saved\":1}}\n{"
              "\"done\":{\"saved\":1}}\n");
  corpora.add("local_answers", "refused",
              R"({"refused":{"reason":"usage","text":"there is no {}","args":["x"]}})"
              "\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_make_corpus FOLDER\n");
    return 2;
  }
  const Corpora corpora(argv[1]);
  make_messages(corpora);
  make_entries(corpora);
  make_documents(corpora);
  make_blocks(corpora);
  make_columns(corpora);
  make_batches(corpora);
  make_vectors(corpora);
  make_grants(corpora);
  make_looks(corpora);
  make_sessions(corpora);
  make_texts(corpora);
  make_requests(corpora);
  return 0;
}
