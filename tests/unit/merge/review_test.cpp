#include "support.hpp"
#include "sync/merge/document.hpp"

using namespace sitelog;

namespace {

const std::string kReview(kFieldReview);

Review returned() {
  Review review;
  review.verdict = ReviewVerdict::kReturned;
  review.remark = "请补充照片";
  review.field_remarks = {{"participants", "人数有误"}, {"place", "请写明"}};
  review.due = "2024-06-30";
  return review;
}

// A record of a site, reviewed by headquarters.
World reviewed(const Review& review) {
  World world;
  world.author(1, {{"title", "one"}, {"participants", 5}});
  world.send_all_to_all();
  world.author(0, {{kReview, review_value(review, content_digest(*world.state(0)))}});
  world.send_all_to_all();
  return world;
}

}  // namespace

TEST_CASE("A record that nobody reviewed is pending") {
  World world;
  world.author(1, {{"title", "one"}});
  CHECK(world.state(1)->review() == Review{});
}

TEST_CASE("A review reaches the site with its verdict, remarks by field and deadline") {
  const World world = reviewed(returned());
  CHECK(world.state(1)->review() == returned());
}

TEST_CASE("Every verdict is read back") {
  for (const auto verdict :
       {ReviewVerdict::kReturned, ReviewVerdict::kAccepted, ReviewVerdict::kRefused}) {
    Review review;
    review.verdict = verdict;
    CHECK(reviewed(review).state(1)->review() == review);
  }
}

TEST_CASE("A review is stale once the site changes what it was given on") {
  const auto stale_after = [](const Values& values) {
    World world = reviewed(returned());
    world.author(1, values);
    const Review review = world.state(1)->review();
    CHECK(review.verdict == ReviewVerdict::kReturned);
    CHECK(review.field_remarks == returned().field_remarks);
    return review.stale;
  };
  CHECK(stale_after({{"participants", 6}}));
  CHECK(stale_after({{"participants", Value()}}));
  CHECK(stale_after({{"place", "新增"}}));
  CHECK(stale_after({{std::string(kFieldVoid), "重复"}}));
}

TEST_CASE("A review that says which explanations it was given on is stale once they change") {
  const std::string explain(std::string(kExplainPrefix) + "participants");
  for (const bool explained_before : {false, true}) {
    INFO(explained_before);
    World world;
    world.author(1, {{"title", "one"}, {"participants", 5}});
    if (explained_before) world.author(1, {{explain, "全矿大会"}});
    world.send_all_to_all();
    const RecordState seen = *world.state(0);
    world.author(
        0, {{kReview, review_value(returned(), content_digest(seen), explanation_digest(seen))}});
    world.send_all_to_all();
    CHECK_FALSE(world.state(1)->review().stale);
    CHECK(world.state(1)->review().of_explanations);
    world.author(1, {{explain, "两个班"}});
    const Review review = world.state(1)->review();
    CHECK(review.stale);
    CHECK(review.remark == returned().remark);
  }
}

TEST_CASE("Explanations are not content: the digest of what is reviewed stays what it was") {
  World world;
  world.author(1, {{"title", "one"}});
  const Hash content = content_digest(*world.state(1));
  const Hash explanations = explanation_digest(*world.state(1));
  world.author(1, {{std::string(kExplainPrefix) + "title", "x"}});
  CHECK(content_digest(*world.state(1)) == content);
  CHECK(explanation_digest(*world.state(1)) != explanations);
}

TEST_CASE(
    "Explaining a value or moving it to a campaign leaves a review of an older build as it is") {
  for (const char* field : {"_explain.participants", "_campaign", "_other"}) {
    World world = reviewed(returned());
    world.author(1, {{field, "x"}});
    CHECK_FALSE(world.state(1)->review().stale);
  }
}

