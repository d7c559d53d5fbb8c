// The rules at work: hears changes, keeps the state of every rule and entity, acts, and records what it did and why.
// Everything is called by one thread at a time, with the time it is; nothing waits. automation.h gives it a thread.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "automation/kept_rule.h"
#include "automation/machine.h"
#include "automation/record.h"
#include "automation/rule_index.h"
#include "trust/authority.h"

namespace tsunagu::automation {

/// A notice or an alarm that a rule asks for.
struct Call {
  store::TenantId tenant;
  std::string rule, entity;
  Words text, reason;
  std::string severity;
  bool alarm = false;   ///< raise; with `over`: clear
  bool over = false;    ///< the rule ended: what it raised is over
  Instant at;
};

/// How the engine reaches the world. All may be called on the engine's thread only and must not block.
struct Outlets {
  /// Tells people. Answers what is wrong with it, "" when it was taken.
  std::function<std::string(const Call&)> tell;
  /// POST of a JSON body; `done` with "" or what went wrong, from any thread.
  std::function<void(std::string url, std::string body, std::function<void(std::string)> done)> webhook;
  /// Runs `work` soon on the engine's thread. From any thread, also after the engine is gone (then it does nothing).
  std::function<void(std::function<void()> work)> post;
};

class Engine {
 public:
  /// `store` and `authority` outlive it.
  Engine(store::Store& store, const trust::Authority& authority, Outlets outlets);
  ~Engine();

  /// Adds a rule, or takes it in place of that of its name; looks at every entity it is for if it is on. What an older
  /// text had begun is made safe first when `now` is a change by a person (`by_hand`); at the start it is taken over.
  void put(KeptRule rule, Instant now, bool by_hand);
  void remove(store::TenantId tenant, const std::string& name, Instant now);
  /// Null when there is none. Valid until the next call.
  const KeptRule* find(store::TenantId tenant, const std::string& name) const;
  std::vector<const KeptRule*> rules(store::TenantId tenant) const;
  /// Entities for which the rule is active now.
  std::size_t active_count(store::TenantId tenant, const std::string& name) const;

  /// What people did by hand before a restart is still so.
  void load_hands(store::TenantId tenant);
  /// Attributes that rules look at in linked entities: a change of one of these is to be heard of, whatever its type.
  std::vector<std::pair<store::TenantId, ngsi::TermId>> followed() const;
  void changed(const store::EntityChange& change, Instant now);
  /// Changes were missed: looks at everything.
  void look_again(Instant now);
  /// What is due by now.
  void advance(Instant now);
  /// When advance() has something to do; kNoInstant: nothing.
  Instant next_due() const;

  /// Things that were begun and are not recorded yet.
  std::size_t under_way() const { return under_way_; }

  struct Figures {
    std::uint64_t changes = 0, looked_at = 0, fired = 0, refused = 0, loops = 0;
  };
  const Figures& figures() const { return figures_; }

 private:
  using Key = std::pair<store::TenantId, std::string>;  ///< tenant and entity, or rule
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string>()(key.second) * 31 + key.first.value;
    }
  };
  /// The rules by which a change came about, oldest first.
  using Chain = std::shared_ptr<const std::vector<std::string>>;
  struct Live {  ///< a rule at work
    KeptRule kept;
    std::uint64_t serial = 0;
    bool taking_over = false;  ///< what it was doing before a restart is read from its records
  };
  struct Kept {  ///< a state that is not idle
    Live* live = nullptr;
    State state;
  };
  struct Due {
    Instant at;
    Key entity;
    std::uint64_t serial = 0;  ///< of the rule; entity "": its schedule
    bool operator<(const Due& other) const { return other.at < at; }
  };
  /// A clock and what is due by it. Entities labelled `simulated` go by the time of their simulation: the latest
  /// observedAt that was heard of any of them in their tenant; all others by the time it is.
  struct World {
    Instant now;
    std::priority_queue<Due> due;
  };
  /// An attribute of an entity.
  using Place = std::tuple<store::TenantId, std::string, ngsi::TermId>;
  struct Written {
    std::string value;
    Chain chain;
    Instant at;
  };
  struct Firing;

  World& world_of(store::TenantId tenant, const ngsi::Record* record);
  void advance(World& world);
  /// `only`: entities of that world; null: of all.
  void look_at_all(Live& live, bool triggered, const World* only);
  void look_at(Live& live, const std::string& id, const ngsi::RecordPtr& record, const ngsi::RecordPtr& before,
               bool triggered, const Chain& chain, World& world);
  void act(Live& live, const std::string& id, const Step& step, const Moment& moment, const Chain& chain);
  void write(Live& live, const Action& action, const Moment& moment, const std::string& id, const Chain& chain,
             const std::shared_ptr<Firing>& firing, std::vector<store::Write>& writes);
  void finish(const std::shared_ptr<Firing>& firing);
  /// Looks at the entities whose rules look at this one through a relationship.
  void look_at_change(const store::EntityChange& change, Instant wall_now);
  void follow(const store::EntityChange& change, const std::string& id, const Chain& chain);
  void note_hand(const Place& place, Instant now);
  void forget_hand(const Place& place);
  void halt(Live& live, const std::string& id, const Moment& moment);
  void let_go(Live& live);
  Chain cause_of(const store::EntityChange& change, Instant now);
  bool by_hand_lately(const Live& live, const std::string& id, const ngsi::Record& record, Instant now) const;
  std::vector<std::string> targets_of(const Action& action, const std::string& id, const ngsi::Record& record) const;
  void schedule(Live& live, World& world);
  State& state_of(Live& live, const Key& key);
  void keep(Live& live, const Key& key, World& world);

  store::Store& store_;
  const trust::Authority& authority_;
  const Outlets outlets_;
  RuleIndex index_;
  std::map<Key, std::unique_ptr<Live>> rules_;
  std::unordered_map<std::uint64_t, Live*> by_serial_;
  std::unordered_map<Key, std::vector<Kept>, KeyHash> states_;
  const ngsi::TermId simulated_;
  World wall_;
  const store::EntityChange* changing_ = nullptr;  ///< while it is looked at
  std::map<store::TenantId, World> simulations_;
  std::map<Place, std::vector<Written>> written_;  ///< by the engine, not seen as changes yet; oldest first
  std::map<Place, Instant> by_hand_;            ///< when somebody else wrote what a rule with `manual` writes
  std::map<Place, std::set<std::pair<std::uint64_t, std::string>>> controls_;  ///< which rule, for which entity, wrote it
  struct Uses {
    int all = 0, commands = 0;
  };
  std::map<std::pair<store::TenantId, ngsi::TermId>, Uses> manual_terms_;  ///< what rules with `manual` write
  struct Follow {
    std::uint64_t serial = 0;
    ngsi::TermId relationship;
  };
  std::map<std::pair<store::TenantId, ngsi::TermId>, std::vector<Follow>> follows_;  ///< by attribute of the linked entity
  std::uint64_t next_serial_ = 1;
  std::size_t under_way_ = 0;
  Figures figures_;
};

}  // namespace tsunagu::automation
