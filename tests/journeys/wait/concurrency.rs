//! Waiting must not starve deciding: Lambda's concurrency as AWS hands it out, driven with what the template says, flooded by waiters while
//! decisions arrive. The account has 1,000 invocations at once, or the 10 of a new one.

use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

const TEMPLATE: &str = include_str!("../../../template.yaml");
const SAMCONFIG: &str = include_str!("../../../samconfig.toml");

/// Times in milliseconds: how long it is simulated, and what an invocation takes.
const LASTS: u64 = 120_000;
const HELD: u64 = 25_000;
const STREAMED: u64 = 300_000;
const SHORT: u64 = 30;
/// Requests a second that waiters send to each of their routes, and to the streaming URL.
const FLOOD: u64 = 1_000;

/// The template with its parameters' values.
struct Deployed {
    template: Value,
    parameters: HashMap<String, f64>,
}

impl Deployed {
    /// As an environment of `samconfig.toml` has it.
    fn by(environment: &str) -> Self {
        let template: Value = serde_saphyr::from_str(TEMPLATE).unwrap();
        let defaults = template["Parameters"].as_object().unwrap().iter();
        let mut parameters: HashMap<String, f64> =
            defaults.filter_map(|(name, said)| Some((name.clone(), said["Default"].as_f64()?))).collect();
        let section = SAMCONFIG.split(&format!("[{environment}.deploy.parameters]")).nth(1).unwrap();
        let section = section.split("\n[").next().unwrap();
        for pair in section.lines().filter_map(|line| line.trim().trim_matches(['"', ',']).split_once('=')) {
            if let (name, Ok(value)) = (pair.0, pair.1.trim_matches('"').parse()) {
                parameters.insert(name.to_owned(), value);
            }
        }
        Self { template, parameters }
    }

    fn value(&self, said: &Value) -> Value {
        if let Some([condition, yes, no]) = said["Fn::If"].as_array().map(Vec::as_slice) {
            let asked = &self.template["Conditions"][condition.as_str().unwrap()]["Fn::Not"][0]["Fn::Equals"];
            return self.value(if self.value(&asked[0]) != self.value(&asked[1]) { yes } else { no });
        }
        match said["Ref"].as_str() {
            Some("AWS::NoValue") => Value::Null,
            Some(name) => self.parameters[name].into(),
            None => said.as_f64().map_or(said.clone(), Value::from),
        }
    }

    fn function(&self, name: &str) -> &Value {
        &self.template["Resources"][name]["Properties"]
    }

    fn reserved(&self, name: &str) -> Option<u64> {
        self.value(&self.function(name)["ReservedConcurrentExecutions"]).as_f64().map(|number| number as u64)
    }

    /// How long a function that waits runs for a request.
    fn holds(&self, name: &str) -> u64 {
        let holds = self.value(&self.function(name)["Environment"]["Variables"]["HOLDS_ANSWERS"]);
        if holds == "true" { HELD } else { SHORT }
    }

    /// A route's throttle: so many a second, so many at once.
    fn throttle(&self, api: &str, route: &str) -> Throttle {
        let api = &self.template["Resources"][api]["Properties"];
        let own = &api["RouteSettings"][route];
        let settings = if own.is_null() { &api["DefaultRouteSettings"] } else { own };
        let of = |name: &str| self.value(&settings[name]).as_f64().unwrap();
        let (rate, burst) = (of("ThrottlingRateLimit"), of("ThrottlingBurstLimit"));
        Throttle { rate, burst, tokens: burst, at: 0 }
    }

    /// The function that serves a route of the HTTP API.
    fn serves(&self, method: &str, path: &str) -> String {
        let serves = |resource: &Value| {
            let events = resource["Properties"]["Events"].as_object();
            let here = |event: &Value| event["Properties"]["Method"] == method && event["Properties"]["Path"] == path;
            events.is_some_and(|events| events.values().any(here))
        };
        let all = self.template["Resources"].as_object().unwrap();
        all.iter().find(|(_, resource)| serves(resource)).unwrap().0.clone()
    }
}

/// A token bucket of the gateway's.
struct Throttle {
    rate: f64,
    burst: f64,
    tokens: f64,
    at: u64,
}

impl Throttle {
    fn admits(&mut self, now: u64) -> bool {
        self.tokens = (self.tokens + (now - self.at) as f64 * self.rate / 1_000.0).min(self.burst);
        self.at = now;
        let admits = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(admits));
        admits
    }
}

/// An account's concurrency: what is reserved is a function's own, and the rest is for all others.
struct Account {
    unreserved: u64,
    reserved: HashMap<String, u64>,
    running: HashMap<String, u64>,
    ends: BinaryHeap<Reverse<(u64, String)>>,
}