TEST_CASE("A change that headquarters had not seen makes its review stale") {
  World world;
  world.author(1, {{"title", "one"}});
  world.send_all(1, 0);
  world.author(1, {{"title", "two"}});
  Review review;
  review.verdict = ReviewVerdict::kAccepted;
  world.author(0, {{kReview, review_value(review, content_digest(*world.state(0)))}});
  CHECK_FALSE(world.state(0)->review().stale);
  world.send_all_to_all();
  CHECK(world.state(0)->review().stale);
  CHECK(world.state(1)->review().stale);
}

TEST_CASE("A changed policy or clock shows another value and leaves a review as it is") {
  World world;
  world.author(1, {{"title", "one"}});
  world.send_all_to_all();
  world.author(1, {{"title", "two"}});
  world.author(2, {{"title", "three"}});
  world.send_all_to_all();
  world.author(0, {{kReview, review_value(returned(), content_digest(*world.state(0)))}});
  FixedPolicies policies;
  const RecordState latest = merge_record(world.all(), policies);
  policies.other = Policy::kAsk;
  const RecordState ask = merge_record(world.all(), policies);
  CHECK(latest.fields.at("title").shown != ask.fields.at("title").shown);
  CHECK(content_digest(latest) == content_digest(ask));
  CHECK_FALSE(latest.review().stale);
  CHECK_FALSE(ask.review().stale);

  History corrected = world.all();
  for (HistoryEntry& item : corrected) item.origin.when.ms = -item.origin.when.ms;
  policies.other = Policy::kLatest;
  const RecordState other = merge_record(corrected, policies);
  CHECK(latest.fields.at("title").shown != other.fields.at("title").shown);
  CHECK_FALSE(other.review().stale);
}

TEST_CASE("A review follows its record through the store") {
  World world = reviewed(returned());
  for (int i = 0; i < 2; ++i) {
    const RecordState state = *world.state(1);
    const StoredRecord kept = to_stored(state, kTestBook);
    CHECK(from_stored(kTestRecord, "event", kept.state, kept.heads).review() == state.review());
    world.author(1, {{"title", "changed"}});
  }
}

TEST_CASE("Two reviews at once are a conflict, and the later one is shown whatever the policy") {
  World world = reviewed(returned());
  Review accepted;
  accepted.verdict = ReviewVerdict::kAccepted;
  const auto content = content_digest(*world.state(0));
  world.author(2, {{kReview, review_value(accepted, content)}});
  Review refused;
  refused.verdict = ReviewVerdict::kRefused;
  world.author(0, {{kReview, review_value(refused, content)}});
  FixedPolicies policies;
  policies.other = Policy::kAsk;
  const RecordState state = merge_record(world.all(), policies);
  CHECK(state.review().verdict == ReviewVerdict::kRefused);
  CHECK(state.conflicts.at(kReview).candidates.size() == 2);
  CHECK(state.conflicts.at(kReview).policy == Policy::kLatest);
}

TEST_CASE("A review that makes no sense counts as none") {
  for (const Value& value :
       {Value("accepted"), Value(1), Value(), Value(TextList{"accepted"}), Value(Structure{}),
        Value(Structure{{"verdict", "excellent"}}), Value(Structure{{"verdict", 1}}),
        Value(Structure{{"verdict", "pending"}})}) {
    World world;
    world.author(0, {{kReview, value}});
    INFO(value);
    CHECK(world.state(0)->review().verdict == ReviewVerdict::kPending);
  }
}

TEST_CASE("Remarks of a wrong kind are passed over, and a verdict without a content is stale") {
  World world;
  world.author(0, {{kReview, Structure{{"verdict", "returned"},
                                       {"remark", 1},
                                       {"due", TextList{"x"}},
                                       {"fields", Structure{{"a", 1}, {"b", "kept"}}}}}});
  Review expected;
  expected.verdict = ReviewVerdict::kReturned;
  expected.stale = true;
  expected.field_remarks = {{"b", "kept"}};
  CHECK(world.state(0)->review() == expected);
}
