//! `GET /healthz`.

use super::send;
use crate::harness::{Start, System};

#[tokio::test(flavor = "multi_thread")]
async fn anyone_may_ask_whether_it_lives_with_and_without_v1() {
    let system = System::start().await;
    for path in ["/healthz", "/v1/healthz"] {
        let (status, headers, text) = send(&system, ("GET", path), &[], "").await;
        assert_eq!((status, text.as_str()), (200, r#"{"status":"ok"}"#), "{path}");
        assert_eq!(super::header(&headers, "content-type"), "application/json");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lives_without_a_policy_too() {
    let system = Start::fresh().lawless().start().await;
    assert_eq!(send(&system, ("GET", "/healthz"), &[], "").await.0, 200);
}