impl Account {
    fn of(limit: u64, deployed: &Deployed) -> Self {
        let resources = deployed.template["Resources"].as_object().unwrap();
        let functions = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
        let reserved: HashMap<String, u64> =
            functions.filter_map(|(name, _)| Some((name.clone(), deployed.reserved(name)?))).collect();
        let all: u64 = reserved.values().sum();
        assert!(all == 0 || all + 100 <= limit, "AWS wants 100 left of {limit}, and {all} are reserved");
        Self { unreserved: limit - all, reserved, running: HashMap::new(), ends: BinaryHeap::new() }
    }

    /// Whether an invocation begins; else it is throttled.
    fn invoke(&mut self, function: &str, now: u64, takes: u64) -> bool {
        while let Some(Reverse((at, _))) = self.ends.peek()
            && *at <= now
        {
            let Reverse((_, ended)) = self.ends.pop().unwrap();
            *self.running.get_mut(&ended).unwrap() -= 1;
        }
        let (pool, most) = match self.reserved.get(function) {
            Some(own) => (function, *own),
            None => ("", self.unreserved),
        };
        let running = self.running.entry(pool.to_owned()).or_default();
        if *running >= most {
            return false;
        }
        *running += 1;
        self.ends.push(Reverse((now + takes, pool.to_owned())));
        true
    }
}

/// What came of decisions while waiters flood: those made, and those throttled somewhere on their way.
fn decide_while_waiters_flood(limit: u64, deployed: &Deployed, decisions_a_second: u64) -> (u64, u64) {
    let mut account = Account::of(limit, deployed);
    let wait = ["/api/guard/wait", "/v1/api/guard/wait"];
    let routes = wait.iter().flat_map(|path| ["GET", "POST"].map(|method| (method, *path)));
    let mut waits: Vec<(String, u64, Throttle)> = routes
        .map(|(method, path)| {
            let function = deployed.serves(method, path);
            let takes = deployed.holds(&function);
            (function, takes, deployed.throttle("HttpApi", &format!("{method} {path}")))
        })
        .collect();
    waits.extend(["$connect", "$default"].map(|route| {
        let throttle = deployed.throttle("SocketApi", route);
        ("SocketFunction".to_owned(), SHORT, throttle)
    }));
    let inbox = deployed.serves("GET", "/approvals");
    // What a decision needs one after the other, and how long each takes.
    let steps = [
        (inbox.as_str(), 40),
        ("ResolveFunction", 50),
        ("RelayFunction", 30),
        ("DispatchFunction", 400),
        ("PushFunction", 30),
    ];
    let (mut made, mut throttled, mut under_way) = (0, 0, Vec::new());
    for now in 0..LASTS {
        for _ in 0..FLOOD / 1_000 {
            for (function, takes, throttle) in &mut waits {
                if throttle.admits(now) {
                    account.invoke(function, now, *takes);
                }
            }
            account.invoke("WaitStreamFunction", now, STREAMED);
        }
        if now % (1_000 / decisions_a_second) == 0 && now < LASTS - 1_000 {
            under_way.push((now, 0));
        }
        for (at, step) in std::mem::take(&mut under_way) {
            match steps.get(step) {
                _ if at > now => under_way.push((at, step)),
                Some((function, takes)) if account.invoke(function, now, *takes) => {
                    under_way.push((now + takes, step + 1))
                }
                Some(_) => throttled += 1,
                None => made += 1,
            }
        }
    }
    (made, throttled)
}

#[test]
fn in_an_account_of_a_thousand_every_decision_goes_through_while_waiters_flood() {
    assert_eq!(decide_while_waiters_flood(1_000, &Deployed::by("prod"), 20), (2_380, 0));
}

#[test]
fn in_an_account_of_ten_every_decision_goes_through_while_waiters_flood() {
    assert_eq!(decide_while_waiters_flood(10, &Deployed::by("dev"), 2), (238, 0));
}

#[test]
fn without_what_is_reserved_the_same_flood_starves_them() {
    let mut bare = Deployed::by("prod");
    for name in ["WaitConcurrency", "DecideConcurrency", "WorkConcurrency", "PushConcurrency"] {
        bare.parameters.insert(name.to_owned(), 0.0);
    }
    // Held all the same, as if nobody had thought of it.
    for name in ["PollFunction", "WaitFunction"] {
        bare.template["Resources"][name]["Properties"]["Environment"]["Variables"]["HOLDS_ANSWERS"] = "true".into();
    }
    let (made, throttled) = decide_while_waiters_flood(1_000, &bare, 20);
    assert!(throttled > made, "{made} made, {throttled} throttled");
}
