#include "tests/fuzz/material.hpp"

#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog::fuzz {

const char* const kAuthorityCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBfzCCATGgAwIBAgIQYRicGu3pY168RbsMhz7t5zAFBgMrZXAwPTE7MDkGA1UE
AwwyU2l0ZWxvZyBhdXRob3JpdHkgYjc2ZDdjOTI0YjhiNDBlODNiOTY4NGJjZTY4
MTY0MTIwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMD0xOzA5BgNV
BAMMMlNpdGVsb2cgYXV0aG9yaXR5IGI3NmQ3YzkyNGI4YjQwZTgzYjk2ODRiY2U2
ODE2NDEyMCowBQYDK2VwAyEAMhx5FxHFZHne97/kGkIesXburNJqy2Q3iErR+qsN
rgGjRTBDMBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQDAgIEMB0GA1Ud
DgQWBBRmvrd9bdGPviMVz2wfT60EKpX+xDAFBgMrZXADQQCH5JgyF3Na1Seu273i
75muAGhOO2hjFc6M2m3pGZ6zx2FAfCnZDa+e1UQdTCuExDFZN9vDZ1VI33ACsBH4
ItwI
-----END CERTIFICATE-----
)";

const char* const kSiteCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBrzCCAWGgAwIBAgIQdq+cmCZ6aX/3X1wFDWJH3jAFBgMrZXAwPTE7MDkGA1UE
AwwyU2l0ZWxvZyBhdXRob3JpdHkgYjc2ZDdjOTI0YjhiNDBlODNiOTY4NGJjZTY4
MTY0MTIwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMFIxFjAUBgNV
BAoMDXNoZW5tYS1taW5lLTgxDTALBgNVBAsMBHNpdGUxKTAnBgNVBAMMIGQ1MDRi
YjdmNzIxNGRiOTM5MWFhNDgzYzI2N2IyMzExMCowBQYDK2VwAyEAPlXpZDqJ4hjZ
AVwbrTgmx+Jb3trs29NeKPSc/7A2kAyjYDBeMAwGA1UdEwEB/wQCMAAwDgYDVR0P
AQH/BAQDAgeAMB0GA1UdJQQWMBQGCCsGAQUFBwMCBggrBgEFBQcDATAfBgNVHSME
GDAWgBRmvrd9bdGPviMVz2wfT60EKpX+xDAFBgMrZXADQQDVCjmx5lz/w6GLa/Ro
zZX7O0EGakM1h6Wo33yiLarFovDTIVa5G9SlZh6xmYMYGP9zBF93iVQH1eRS6H2i
yDgP
-----END CERTIFICATE-----
)";

const char* const kHeadquartersCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBnzCCAVGgAwIBAgIQUy0gWHQXeNG8C8yzoKwIzjAFBgMrZXAwPTE7MDkGA1UE
AwwyU2l0ZWxvZyBhdXRob3JpdHkgYjc2ZDdjOTI0YjhiNDBlODNiOTY4NGJjZTY4
MTY0MTIwIBcNNzAwMTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMEIxFTATBgNV
BAsMDGhlYWRxdWFydGVyczEpMCcGA1UEAwwgNDA3MWNkNjU3ZTMwMzMwODJkY2Vi
YjZlZjFjMjVmMmYwKjAFBgMrZXADIQAuuKCzZ2Y2aZg1SKLvvsnjdOEikiaRM61P
8jzsqWCCv6NgMF4wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0l
BBYwFAYIKwYBBQUHAwIGCCsGAQUFBwMBMB8GA1UdIwQYMBaAFGa+t31t0Y++IxXP
bB9PrQQqlf7EMAUGAytlcANBAAkXo4Skh21TCEg2uJ2tz8g2h+sn0uIq93atDEtU
Nu8NKtXps8kJWc0cTtNfq4lRSWxE0iorPhevEq2WGSM5ogo=
-----END CERTIFICATE-----
)";

SigningKey key_of(uint8_t seed) {
  return SigningKey::from_seed({seed});
}

namespace {

Entry entry_of(const RecordId& record, std::string_view form, std::vector<Assignment> assignments) {
  Entry out;
  out.record = record;
  out.form = std::string(form);
  out.assignments = std::move(assignments);
  out.clock = {{1'590'000'000'000}, 3'600'000, 0x1122334455667788};
  out.hybrid = {1'590'000'000'005, 2};
  out.person = "甲";
  return out;
}

RecordId record_of(uint8_t number) {
  RecordId out;
  out.bytes.fill(number);
  return out;
}

}  // namespace

std::vector<Entry> sample_entries() {
  const SigningKey device = key_of(3);
  const RecordId of_device = *RecordId::from(device.device().view());
  EntryName earlier;
  std::vector<Entry> out;
  out.push_back(entry_of(record_of(1), "event",
                         {{"_campaign", Value("thousand-events"), {}},
                          {"title", Value("送文艺下基层"), {}},
                          {"participants", Value(240), {}},
                          {"volunteers", Value(true), {}},
                          {"team", Value(TextList{"一队", "二队"}), {}}}));
  out.push_back(entry_of(
      record_of(1), "event",
      {{"title", Value(), {earlier}},
       {"_review",
        Value(Structure{
            {"verdict", "returned"}, {"content", "00"}, {"fields", Structure{{"title", "空"}}}}),
        {}},
       {"_void", Value("重复"), {}}}));
  out.back().parents = {earlier};
  Tip kept{{device.device(), {1}}, {7}, {}};
  out.push_back(entry_of(of_device, kFormGrant,
                         {{"key", Value(device.public_key().hex()), {}},
                          {"name", Value("八矿"), {}},
                          {"revoked", revoked_value({kept}, 1'590'000'000'000, "lost"), {}}}));
  out.push_back(entry_of(record_of(2), kFormPolicy,
                         {{"*", Value("ask"), {}}, {"participants", Value("max"), {}}}));
  out.push_back(entry_of(
      of_device, kFormClock,
      {{anchor_field(0x1122334455667788), anchor_value({3'600'000, 1'600'000'000'000}), {}}}));
  out.push_back(entry_of(record_of(4), kFormUnit,
                         {{"code", Value("mine-8"), {}},
                          {"name", Value("八矿"), {}},
                          {"parent", Value(), {}},
                          {"kind", Value("mine"), {}},
                          {"level", Value("grassroots"), {}}}));
  out.push_back(
      entry_of(record_of(5), kFormCampaign,
               {{"id", Value("small"), {}}, {"definition", Value("id = \"small\"\n"), {}}}));
  out.push_back(entry_of(
      of_device, kFormGrant,
      {{"key", Value(device.public_key().hex()), {}},
       {"revoked", held_up_value({kept}, 1'590'000'000'000), {}},
       {"allowed", allowed_value({2'000'000, 4'294'967'296, 4096}), {}},
       {ahead_field({1}), ClockWords({{{7}, {1'590'000'000'000}}, {{9}, {3}}}).to_value(), {}},
       {"subtree", Value(TextList{"mine-8"}), {}}}));
  return out;
}

}  // namespace sitelog::fuzz
