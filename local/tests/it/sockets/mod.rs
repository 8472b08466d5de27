//! The WebSocket API over real sockets: a toy function behind it, the real SDK beside it.

mod connections;
mod management;
mod routes;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use futures::{FutureExt, StreamExt};
use local::client;
use local::gateway::{Gateway, Options};
use local::handlers::{Handler, Handlers};
use local::sockets::{Limits, Sockets};
use local::template::Template;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{counting_ids, manual_clock};

/// A WebSocket API alone.
pub const TEMPLATE: &str = r#"
Resources:
  Socket:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.action
      Routes:
        $connect: { FunctionArn: { Fn::GetAtt: [Talk, Arn] } }
        $disconnect: { FunctionArn: { Fn::GetAtt: [Talk, Arn] } }
        quiet: { FunctionArn: { Fn::GetAtt: [Talk, Arn] } }
        $default: { FunctionArn: { Fn::GetAtt: [Talk, Arn] }, RouteResponseSelectionExpression: $default }
  SocketResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: { ApiId: { Ref: Socket }, RouteId: { Ref: SocketDefaultRoute }, RouteResponseKey: $default }
  Talk:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/talk
      Timeout: 5
      Environment: { Variables: { URL: { Fn::Sub: '${Socket.ApiEndpoint}/${Socket}' } } }
"#;

type Talker = WebSocketStream<TcpStream>;

struct Served {
    address: SocketAddr,
    now: Arc<AtomicI64>,
    sockets: Sockets,
    client: Client,
    events: mpsc::UnboundedReceiver<Value>,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

/// What the toy function does: as its event's query or body asks.
async fn talk(event: Value, posting: Option<Client>) -> Result<Value, String> {
    let asked = event["queryStringParameters"]["do"].as_str().or(event["body"].as_str()).unwrap_or_default();
    match asked {
        "refuse" => Ok(json!({ "statusCode": 401, "body": "a secret" })),
        "fail" => Err("a bug".to_owned()),
        "panic" => panic!("a bug"),
        "mumble" => Ok(json!({ "said": "nothing" })),
        "switch" => Ok(json!({ "statusCode": 101 })),
        "shout" => Ok(json!({ "statusCode": 200, "body": "x".repeat(2 * 1024 * 1024) })),
        "hang" => std::future::pending().await,
        "post" => {
            let id = event["requestContext"]["connectionId"].as_str().unwrap();
            let gone = post(&posting.unwrap(), id, "too early").await.unwrap_err();
            Ok(json!({ "statusCode": if gone.is_gone_exception() { 200 } else { 500 } }))
        }
        _ => {
            let headers = json!({ "sec-websocket-protocol": event["headers"]["Sec-WebSocket-Protocol"] });
            Ok(json!({ "statusCode": 200, "headers": headers, "body": format!("heard {}", asked.len()) }))
        }
    }
}

async fn serve(limits: Limits) -> Served {
    let template = Template::read(TEMPLATE).unwrap();
    let (heard, events) = mpsc::unbounded_channel();
    let posting = Arc::new(OnceLock::new());
    let poster = posting.clone();
    let handler = Handler::Event(Arc::new(move |event: Value| {
        heard.send(event.clone()).unwrap();
        talk(event, poster.get().cloned()).boxed()
    }));
    let handlers = Handlers::default().with("talk", handler);
    let (now, clock) = manual_clock();
    let sockets = Sockets::new(limits, clock, counting_ids());
    sockets.connect(&template, &handlers).unwrap();
    let client = client::management(&sockets, None);
    posting.set(client.clone()).unwrap();
    let options = Options { drain: Duration::from_secs(1), websocket: sockets.websocket(), ..Options::default() };
    let gateway = Gateway::new(&template, &handlers, options, manual_clock().1, counting_ids()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (closing, closed) = (sockets.clone(), sockets.clone());
    let ended = tokio::spawn(async move {
        let stop = stopped.map(move |_| closing.close());
        gateway.serve(listener, stop).await;
        closed.closed().await;
    });
    Served { address, now, sockets, client, events, stop, ended }
}

impl Served {
    async fn try_connect(&self, query: &str) -> Result<Talker, Error> {
        let request = format!("ws://{}/ws{query}", self.address).into_client_request().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        // So that one who does not read is soon noticed.
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        client_async(request, stream).await.map(|(talker, _)| talker)
    }

    /// A client that was let in, and its connection's id.
    async fn connect(&mut self, query: &str) -> (Talker, String) {
        let talker = self.try_connect(query).await.unwrap();
        let event = self.event("CONNECT").await;
        (talker, event["requestContext"]["connectionId"].as_str().unwrap().to_owned())
    }

    /// The next event of the function, of this type.
    async fn event(&mut self, kind: &str) -> Value {
        let event = self.events.recv().await.unwrap();
        assert_eq!(event["requestContext"]["eventType"], kind, "{event}");
        event
    }

    /// How a client that is let in hears that it is over.
    async fn closing(&mut self, talker: &mut Talker) -> (u16, String) {
        let code = loop {
            match talker.next().await.unwrap().unwrap() {
                Message::Close(frame) => break u16::from(frame.unwrap().code),
                other => assert!(!other.is_text(), "{other}"),
            }
        };
        assert!(talker.next().await.is_none());
        let context = self.event("DISCONNECT").await["requestContext"].take();
        assert_eq!(context["disconnectStatusCode"], code);
        (code, context["disconnectReason"].as_str().unwrap().to_owned())
    }
}

async fn post(client: &Client, id: &str, text: impl Into<Vec<u8>>) -> Result<(), PostToConnectionError> {
    let posted = client.post_to_connection().connection_id(id).data(Blob::new(text)).send().await;
    posted.map(drop).map_err(SdkError::into_service_error)
}

async fn next_text(talker: &mut Talker) -> String {
    talker.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}
