//! The keys of issuers: fetched once for a crowd, exchanged, taken away, and not to be had.

use crate::harness::{Start, System};
use crate::routes::{clock, error, header, refused};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use standins::issuer::{IssuerStandin, SigningKey, machine, with};
use standins::names::Names;
use standins::vendor::Fault;

/// An issuer, and a host that believes it.
struct Stage {
    system: System,
    issuer: IssuerStandin,
    key: SigningKey,
}

impl Stage {
    async fn open() -> Self {
        let key = SigningKey::new("one", "ES256");
        let issuer = IssuerStandin::start(&[&key]).await;
        let system = Start::fresh().at(clock()).believing(json!([issuer.configured()])).start().await;
        Self { system, issuer, key }
    }

    /// A token that holds for days.
    fn token(&self, key: &SigningKey) -> String {
        let now = self.system.clock.now();
        key.token("ES256", &with(machine(now, "bot"), json!({ "exp": now.as_second() + 300_000 })))
    }

    /// What is answered to a token.
    async fn listed(&self, token: &str) -> u16 {
        self.system.get(token, "/approvals").await.0
    }

    /// How often keys were fetched.
    fn fetches(&self) -> usize {
        self.issuer.fetched().len()
    }

    fn later(&self, seconds: i64) {
        self.system.clock.advance(SignedDuration::from_secs(seconds));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_makes_one_fetch() {
    let stage = Stage::open().await;
    stage.issuer.fail_next(Fault::Late);
    let token = stage.token(&stage.key);
    let crowd = join_all((0..20).map(|_| stage.listed(&token)));
    let (statuses, ()) = tokio::join!(crowd, async {
        stage.issuer.wait_for(1).await;
        stage.issuer.let_go();
    });
    assert_eq!((statuses, stage.fetches()), (vec![200; 20], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_known_once_a_token_names_it() {
    let stage = Stage::open().await;
    let (next, old) = (SigningKey::new("next", "ES256"), stage.token(&stage.key));
    assert_eq!(stage.listed(&old).await, 200);
    stage.issuer.publish(&[stage.key.jwk(), next.jwk()]);
    let new = stage.token(&next);
    assert_eq!((stage.listed(&new).await, stage.fetches()), (401, 1), "keys were fetched less than half a minute ago");
    stage.later(30);
    assert_eq!((stage.listed(&new).await, stage.listed(&old).await, stage.fetches()), (200, 200, 2));
    // A key that is exchanged under the same id is found as well.
    let same = SigningKey::new("next", "ES256");
    stage.issuer.publish(&[same.jwk()]);
    stage.later(30);
    assert_eq!((stage.listed(&stage.token(&same)).await, stage.listed(&new).await, stage.fetches()), (200, 401, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_named_at_random_make_one_fetch_in_half_a_minute() {
    let stage = Stage::open().await;
    assert_eq!(stage.listed(&stage.token(&stage.key)).await, 200);
    for round in 1..4 {
        let random: Vec<String> =
            (0..30).map(|i| stage.token(&SigningKey::new(&format!("{round}-{i}"), "ES256"))).collect();
        let statuses = join_all(random.iter().map(|token| stage.listed(token))).await;
        assert_eq!((statuses, stage.fetches()), (vec![401; 30], round));
        stage.later(30);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_anyway_makes_no_fetch() {
    let stage = Stage::open().await;
    let now = stage.system.clock.now();
    for more in
        [json!({ "iss": "https://id.example" }), json!({ "aud": "x" }), json!({ "exp": 1 }), json!({ "azp": null })]
    {
        assert_eq!(stage.listed(&stage.key.token("ES256", &with(machine(now, "bot"), more))).await, 401);
    }
    assert_eq!(stage.listed(&stage.key.token("ES384", &machine(now, "bot"))).await, 401);
    assert_eq!(stage.fetches(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_taken_away_stops_working_within_ten_minutes() {
    let stage = Stage::open().await;
    let token = stage.token(&stage.key);
    assert_eq!(stage.listed(&token).await, 200);
    stage.issuer.publish(&[]);
    stage.later(599);
    assert_eq!((stage.listed(&token).await, stage.fetches()), (200, 1));
    stage.later(1);
    assert_eq!((stage.listed(&token).await, stage.fetches()), (401, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_may_call_its_keys_fresh_for_one_to_ten_minutes() {
    for (said, seconds) in [("public, max-age=90", 90), ("max-age=1", 60), ("max-age=86400", 600), ("max-age=x", 600)] {
        let stage = Stage::open().await;
        let token = stage.token(&stage.key);
        stage.issuer.calls_fresh(said);
        assert_eq!(stage.listed(&token).await, 200);
        stage.later(seconds - 1);
        assert_eq!((stage.listed(&token).await, stage.fetches()), (200, 1), "{said}");
        stage.later(1);
        assert_eq!((stage.listed(&token).await, stage.fetches()), (200, 2), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_issuer_cannot_be_asked_its_keys_are_believed_for_a_day() {
    let stage = Stage::open().await;
    let token = stage.token(&stage.key);
    assert_eq!(stage.listed(&token).await, 200);
    let faults = [
        Fault::Reset,
        Fault::Rubbish,
        Fault::Halved,
        Fault::Answer(500, json!({ "error": "down" })),
        Fault::Answer(404, Value::Null),
        Fault::Answer(200, json!({ "message": "maintenance" })),
        Fault::Answer(200, json!({ "keys": [{ "kid": "x".repeat(1 << 20) }] })),
    ];
    stage.later(600);
    for (round, fault) in faults.into_iter().enumerate() {
        stage.issuer.fail_next(fault.clone());
        for _ in 0..3 {
            assert_eq!(stage.listed(&token).await, 200, "{fault:?}");
        }
        assert_eq!(stage.fetches(), 2 + round, "once in half a minute: {fault:?}");
        stage.later(30);
    }
    stage.later(86_400 - 600 - 7 * 30 - 1);
    stage.issuer.fail_next(Fault::Reset);
    assert_eq!(stage.listed(&token).await, 200);
    stage.later(30);
    stage.issuer.fail_next(Fault::Reset);
    assert_eq!(refused(stage.system.get(&token, "/approvals").await), error(503, "UNAVAILABLE"));
    stage.later(30);
    assert_eq!(stage.listed(&token).await, 200, "it is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_nothing_is_said_of_the_token_and_it_may_be_sent_again() {
    let stage = Stage::open().await;
    let token = stage.token(&stage.key);
    stage.issuer.fail_next(Fault::Reset);
    let answer = stage.system.request("GET", "/approvals").bearer_auth(&token).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(answer.headers(), "retry-after").as_str()), (503, "5"));
    let told = "The keys of the token's issuer cannot be had just now; try again in 5 s.";
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "error": told, "code": "UNAVAILABLE" }));
    assert_eq!((stage.listed(&token).await, stage.fetches()), (503, 1), "no fetch so soon after another");
    assert_eq!(stage.system.get(&stage.system.keys.agent, "/approvals").await.0, 200, "keys of ours need no issuer");
    stage.later(5);
    assert_eq!((stage.listed(&token).await, stage.fetches()), (200, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_hangs_is_not_waited_for_longer_than_three_seconds() {
    let stage = Stage::open().await;
    stage.issuer.fail_next(Fault::Hang);
    assert_eq!((stage.listed(&stage.token(&stage.key)).await, stage.fetches()), (503, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_usable_keys_waits_for_nobodys_fetch() {
    let stage = Stage::open().await;
    let token = stage.token(&stage.key);
    assert_eq!(stage.listed(&token).await, 200);
    stage.later(600);
    stage.issuer.fail_next(Fault::Late);
    let (first, second) = tokio::join!(stage.listed(&token), async {
        stage.issuer.wait_for(2).await;
        let second = stage.listed(&token).await;
        stage.issuer.let_go();
        second
    });
    assert_eq!((first, second, stage.fetches()), (200, 200, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_not_fetched_from_where_an_issuer_sends_us() {
    let stage = Stage::open().await;
    stage.issuer.move_away();
    assert_eq!(stage.listed(&stage.token(&stage.key)).await, 503);
    assert_eq!(stage.issuer.fetched(), ["/keys"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_not_fetched_from_a_private_address() {
    let (key, names) = (SigningKey::new("one", "ES256"), Names::standing_for(&[&["127.0.0.1", "10.0.0.1"]]));
    let issuer = IssuerStandin::start(&[&key]).await;
    for jwks in
        [issuer.jwks().replace("http", "https").replace("127.0.0.1", "keys.example"), "https://127.0.0.1/".into()]
    {
        let configured = with(issuer.configured(), json!({ "jwks": jwks }));
        let start = Start::fresh().strictly().knowing(&names).believing(json!([configured]));
        let system = start.start().await;
        let token = key.token("ES256", &machine(system.clock.now(), "bot"));
        assert_eq!(refused(system.get(&token, "/approvals").await), error(503, "UNAVAILABLE"));
    }
    assert_eq!((names.asked(), issuer.fetched().len()), (1, 0), "a name is looked up, a literal is not");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_issuers_may_share_their_keys() {
    let key = SigningKey::new("one", "ES256");
    let issuer = IssuerStandin::start(&[&key]).await;
    let other = with(issuer.configured(), json!({ "issuer": "https://other.example" }));
    let system = Start::fresh().believing(json!([issuer.configured(), other])).start().await;
    for more in [json!({}), json!({ "iss": "https://other.example" })] {
        let token = key.token("ES256", &with(machine(system.clock.now(), "bot"), more));
        assert_eq!(system.get(&token, "/approvals").await.0, 200);
    }
    assert_eq!(issuer.fetched().len(), 1);
}
