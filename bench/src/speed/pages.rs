//! What a page of the console takes: the server's time, and its bytes, with twenty approvals waiting.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use hyper::http::request::Builder;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

use crate::host::http::Client;
use crate::host::system::{Start, System};
use crate::problem::Problem;

/// Approvals that wait.
const WAITING: usize = 20;

/// What came of one page.
#[derive(Debug, Serialize)]
pub struct Page {
    name: &'static str,
    bytes: usize,
    /// Milliseconds.
    p50: f64,
    p99: f64,
}

/// A browser that is signed in, as far as the server is concerned.
pub struct Browser<'a> {
    system: &'a System,
    connection: SendRequest<Full<Bytes>>,
    cookie: String,
}

impl<'a> Browser<'a> {
    /// Signs in as an admin.
    pub async fn sign_in(system: &'a System) -> Result<Self, Problem> {
        let stream = TcpStream::connect(&system.address).await?;
        stream.set_nodelay(true)?;
        let (connection, driver) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        let mut browser = Self { system, connection, cookie: String::new() };
        let form = format!("key={}", system.keys.admin);
        let request = Request::post("/console/sign-in")
            .header(ORIGIN, format!("http://{}", system.address))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (head, _) = browser.send(request, form).await?.into_parts();
        let cookie = head.headers.get(SET_COOKIE).and_then(|set| set.to_str().ok()?.split(';').next());
        browser.cookie = cookie.ok_or("nobody was signed in")?.to_owned();
        Ok(browser)
    }

    async fn send(&mut self, request: Builder, body: String) -> Result<Response<hyper::body::Incoming>, Problem> {
        self.connection.ready().await?;
        let request = request.header(HOST, &self.system.address).header(COOKIE, &self.cookie);
        Ok(self.connection.send_request(request.body(Full::new(body.into()))?).await?)
    }

    /// A page's bytes.
    pub async fn get(&mut self, path: &str) -> Result<usize, Problem> {
        let answer = self.send(Request::get(path), String::new()).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status == StatusCode::OK { Ok(body.len()) } else { Err(format!("{path}: {status}").into()) }
    }
}

/// Measures each page for a part of the time.
pub async fn measure(time: Duration) -> Result<Vec<Page>, Problem> {
    let system = Start::default().start().await?;
    let mut client = Client::connect(&system.address).await?;
    let mut last = String::new();
    for _ in 0..WAITING {
        (last, _) = system.create(&mut client).await?;
    }
    system.settle().await?;
    let mut browser = Browser::sign_in(&system).await?;
    let all = [
        ("inbox", "/console".to_owned()),
        ("approval", format!("/console/approvals/{last}")),
        ("overview", "/console/overview".to_owned()),
        ("connectors", "/console/settings/connectors".to_owned()),
        ("policy", "/console/settings/policy".to_owned()),
        ("style", "/console/style.css".to_owned()),
        ("script", "/console/script.js".to_owned()),
    ];
    let each = time / u32::try_from(all.len())?;
    let mut pages = Vec::new();
    for (name, path) in all {
        pages.push(page(&mut browser, name, &path, each).await?);
    }
    system.stop().await?;
    Ok(pages)
}

async fn page(browser: &mut Browser<'_>, name: &'static str, path: &str, time: Duration) -> Result<Page, Problem> {
    let bytes = browser.get(path).await?;
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < time || times.is_empty() {
        let asked = Instant::now();
        browser.get(path).await?;
        times.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let at =
        |share: f64| times.get((times.len() as f64 * share) as usize).or(times.last()).copied().unwrap_or_default();
    Ok(Page { name, bytes, p50: at(0.5), p99: at(0.99) })
}

/// The table of them.
pub fn table(pages: &[Page]) -> String {
    let mut text = format!("{:<26}{:>9}{:>9}{:>9}\n", "", "bytes", "p50 ms", "p99");
    for Page { name, bytes, p50, p99 } in pages {
        let _ = writeln!(text, "{name:<26}{bytes:>9}{p50:>9.2}{p99:>9.2}");
    }
    format!("the console in memory, {WAITING} approvals waiting, one request after the other\n{text}")
}
