//! One connection: what it reads goes to functions, what is posted to it is written in order.

use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use http::HeaderMap;
use http::header::{HOST, HeaderName, USER_AGENT};
use http::request::Parts;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::farewell::{Ending, hang_up};
use super::{Limits, Shared, messages};
use crate::Clock;

/// What a post costs of the room beside its bytes, so that empty ones are not free.
const OVERHEAD: usize = 64;

/// Of what a socket is read into; most messages are short.
const READ_BUFFER: usize = 4096;

type Socket = WebSocketStream<TokioIo<Upgraded>>;
type Sink = SplitSink<Socket, Message>;

/// A connection, as everyone but its own task sees it.
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) port: String,
    pub(super) source_ip: String,
    pub(super) connected_at: i64,
    user_agent: Option<String>,
    limits: Limits,
    clock: Clock,
    last_active_at: AtomicI64,
    active: watch::Sender<Instant>,
    room: Arc<Semaphore>,
    outbox: UnboundedSender<Outgoing>,
    shut: Notify,
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
    pub(super) fn new(shared: &Shared, request: &Parts, peer: SocketAddr) -> (Self, UnboundedReceiver<Outgoing>) {
        let (outbox, written) = mpsc::unbounded_channel();
        let host = text(&request.headers, &HOST).unwrap_or_else(|| "localhost".to_owned());
        let (domain, port) = host.rsplit_once(':').unwrap_or((&host, "80"));
        let now = (shared.clock)();
        let connection = Self {
            id: shared.connection_id(),
            domain: domain.to_owned(),
            port: port.to_owned(),
            source_ip: peer.ip().to_string(),
            connected_at: now,
            user_agent: text(&request.headers, &USER_AGENT),
            limits: shared.limits,
            clock: shared.clock.clone(),
            last_active_at: AtomicI64::new(now),
            active: watch::Sender::new(Instant::now()),
            room: Arc::new(Semaphore::new(shared.limits.unread)),
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

    /// Reads and writes until one side has had enough, and tells the function so.
    pub(super) async fn run(
        self: Arc<Self>,
        shared: &Arc<Shared>,
        upgraded: Upgraded,
        outbox: UnboundedReceiver<Outgoing>,
    ) {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_frame_size(Some(self.limits.frame))
            .max_message_size(Some(self.limits.message));
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        let (sink, mut stream) = socket.split();
        let mut writing = Box::pin(self.write(sink, outbox));
        let ending = tokio::select! {
            ending = self.read(shared, &mut stream) => ending,
            ending = self.time_is_up(shared) => ending,
            _ = &mut writing => Ending::lost(),
        };
        shared.forget(&self);
        tokio::join!(self.farewell(&ending, writing, stream), shared.disconnected(&self, &ending));
    }

    /// Writes what was taken before and then the close frame, if the client is to have one and reads on in time.
    async fn farewell(&self, ending: &Ending, writing: impl Future<Output = Sink>, stream: SplitStream<Socket>) {
        if !ending.ours {
            return;
        }
        let _ = self.outbox.send(Outgoing::Close(ending.frame()));
        if let Ok(sink) = timeout(self.limits.farewell, writing).await
            && let Ok(socket) = sink.reunite(stream)
        {
            let _ = timeout(self.limits.farewell, hang_up(socket.into_inner())).await;
        }
    }

    /// Hands every message on; several may be handled at once, and AWS keeps no order among them either.
    async fn read(self: &Arc<Self>, shared: &Arc<Shared>, stream: &mut SplitStream<Socket>) -> Ending {
        let slots = Arc::new(Semaphore::new(self.limits.concurrency));
        let mut ending = Ending::lost();
        loop {
            let Ok(slot) = slots.clone().acquire_owned().await else { return ending };
            match stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    tokio::spawn(messages::handle(shared.clone(), self.clone(), text, shared.invoked.one(), slot));
                }
                Some(Ok(Message::Binary(_))) => return Ending::NO_TEXT,
                // The goodbye is answered by reading on.
                Some(Ok(Message::Close(frame))) => ending = Ending::theirs(frame.as_ref()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return if ending.is_lost() { Ending::of_error(&error) } else { ending },
                None => return ending,
            }
            self.touch();
        }
    }

    /// Writes what is taken, one after the other, up to the close frame. Where the socket breaks it is for the reader
    /// to find out how.
    async fn write(&self, mut sink: Sink, mut outbox: UnboundedReceiver<Outgoing>) -> Sink {
        while let Some(outgoing) = outbox.recv().await {
            let written = match outgoing {
                Outgoing::Post(data, _room) => send(&mut sink, data, self.limits.frame).await,
                Outgoing::Close(frame) => {
                    let _ = sink.send(Message::Close(Some(frame))).await;
                    return sink;
                }
            };
            match written {
                Ok(()) => self.touch(),
                Err(_) => return std::future::pending().await,
            }
        }
        sink
    }

    /// Idle for too long, open for too long, deleted, or the host stops.
    async fn time_is_up(&self, shared: &Shared) -> Ending {
        let mut closing = shared.closing.subscribe();
        let mut stopped = pin!(closing.wait_for(|closing| *closing));
        tokio::select! {
            _ = &mut stopped => Ending::GOING_AWAY,
            () = self.shut.notified() => Ending::DELETED,
            () = sleep(self.limits.longest) => Ending::GOING_AWAY,
            () = self.idle() => Ending::GOING_AWAY,
        }
    }

    async fn idle(&self) {
        loop {
            let until = *self.active.borrow() + self.limits.idle;
            if Instant::now() >= until {
                return;
            }
            sleep_until(until).await;
        }
    }

    fn touch(&self) {
        self.last_active_at.store((self.clock)(), Ordering::Relaxed);
        self.active.send_replace(Instant::now());
    }
}

fn cost(data: &Bytes) -> u32 {
    u32::try_from(data.len() + OVERHEAD).unwrap_or(u32::MAX)
}

/// Sends a text in frames that are short enough.
async fn send(sink: &mut Sink, mut rest: Bytes, most: usize) -> Result<(), Error> {
    let mut kind = Data::Text;
    loop {
        let part = rest.split_to(rest.len().min(most));
        let last = rest.is_empty();
        sink.send(Message::Frame(Frame::message(part, OpCode::Data(kind), last))).await?;
        if last {
            return Ok(());
        }
        kind = Data::Continue;
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
