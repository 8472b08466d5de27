//! Whatever a name stands for, and however that changes: nothing private is ever connected to.

use super::{Call, Http, HttpAnswer};
use crate::Failure;
use reqwest::Method;
use standins::names::{LOOPBACK, Names, PUBLIC};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Longer than a connection to loopback takes.
const TIMEOUT: Duration = Duration::from_millis(300);
const NOT_PUBLIC: &str = "the host has no public address";

/// A listener on loopback that counts who connects, and answers with what it was given.
async fn trap(answer: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, caught) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let count = caught.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            // What was asked is read first: a connection closed over unread bytes takes its answer with it.
            let _asked = stream.read(&mut [0; 4_096]).await;
            let _gone = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, caught)
}

async fn get(http: &Http, url: &str) -> Result<HttpAnswer, Failure> {
    http.call(Call { method: Method::GET, url, headers: &[], body: None }, TIMEOUT).await
}

/// The look-ups' answers, one a call, and whether anything public was among them.
const ANSWERS: [(&[&str], bool); 10] = [
    (&[PUBLIC], true),
    (&["127.0.0.1"], false),
    (&[PUBLIC, "127.0.0.1"], true),
    (&["127.0.0.1", PUBLIC], true),
    (&["10.0.0.1", "127.0.0.1", "169.254.169.254"], false),
    (&["::1", PUBLIC, "::ffff:127.0.0.1", "0.0.0.0"], true),
    (&["::ffff:127.0.0.1"], false),
    (&["64:ff9b::7f00:1", "2002:7f00:1::"], false),
    (&["0.0.0.0", "::"], false),
    (&[], false),
];

#[tokio::test]
async fn a_name_that_stands_for_something_else_each_time_never_leads_to_anything_private() {
    let (port, caught) = trap(String::new()).await;
    let names = Names::standing_for(&ANSWERS.map(|(found, _)| found));
    let http = Http::knowing(names.clone(), LOOPBACK, false).unwrap();
    for (found, public) in ANSWERS {
        let failed = get(&http, &format!("https://rebinding.example:{port}/")).await.unwrap_err();
        assert_eq!(failed.is_transient(), public, "{found:?}: {failed}");
        assert_eq!(failed.to_string().contains(NOT_PUBLIC), !public, "{found:?}: {failed}");
    }
    // One look-up a connection: what was checked is what is connected to.
    assert_eq!((caught.load(Ordering::SeqCst), names.asked()), (0, ANSWERS.len()));
}

#[tokio::test]
async fn a_laptop_is_led_to_loopback_by_the_same_names() {
    let (port, caught) = trap("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".into()).await;
    let names = Names::standing_for(&[&["10.0.0.1"], &["10.0.0.1", "127.0.0.1"]]);
    let http = Http::knowing(names, LOOPBACK, true).unwrap();
    let url = format!("http://rebinding.example:{port}/");
    assert!(get(&http, &url).await.unwrap_err().to_string().contains(NOT_PUBLIC));
    assert_eq!(get(&http, &url).await.unwrap().status, 204);
    assert_eq!(caught.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let (private, caught) = trap(String::new()).await;
    let names = Names::standing_for(&[&["127.0.0.1"]]);
    let http = Http::knowing(names, LOOPBACK, true).unwrap();
    for status in [301, 302, 303, 307, 308] {
        for host in ["127.0.0.1", "rebinding.example"] {
            let to = format!("location: http://{host}:{private}/\r\ncontent-length: 0\r\nconnection: close");
            let (port, called) = trap(format!("HTTP/1.1 {status} Elsewhere\r\n{to}\r\n\r\n")).await;
            assert_eq!(get(&http, &format!("http://vendor.example:{port}/")).await.unwrap().status, status);
            assert_eq!(called.load(Ordering::SeqCst), 1);
        }
    }
    assert_eq!(caught.load(Ordering::SeqCst), 0);
}
