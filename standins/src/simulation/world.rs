//! What the writers share: the approval in its versions, the row, the vendor, timers, events, and the mishaps that are still to come.

use super::row::Row;
use super::vendor::Vendor;
use domain::approval::request::{Admission, Ask, request};
use domain::delivery::Address;
use domain::digest::Digest;
use domain::policy::Ruling;
use domain::{Approval, ApprovalId, Command, Policy, Principal, Timestamp, Workspace, apply};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// The connector whose card it is.
pub const CONNECTOR: &str = "ac_1";

/// What may still go wrong.
#[derive(Debug, Default)]
pub struct Mishaps {
    /// Functions that are stopped in the middle.
    pub crashes: u32,
    /// Functions that are held up for longer than a lease lasts.
    pub pauses: u32,
    /// Answers of the vendor that never come, though it did what it was asked.
    pub lost_answers: u32,
    /// Failures of the vendor.
    pub failures: u32,
    /// Cards that somebody deletes.
    pub deletions: u32,
    /// Cards that somebody alters, or sees to be old.
    pub alterations: u32,
}

impl Mishaps {
    /// How many of them may make a writer send once more what the vendor has: all but its failures.
    pub fn repeating(&self) -> usize {
        let all = [self.crashes, self.pauses, self.lost_answers, self.deletions, self.alterations];
        all.iter().map(|n| *n as usize).sum()
    }
}

/// A call whose caller is no more.
#[derive(Debug)]
pub struct Stray {
    pub address: Option<Address>,
    pub version: u64,
    pub arrives: Timestamp,
}

/// The world of one schedule.
#[derive(Debug)]
pub struct World {
    pub random: Rng,
    pub now: Timestamp,
    pub row: Row,
    pub vendor: Vendor,
    pub mishaps: Mishaps,
    /// How many of the mishaps that repeat a call there were to be.
    pub repeating: usize,
    /// How often the vendor took each version from a writer that held the lease.
    pub taken: BTreeMap<u64, usize>,
    /// Moments at which the approval is looked at again.
    pub timers: BTreeSet<Timestamp>,
    /// Versions that events tell of, and that no consumer has dealt with.
    pub events: Vec<u64>,
    /// How many extra cards there may be: each deletion can cost one, and each lost answer, crash and pause while a card is posted.
    pub excuses: usize,
    /// How many of them are deletions.
    pub deleted: usize,
    /// Calls of functions that were stopped: they still arrive, by then at the latest.
    pub strays: Vec<Stray>,
    /// A function was held up past its lease in a call, and stopped before it noticed.
    pub nobody_knows: bool,
    /// What has happened, where somebody wants to know.
    pub told: Option<Vec<String>>,
    versions: Vec<Approval>,
    newest: usize,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        // A third of all schedules has a world in which nothing goes wrong.
        let mishaps = if random.u8(0..3) == 0 {
            Mishaps::default()
        } else {
            Mishaps {
                crashes: random.u32(0..3),
                pauses: random.u32(0..2),
                lost_answers: random.u32(0..3),
                failures: random.u32(0..4),
                deletions: random.u32(0..2),
                alterations: random.u32(0..3),
            }
        };
        Self {
            vendor: Vendor::new(random.bool(), random.bool()),
            row: Row::new(CONNECTOR),
            now: start(),
            timers: BTreeSet::new(),
            events: vec![1],
            excuses: 0,
            deleted: 0,
            strays: Vec::new(),
            nobody_knows: false,
            told: None,
            versions: versions(random.usize(0..KINDS)),
            newest: 0,
            repeating: mishaps.repeating(),
            taken: BTreeMap::new(),
            mishaps,
            random,
        }
    }

    /// Notes a step.
    pub fn log(&mut self, line: impl FnOnce(&Self) -> String) {
        if self.told.is_some() {
            let line = line(self);
            self.told.iter_mut().for_each(|told| told.push(line.clone()));
        }
    }

    /// The approval as it is.
    pub fn approval(&self) -> &Approval {
        self.versions.get(self.newest).expect("an approval has a first version")
    }

    /// Whether the approval can still change.
    pub fn can_change(&self) -> bool {
        self.newest + 1 < self.versions.len()
    }

    /// The approval changes, and an event tells of it: at least once.
    pub fn change(&mut self) {
        self.newest += 1;
        let version = self.approval().version;
        let times = self.random.usize(1..3);
        self.events.extend(std::iter::repeat_n(version, times));
    }
}

fn start() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a moment")
}

/// Requested; escalated or not, taken back or still open.
const KINDS: usize = 4;

fn versions(kind: usize) -> Vec<Approval> {
    static MADE: OnceLock<Vec<Vec<Approval>>> = OnceLock::new();
    let all = || [(true, true), (false, true), (true, false), (false, false)].map(made).to_vec();
    MADE.get_or_init(all)[kind].clone()
}

fn made((escalated, ended): (bool, bool)) -> Vec<Approval> {
    let policy = Policy::parse("actions: { plain: { approvers: { anyOf: [\"user:jane@acme.com\"] } } }");
    let policy = policy.expect("a policy");
    let admission = Admission {
        id: ApprovalId::from_bits([1; 16]),
        workspace: Workspace::default_name(),
        asked_by: Principal::parse("agent:demo").expect("a principal"),
        owner: None,
        policy: &policy,
        ruling: Ruling { pattern: "plain".into(), ..Ruling::default() },
        fields: policy.find("plain").expect("a rule").rule,
        digest: Digest::of("plain", "n", &serde_json::Map::new()),
        view: serde_json::Map::new(),
        sealed: None,
        token_number: 1,
        token_hash: "hash".into(),
        fingerprint: "print".into(),
        agent_timeout_sec: Some(86_400),
        lineage: None,
    };
    let first =
        request(Ask { action: "plain".into(), justification: "why".into(), ..Ask::default() }, admission, start());
    let mut all = vec![first];
    let escalate = escalated.then_some(Command::Escalate { required: None, note: Some("soon".into()) });
    let cancel = ended.then_some(Command::Cancel { by: None, reason: None });
    for command in escalate.into_iter().chain(cancel) {
        let next = all.last().and_then(|last| apply(last, command, start()).ok()).expect("it may change");
        all.push(next.approval);
    }
    all
}
