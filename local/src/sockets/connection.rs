//! One connection, as everyone but its own task sees it: who is at its other end, and what is posted to it.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{HOST, HeaderName, USER_AGENT};
use http::request::Parts;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::limits::Limits;
use crate::Clock;

/// What a post costs of the room beside its bytes, so that empty ones are not free.
const OVERHEAD: usize = 64;

/// A connection, as everyone but its own task sees it.
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) port: String,
    pub(super) source_ip: String,
    pub(super) connected_at: i64,
    user_agent: Option<String>,
    pub(super) limits: Limits,
    clock: Clock,
    last_active_at: AtomicI64,
    active: watch::Sender<Instant>,
    room: Arc<Semaphore>,
    pub(super) outbox: UnboundedSender<Outgoing>,
    pub(super) shut: Notify,
}

/// What is to be written.
pub(super) enum Outgoing {
    /// A message, and the room it takes until the socket has it.
    Post(Bytes, OwnedSemaphorePermit),
    /// The last word.
    Close(CloseFrame),
}

/// Why a post was not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// The client does not read what it has.
    Full,
    /// The connection is over.
    Gone,
}

impl Connection {
    pub(super) fn new(
        id: String,
        limits: Limits,
        clock: Clock,
        request: &Parts,
        peer: SocketAddr,
    ) -> (Self, UnboundedReceiver<Outgoing>) {
        let (outbox, written) = mpsc::unbounded_channel();
        let host = text(&request.headers, &HOST).unwrap_or_else(|| "localhost".to_owned());
        let (domain, port) = host.rsplit_once(':').unwrap_or((&host, "80"));
        let now = clock();
        let connection = Self {
            id,
            domain: domain.to_owned(),
            port: port.to_owned(),
            source_ip: peer.ip().to_string(),
            connected_at: now,
            user_agent: text(&request.headers, &USER_AGENT),
            limits,
            clock,
            last_active_at: AtomicI64::new(now),
            active: watch::Sender::new(Instant::now()),
            room: Arc::new(Semaphore::new(limits.unread)),
            outbox,
            shut: Notify::new(),
        };
        (connection, written)
    }

    pub(super) fn identity(&self) -> Value {
        match &self.user_agent {
            Some(agent) => json!({ "sourceIp": self.source_ip, "userAgent": agent }),
            None => json!({ "sourceIp": self.source_ip }),
        }
    }

    pub(super) fn last_active_at(&self) -> i64 {
        self.last_active_at.load(Ordering::Relaxed)
    }

    /// Takes a message for the client, or says why not. It is on its way in the order it was taken.
    pub(super) fn post(&self, data: Bytes) -> Result<(), Refused> {
        let room = self.room.clone().try_acquire_many_owned(cost(&data));
        let room = room.map_err(|_| if self.room.is_closed() { Refused::Gone } else { Refused::Full })?;
        self.outbox.send(Outgoing::Post(data, room)).map_err(|_| Refused::Gone)
    }

    /// The same, once there is room for it.
    pub(super) async fn reply(&self, data: Bytes) -> Result<(), Refused> {
        let room = self.room.clone().acquire_many_owned(cost(&data)).await.map_err(|_| Refused::Gone)?;
        self.outbox.send(Outgoing::Post(data, room)).map_err(|_| Refused::Gone)
    }

    /// Takes no more posts and ends, if it has not ended.
    pub(super) fn shut(&self) {
        self.room.close();
        self.shut.notify_one();
    }

    /// Waits until nothing has passed over the connection for too long.
    pub(super) async fn idle(&self) {
        loop {
            let until = *self.active.borrow() + self.limits.idle;
            if Instant::now() >= until {
                return;
            }
            sleep_until(until).await;
        }
    }

    /// Notes that something passed over the connection just now.
    pub(super) fn touch(&self) {
        self.last_active_at.store((self.clock)(), Ordering::Relaxed);
        self.active.send_replace(Instant::now());
    }
}

fn cost(data: &Bytes) -> u32 {
    u32::try_from(data.len() + OVERHEAD).unwrap_or(u32::MAX)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
