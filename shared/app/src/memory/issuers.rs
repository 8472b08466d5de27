//! The configured issuers of tokens, and their keys: fetched when needed, kept for a while, fetched again when they may have changed.

use crate::{Clock, Failure};
use domain::Timestamp;
use identity::issuer::{self, Issuer};
use identity::jwk::KeySet;
use identity::jwt::Token;
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Mutex as AsyncMutex;
use vendors::Http;
use vendors::wire::jwks::fetch;

/// How long a fetch may take. A call that needs the keys waits for it.
const FETCH_TAKES: Duration = Duration::from_secs(3);
/// How long keys are believed without asking again; an issuer may ask for less, down to the second figure.
const FRESH_FOR: (u64, u64) = (600, 60);
/// How long keys are believed while their issuer cannot be reached.
const USABLE_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The least time between two fetches, for all callers and all keys.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// The same as long as there are no keys at all.
const PAUSE_WITHOUT_KEYS: SignedDuration = SignedDuration::from_secs(5);

/// The issuers of a deployment.
#[derive(Debug, Default)]
pub struct Issuers {
    pub(crate) all: Vec<Issuer>,
    /// By the address of their keys, which two may share.
    shelves: HashMap<String, Shelf>,
}

/// What fetching needs.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'a> {
    pub(crate) http: &'a Http,
    pub(crate) clock: &'a Clock,
}

/// The keys of one address.
#[derive(Debug, Default)]
struct Shelf {
    known: Mutex<ShelfState>,
    /// Held by the one who fetches.
    turn: AsyncMutex<()>,
}

/// What is known of an address.
#[derive(Clone, Debug, Default)]
struct ShelfState {
    keys: Option<Fetched>,
    /// The last try to fetch them.
    tried: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Timestamp,
    fresh_for: SignedDuration,
}

impl Issuers {
    /// Reads a JSON list of issuers. With `allow_insecure`, for a laptop, their keys may be fetched by http.
    ///
    /// # Errors
    /// Every fault, in a sentence.
    pub fn read(text: &str, allow_insecure: bool) -> Result<Self, String> {
        let all = issuer::read(text, allow_insecure).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            format!("the issuers of JWTs: {}", told.join("; ").trim_start())
        })?;
        let shelves = all.iter().map(|one| (one.jwks.clone(), Shelf::default())).collect();
        Ok(Self { all, shelves })
    }

    /// Whether a key of the issuer made the token's signature. What its keys do not verify is tried once more under newer ones.
    pub(crate) async fn signed(&self, wire: Wire<'_>, issuer: &Issuer, token: &Token<'_>) -> Result<bool, Failure> {
        let shelf = self.shelves.get(&issuer.jwks).ok_or_else(|| Failure::missing("the issuer"))?;
        let keys = shelf.keys(wire, &issuer.jwks).await?;
        if keys.verifies(token) {
            return Ok(true);
        }
        let newer = shelf.newer(wire, &issuer.jwks, &keys).await;
        Ok(newer.is_some_and(|newer| newer.verifies(token)))
    }
}

impl Shelf {
    fn known(&self) -> ShelfState {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys as they are known; fetched first where that is too long ago. Nobody who has usable keys waits for another's fetch.
    async fn keys(&self, wire: Wire<'_>, url: &str) -> Result<Arc<KeySet>, Failure> {
        let (known, now) = (self.known(), wire.clock.now());
        let turn = match known.within(now, |fetched| fetched.fresh_for) {
            Some(fresh) => return Ok(fresh),
            None => match known.within(now, |_| USABLE_FOR) {
                Some(usable) => match self.turn.try_lock() {
                    Ok(turn) => turn,
                    Err(_) => return Ok(usable),
                },
                None => self.turn.lock().await,
            },
        };
        self.fetch(wire, url).await;
        drop(turn);
        let known = self.known();
        let usable = known.within(wire.clock.now(), |_| USABLE_FOR);
        usable.ok_or_else(|| Failure::Unavailable { retry_after_sec: known.pause().as_secs().unsigned_abs() })
    }

    /// Keys that came after these, if there are any or may be by now.
    async fn newer(&self, wire: Wire<'_>, url: &str, than: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let _turn = self.turn.lock().await;
        self.fetch(wire, url).await;
        let keys = self.known().keys?.keys;
        (!Arc::ptr_eq(&keys, than)).then_some(keys)
    }

    /// Fetches the keys, unless they have just been fetched. The caller holds the lock. The time of the try is stored first, so that a
    /// request that is broken off does not allow another fetch.
    async fn fetch(&self, wire: Wire<'_>, url: &str) {
        let now = wire.clock.now();
        if !self.begin(now) {
            return;
        }
        match fetched(wire.http, url, now).await {
            Ok(keys) => self.known.lock().unwrap_or_else(PoisonError::into_inner).keys = Some(keys),
            Err(why) => tracing::warn!(jwks = url, why, "an issuer's keys could not be fetched"),
        }
    }

    /// Whether it is time to fetch, which is noted.
    fn begin(&self, now: Timestamp) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = known.pause();
        let rested = known.tried.is_none_or(|at| !is_within(now, at, pause));
        if rested {
            known.tried = Some(now);
        }
        rested
    }
}

/// Fetches the keys at an address, or says why there are none.
async fn fetched(http: &Http, url: &str, now: Timestamp) -> Result<Fetched, String> {
    let published = fetch(http, url, FETCH_TAKES).await.map_err(|why| why.to_string())?;
    let keys = Arc::new(KeySet::read(&published.document)?);
    let (most, least) = FRESH_FOR;
    let seconds = published.max_age.unwrap_or(most).clamp(least, most);
    Ok(Fetched { keys, at: now, fresh_for: SignedDuration::from_secs(seconds.cast_signed()) })
}

impl ShelfState {
    /// How long after one try there is no other.
    fn pause(&self) -> SignedDuration {
        if self.keys.is_some() { PAUSE } else { PAUSE_WITHOUT_KEYS }
    }

    /// The keys, if they are no older than that.
    fn within(&self, now: Timestamp, age: impl Fn(&Fetched) -> SignedDuration) -> Option<Arc<KeySet>> {
        let fetched = self.keys.as_ref()?;
        is_within(now, fetched.at, age(fetched)).then(|| fetched.keys.clone())
    }
}

/// Whether something was less than so long ago. What is to come, by a clock that was set back, was not.
fn is_within(now: Timestamp, at: Timestamp, age: SignedDuration) -> bool {
    let since = now.duration_since(at);
    !since.is_negative() && since < age
}
