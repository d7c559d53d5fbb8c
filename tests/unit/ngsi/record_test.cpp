#include "ngsi/record.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "ngsi/change.h"

namespace tsunagu::ngsi {
namespace {

Attribute attribute(std::string_view name, AttrKind kind, std::string value, std::string dataset = {}) {
  Attribute a;
  a.name = terms().intern(name);
  a.kind = kind;
  a.value = std::move(value);
  a.dataset_id = std::move(dataset);
  a.created_at = Instant{1'000'000};
  a.modified_at = Instant{2'000'000};
  return a;
}

// One of everything.
Entity everything() {
  Entity e;
  e.id = "urn:ngsi-ld:Shelter:01";
  e.types = {terms().intern("Shelter"), terms().intern("Building")};
  e.scopes = {"/hokkaido/sapporo", "/japan"};
  e.created_at = Instant{1};
  e.modified_at = Instant{-2};
  e.expires_at = Instant{3};
  Attribute t = attribute("temperature", AttrKind::kProperty, "21.5");
  t.unit_code = "CEL";
  t.value_type = "https://example.org/Celsius";
  t.observed_at = Instant{0};
  t.expires_at = Instant{77};
  Attribute accuracy = attribute("accuracy", AttrKind::kProperty, "0.1");
  accuracy.subs.push_back(attribute("by", AttrKind::kRelationship, R"("urn:x:1")"));
  t.subs.push_back(accuracy);
  t.subs.push_back(attribute("note", AttrKind::kLanguageProperty, R"({"ja":"室温"})"));
  e.attributes.push_back(attribute("zone", AttrKind::kJsonProperty, "null"));
  e.attributes.push_back(attribute("temperature", AttrKind::kProperty, "19", "urn:b"));
  e.attributes.push_back(t);
  e.attributes.push_back(attribute("temperature", AttrKind::kProperty, "20", "urn:a"));
  Attribute owner = attribute("owner", AttrKind::kRelationship, R"(["urn:x:1","urn:x:2"])");
  owner.object_types = {terms().intern("City"), terms().intern("Town")};
  e.attributes.push_back(owner);
  return e;
}

void expect_same(const std::vector<Attribute>& got, const std::vector<Attribute>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].name, want[i].name);
    EXPECT_EQ(got[i].kind, want[i].kind);
    EXPECT_EQ(got[i].value, want[i].value);
    EXPECT_EQ(got[i].dataset_id, want[i].dataset_id);
    EXPECT_EQ(got[i].unit_code, want[i].unit_code);
    EXPECT_EQ(got[i].value_type, want[i].value_type);
    EXPECT_EQ(got[i].object_types, want[i].object_types);
    EXPECT_EQ(got[i].observed_at, want[i].observed_at);
    EXPECT_EQ(got[i].expires_at, want[i].expires_at);
    EXPECT_EQ(got[i].created_at, want[i].created_at);
    EXPECT_EQ(got[i].modified_at, want[i].modified_at);
    expect_same(got[i].subs, want[i].subs);
  }
}

TEST(Record, KeepsEveryPartOfAnEntity) {
  Entity want = everything();
  auto packed = encode(want);
  ASSERT_TRUE(packed);
  EXPECT_TRUE(check_record((*packed)->bytes()));
  Entity got = decode(**packed);
  EXPECT_EQ(got.id, want.id);
  EXPECT_EQ(got.types, want.types);
  EXPECT_EQ(got.scopes, want.scopes);
  EXPECT_EQ(got.created_at, want.created_at);
  EXPECT_EQ(got.modified_at, want.modified_at);
  EXPECT_EQ(got.expires_at, want.expires_at);
  want.sort_attributes();
  expect_same(got.attributes, want.attributes);
}

TEST(Record, SameEntityIsSameBytesWhateverTheOrder) {
  Entity a = everything(), b = everything();
  std::swap(b.attributes.front(), b.attributes.back());
  std::swap(b.attributes[2].subs.front(), b.attributes[2].subs.back());
  EXPECT_EQ((*encode(a))->bytes(), (*encode(b))->bytes());
}

TEST(Record, EmptyEntity) {
  Entity e;
  e.id = "urn:x:1";
  auto r = encode(e);
  ASSERT_TRUE(r);
  EXPECT_TRUE(check_record((*r)->bytes()));
  EXPECT_EQ((*r)->id(), "urn:x:1");
  EXPECT_EQ((*r)->attribute_count(), 0u);
  for (AttributeView a : (*r)->attributes()) FAIL() << a.size();
  for (std::string_view s : (*r)->scopes()) FAIL() << s;
  EXPECT_EQ((*r)->find(terms().intern("temperature")).data(), nullptr);
}

