//! How connections end: who closed them, with which code, and the last words on the wire.

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::borrow::Cow;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A connection's end, as the event `$disconnect` describes it.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) code: u16,
    pub(super) reason: Cow<'static, str>,
    /// Whether the client gets a close frame, because the end was not its doing.
    pub(super) ours: bool,
}

impl Ending {
    /// Idle, too old, or the host stops.
    pub(super) const GOING_AWAY: Self = Self::ours(1001, "Going away");
    /// The management API was asked to.
    pub(super) const DELETED: Self = Self::ours(1000, "Connection Closed Normally");
    /// A WebSocket API takes text only.
    pub(super) const NO_TEXT: Self = Self::ours(1003, "Binary frames are not supported");
    const TOO_LONG: Self = Self::ours(1009, "Message too long");
    const NO_UTF_8: Self = Self::ours(1007, "Invalid frame payload data");
    const PROTOCOL: Self = Self::ours(1002, "Protocol error");

    const fn ours(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason), ours: true }
    }

    /// The connection broke off.
    pub(super) const fn lost() -> Self {
        Self { code: 1006, reason: Cow::Borrowed("Connection closed abnormally"), ours: false }
    }

    /// The client said goodbye.
    pub(super) fn theirs(frame: Option<&CloseFrame>) -> Self {
        match frame {
            Some(frame) => Self { code: frame.code.into(), reason: Cow::Owned(frame.reason.to_string()), ours: false },
            None => Self { code: 1005, reason: Cow::Borrowed("Client-side close frame status not set"), ours: false },
        }
    }

    /// What was read is no message.
    pub(super) fn of_error(error: &Error) -> Self {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => Self::TOO_LONG,
            Error::Utf8(_) => Self::NO_UTF_8,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::lost(),
            Error::Protocol(_) => Self::PROTOCOL,
            _ => Self::lost(),
        }
    }

    /// Whether nobody said goodbye.
    pub(super) fn is_lost(&self) -> bool {
        self.code == 1006
    }

    pub(super) fn frame(&self) -> CloseFrame {
        CloseFrame { code: self.code.into(), reason: self.reason.as_ref().into() }
    }
}

/// Says that nothing follows and hears the client out: a socket closed over unread bytes would take back what was
/// written last.
pub(super) async fn hang_up(mut socket: TokioIo<Upgraded>) {
    let mut rest = [0; 4096];
    let _ = socket.shutdown().await;
    while let Ok(1..) = socket.read(&mut rest).await {}
}
