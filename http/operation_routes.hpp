#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/accounts.hpp"
#include "engine/asked_once.hpp"
#include "engine/operation_table.hpp"
#include "http/router.hpp"

namespace sitelog {

class EventFeed;

// Who may ask for it may hear of records, and read them by OData.
inline constexpr const char* kListing = "records.list";
inline constexpr const char* kApi = "/api/v1/";

// A file that somebody may take, open to be read: at most so many bytes of it behind an offset.
struct Download {
  std::function<std::string(uint64_t offset, size_t most)> read;
  uint64_t bytes = 0;
  std::string name, type, digest;
};

// What the routes stand on; outlives them.
struct ApiParts {
  const OperationTable& operations;
  Accounts& accounts;
  AskedOnce& asked;
  EventFeed& events;
  // What roles mean just now.
  std::function<std::vector<Role>(const std::vector<RoleGrant>&)> roles;
  // An export of the caller's that is done; nothing where there is none. Refuses where they may not
  // see all that is in it any more.
  std::function<Result<std::optional<Download>>(const Caller&, const std::string& id)> exported =
      [](const auto&, const auto&) { return std::optional<Download>(); };
  std::string headquarters = {};  // what it is called
};

// Every operation of the table: POST /api/v1/NAME, and GET where it only reads.
void add_operation_routes(Router& router, const ApiParts& parts);
// Signing in and out, passwords, set-up links.
void add_session_routes(Router& router, const ApiParts& parts);
// The second factor of who is signed in.
void add_second_factor_routes(Router& router, const ApiParts& parts);
// Which record one has open.
void add_looking_route(Router& router, const ApiParts& parts);
// GET /api/v1/openapi.json, in both languages made once.
void add_description_route(Router& router, const ApiParts& parts);

inline constexpr const char* kOData = "/odata/v1/";
// Records as an OData service.
void add_odata_routes(Router& router, const ApiParts& parts);

// Who asks for this operation, if they may come in and their token is for it.
Result<Caller> caller_for(const std::string& operation, const Asked& asked, const ApiParts& parts);
// GET /api/v1/exports.file?id=ID: the file of an export, whole or a range of it.
void add_export_route(Router& router, const ApiParts& parts);

// GET /api/v1/report.file: a table to hand in, as a file. GET /api/v1/units.file: the units,
// likewise.
void add_file_of_table_routes(Router& router, const ApiParts& parts);

// GET /setup: where a set-up link leads.
void add_setup_page(Router& router);
inline constexpr const char* kReviewPage = "/review/";
// GET /about: whose headquarters this is, and what can be done here. GET / is the same, or where
// pages for people are installed leads to them, at `review_page`; empty: they are not.
void add_home_page(Router& router, const std::string& headquarters, const std::string& review_page);

// As they are described and checked: rows that no dispatcher calls.
Operation sign_in_row();
Operation set_up_row();
Operation change_password_row();
Operation list_sessions_row();
Operation end_session_row();
Operation looking_row();
Operation second_factor_row();
Operation confirm_second_factor_row();
Operation remove_second_factor_row();
// What report.file takes, where the table has the operations of reports.
Operation report_file_row(const OperationTable& table);
// What units.file takes, where the table has units.list.
Operation units_file_row(const OperationTable& table);

// OpenAPI 3.1 of the table.
boost::json::object openapi(const OperationTable& table, Language language);
// The same as it is told: its bytes.
std::string openapi_text(const OperationTable& table, Language language);

// The cookie of a session. The prefix lets browsers take it only from this host, over TLS, for all
// paths (RFC 6265bis, 4.1.3.2).
inline constexpr std::string_view kSessionCookie = "__Host-sitelog";
// Set-Cookie for this secret; for none it takes the cookie away.
std::string cookie_of(const std::string& session);

}  // namespace sitelog