TEST(Record, FindsInstances) {
  RecordPtr r = *encode(everything());
  const TermId temperature = terms().find("temperature");
  EXPECT_EQ(r->find(temperature).value(), "21.5") << "the default instance comes first";
  EXPECT_EQ(r->find(temperature, "").value(), "21.5");
  EXPECT_EQ(r->find(temperature, "urn:a").value(), "20");
  EXPECT_EQ(r->find(temperature, "urn:b").dataset_id(), "urn:b");
  EXPECT_EQ(r->find(temperature, "urn:c").data(), nullptr);
  EXPECT_EQ(r->find(terms().intern("unused"), "").data(), nullptr);
  EXPECT_TRUE(r->has_type(terms().find("Building")));
  EXPECT_FALSE(r->has_type(temperature));
  std::set<std::string_view> names;
  for (AttributeView sub : sub_attributes(r->find(temperature))) names.insert(terms().text(sub.name()));
  EXPECT_EQ(names, (std::set<std::string_view>{"accuracy", "note"}));
  std::string scopes;
  for (std::string_view s : r->scopes()) scopes += std::string(s) + " ";
  EXPECT_EQ(scopes, "/hokkaido/sapporo /japan ");
}

TEST(Record, PackedInstanceIsThePartOfTheRecord) {
  Entity e = everything();
  e.sort_attributes();
  RecordPtr r = *encode(e);
  std::size_t i = 0;
  for (AttributeView a : r->attributes()) {
    std::string packed = "before";
    append_packed(packed, e.attributes[i++]);
    EXPECT_EQ(packed, "before" + std::string(a.bytes()));
  }
}

TEST(Record, CopiesAreShared) {
  RecordPtr a = *encode(everything());
  RecordPtr b = RecordPtr::copy(a->bytes());
  EXPECT_NE(a.get(), b.get());
  EXPECT_EQ(a->bytes(), b->bytes());
  RecordPtr c = a;
  EXPECT_EQ(c.get(), a.get());
  a = nullptr;
  EXPECT_FALSE(a);
  EXPECT_EQ(c->bytes(), b->bytes());
  c = std::move(b);
  EXPECT_FALSE(b);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(c->id(), "urn:ngsi-ld:Shelter:01");
}

