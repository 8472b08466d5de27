//! The life of a connection: what it reads goes to functions, what is posted to it is written in order, until one side ends it.

use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::connection::{Connection, Outgoing};
use super::farewell::{Ending, hang_up};
use super::messages;
use super::shared::Shared;

/// Of what a socket is read into; most messages are short.
const READ_BUFFER: usize = 4096;

type Socket = WebSocketStream<TokioIo<Upgraded>>;
type Sink = SplitSink<Socket, Message>;

impl Connection {
    /// Reads and writes until one side ends the connection, and invokes the function then.
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
