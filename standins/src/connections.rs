//! A WebSocket API's management address, as strict as AWS about who is there: it answers 410 as often as the test asks, then takes what is
//! posted.

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The address, and what came to it.
#[derive(Clone)]
pub struct ConnectionsStandin {
    /// `http://127.0.0.1:<port>`
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    gone: usize,
    posts: usize,
    taken: Vec<String>,
}

impl ConnectionsStandin {
    /// Starts; the first so many posts are answered 410.
    pub async fn start(gone: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { gone, ..State::default() }));
        let standin = Self { url, state };
        let serving = standin.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let standin = serving.clone();
                let service = service_fn(move |request| {
                    let standin = standin.clone();
                    async move { Ok::<_, Infallible>(standin.answer(request).await) }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        standin
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        assert!(request.uri().path().starts_with("/@connections/"), "{}", request.uri());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let mut state = self.state.lock().unwrap();
        state.posts += 1;
        if state.posts <= state.gone {
            let gone = Response::builder().status(410).header("x-amzn-errortype", "GoneException");
            return gone.body(Full::new(Bytes::from_static(b"{}"))).unwrap();
        }
        state.taken.push(String::from_utf8(body.to_vec()).unwrap());
        Response::new(Full::default())
    }

    /// How often something was posted, and what was taken.
    pub fn seen(&self) -> (usize, Vec<String>) {
        let state = self.state.lock().unwrap();
        (state.posts, state.taken.clone())
    }
}