TEST(Record, ExpiresAtItsInstant) {
  Entity e;
  e.id = "urn:x:1";
  EXPECT_FALSE((*encode(e))->expired(Instant{1'000'000'000}));
  e.expires_at = Instant{100};
  EXPECT_FALSE((*encode(e))->expired(Instant{99}));
  EXPECT_TRUE((*encode(e))->expired(Instant{100}));
}

TEST(Record, StampedIsWhatStampingBeforePackingGives) {
  Attribute sub;
  sub.name = terms().intern("urn:t:sub");
  sub.value = "1";
  Attribute attribute;
  attribute.name = terms().intern("urn:t:attribute");
  attribute.value = "2";
  attribute.unit_code = "MTR";
  attribute.subs = {sub, sub};
  attribute.subs[1].name = terms().intern("urn:t:other");
  attribute.subs[0].subs = {sub};
  Entity entity;
  entity.id = "urn:ngsi-ld:T:1";
  entity.types = {terms().intern("urn:t:T")};
  entity.scopes = {"/a"};
  entity.attributes = {attribute};
  const auto unstamped = encode(entity);
  for (Instant created : {kNoInstant, Instant{5}}) {
    Entity expected = entity;
    stamp_new(expected, Instant{77}, created);
    EXPECT_EQ(stamped(**unstamped, Instant{77}, created)->bytes(), (*encode(expected))->bytes());
  }
}

TEST(Record, RefusesWhatTheFormatCannotHold) {
  auto refused = [](auto change) {
    Entity e = everything();
    change(e);
    auto r = encode(e);
    EXPECT_FALSE(r);
    return r ? std::string() : r.error().detail;
  };
  const std::string longer(65'536, 'x');
  EXPECT_NE(refused([&](Entity& e) { e.id = longer; }).find("id"), std::string::npos);
  EXPECT_NE(refused([&](Entity& e) { e.scopes = {longer}; }).find("scope"), std::string::npos);
  EXPECT_NE(refused([&](Entity& e) { e.attributes[0].dataset_id = longer; }).find("zone"), std::string::npos);
  refused([&](Entity& e) { e.attributes[0].unit_code = longer; });
  refused([&](Entity& e) { e.attributes[0].value_type = longer; });
  refused([&](Entity& e) { e.attributes[2].subs[0].unit_code = longer; });
  refused([&](Entity& e) { e.attributes[0].object_types.resize(256, TermId{1}); });
  refused([&](Entity& e) { e.types.resize(65'536, TermId{1}); });
  refused([&](Entity& e) { e.scopes.resize(65'536); });
  refused([&](Entity& e) { e.attributes[0].subs.resize(65'536); });
  refused([&](Entity& e) { e.attributes[0].value.assign(65u << 20, '1'); });
  refused([&](Entity& e) {
    for (int i = 0; i < 100; ++i) {
      Attribute outer = attribute("zone", AttrKind::kProperty, "1");
      outer.subs.push_back(std::move(e.attributes[0]));
      e.attributes[0] = std::move(outer);
    }
  });
}

TEST(CheckRecord, EveryTruncationIsRefused) {
  RecordPtr r = *encode(everything());
  std::string bytes(r->bytes());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(check_record(bytes.substr(0, n)));
    std::string shorter = bytes.substr(0, n);  // with a size that agrees
    if (n >= 4) {
      auto size = static_cast<std::uint32_t>(n);
      std::memcpy(shorter.data(), &size, 4);
      EXPECT_FALSE(check_record(shorter));
    }
  }
  EXPECT_FALSE(check_record(bytes + '\0'));
}

// What passes the check must be readable to the end without leaving the bytes (the sanitizers watch).
TEST(CheckRecord, WhateverPassesCanBeRead) {
  const std::string good((*encode(everything()))->bytes());
  std::mt19937 random(7);
  int passed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      static constexpr unsigned kInteresting[] = {0, 1, 2, 32, 127, 128, 254, 255};
      const unsigned value = random() % 2 ? kInteresting[random() % 8] : random() % 256;
      bytes[random() % bytes.size()] = static_cast<char>(value);
    }
    std::string exact(bytes);
    exact.shrink_to_fit();
    if (!check_record(exact)) continue;
    ++passed;
    RecordPtr r = RecordPtr::copy(exact);
    auto again = encode(decode(*r));
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->bytes(), exact) << "the form is canonical";
  }
  EXPECT_GT(passed, 100);
}

TEST(CheckRecord, DisorderIsRefused) {
  RecordPtr r = *encode(everything());
  std::string head(r->bytes().substr(0, r->bytes().size()));
  // Two instances swapped: sizes still agree, order does not.
  std::vector<std::string> instances;
  std::size_t total = 0;
  for (AttributeView a : r->attributes()) {
    instances.emplace_back(a.bytes());
    total += a.size();
  }
  std::swap(instances[0], instances[1]);
  std::string bytes = head.substr(0, head.size() - total);
  for (const std::string& i : instances) bytes += i;
  EXPECT_FALSE(check_record(bytes));
  // The same instance twice.
  std::string doubled = head.substr(0, head.size() - total);
  for (int i = 0; i < 5; ++i) doubled += instances[4];
  auto size = static_cast<std::uint32_t>(doubled.size());
  std::memcpy(doubled.data(), &size, 4);
  EXPECT_FALSE(check_record(doubled));
}

TEST(CheckRecord, DeepNestingIsRefused) {
  Attribute a = attribute("zone", AttrKind::kProperty, "1");
  for (int i = 0; i < 60; ++i) {
    Attribute outer = attribute("zone", AttrKind::kProperty, "1");
    outer.subs.push_back(std::move(a));
    a = std::move(outer);
  }
  Entity e;
  e.id = "urn:x:1";
  e.attributes.push_back(a);
  RecordPtr fits = *encode(e);
  EXPECT_TRUE(check_record(fits->bytes()));

  // The same made by hand 50,000 deep: a reader without a bound would exhaust its stack.
  constexpr std::uint32_t kDeep = 50'000, kOne = AttributeView::kFixedSize + 1;
  e.attributes.clear();
  std::string bytes((*encode(e))->bytes());
  for (std::uint32_t left = kDeep; left > 0; --left) {
    std::string one(kOne, '\0');
    std::uint32_t size = left * kOne, name = 1, value = 1;
    std::uint16_t subs = left > 1;
    std::memcpy(one.data(), &size, 4);
    std::memcpy(one.data() + 4, &name, 4);
    one[8] = 1;
    std::memcpy(one.data() + 10, &subs, 2);
    std::memcpy(one.data() + 28, &value, 4);
    one[32] = '1';
    bytes += one;
  }
  auto size = static_cast<std::uint32_t>(bytes.size());
  std::uint32_t count = 1;
  std::memcpy(bytes.data(), &size, 4);
  std::memcpy(bytes.data() + 8, &count, 4);
  EXPECT_FALSE(check_record(bytes));
}

}  // namespace
}  // namespace tsunagu::ngsi
