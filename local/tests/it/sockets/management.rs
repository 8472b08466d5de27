//! The management API by the SDK's own client.

use futures::{SinkExt, StreamExt};
use local::sockets::Limits;
use tokio_tungstenite::tungstenite::Message;

use super::{next_text, post, serve};

#[tokio::test]
async fn a_connection_can_be_posted_to_from_the_moment_it_is_there_until_it_is_gone() {
    let mut served = serve(Limits::default()).await;
    // The function itself posts before it has let the client in, and refuses unless that is Gone.
    let (mut talker, id) = served.connect("?do=post").await;
    post(&served.client, &id, "there").await.unwrap();
    assert_eq!(next_text(&mut talker).await, "there");
    talker.close(None).await.unwrap();
    served.event("DISCONNECT").await;
    for gone in [id.as_str(), "never there="] {
        let error = post(&served.client, gone, "anyone?").await.unwrap_err();
        assert!(error.is_gone_exception(), "{error:?}");
    }
}

#[tokio::test]
async fn posts_arrive_in_the_order_they_were_taken() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    for number in 0..500 {
        post(&served.client, &id, number.to_string()).await.unwrap();
    }
    for number in 0..500 {
        assert_eq!(next_text(&mut talker).await, number.to_string());
    }
}

#[tokio::test]
async fn a_post_has_a_greatest_length_and_is_text() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    let error = post(&served.client, &id, vec![b'x'; 128 * 1024 + 1]).await.unwrap_err();
    assert!(error.is_payload_too_large_exception(), "{error:?}");
    for (sent, heard) in [("é".repeat(64 * 1024).into_bytes(), "é".repeat(64 * 1024)), (vec![], String::new())] {
        post(&served.client, &id, sent).await.unwrap();
        assert!(next_text(&mut talker).await == heard);
    }
    post(&served.client, &id, b"\xff!").await.unwrap();
    assert_eq!(next_text(&mut talker).await, "\u{fffd}!");
}

#[tokio::test]
async fn one_who_does_not_read_is_refused_more_and_holds_nobody_up() {
    let mut served = serve(Limits::default()).await;
    let (mut slow, slow_id) = served.connect("").await;
    let (mut quick, quick_id) = served.connect("").await;
    let text = |number: usize| format!("{number} {}", "x".repeat(100_000));
    let mut taken = 0;
    let error = loop {
        match post(&served.client, &slow_id, text(taken)).await {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
    post(&served.client, &quick_id, "still").await.unwrap();
    assert_eq!(next_text(&mut quick).await, "still");
    // What was taken arrives, and then there is room again.
    for number in 0..taken {
        assert!(next_text(&mut slow).await == text(number));
    }
    post(&served.client, &slow_id, "again").await.unwrap();
    assert_eq!(next_text(&mut slow).await, "again");
}

#[tokio::test]
async fn a_connection_is_described_and_deleted() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    let found = served.client.get_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(found.connected_at().unwrap().secs(), 1_790_000_000);
    assert_eq!(found.last_active_at().unwrap().secs(), 1_790_000_000);
    assert_eq!(found.identity().unwrap().source_ip(), Some("127.0.0.1"));

    post(&served.client, &id, "last words").await.unwrap();
    served.client.delete_connection().connection_id(&id).send().await.unwrap();
    assert_eq!(next_text(&mut talker).await, "last words");
    assert_eq!(served.closing(&mut talker).await, (1000, "Connection Closed Normally".to_owned()));
    let gone = served.client.delete_connection().connection_id(&id).send().await.unwrap_err();
    assert!(gone.into_service_error().is_gone_exception());
    let gone = served.client.get_connection().connection_id(&id).send().await.unwrap_err();
    assert!(gone.into_service_error().is_gone_exception());
}

#[tokio::test]
async fn the_stage_may_stand_before_the_path_and_no_other() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    let id = id.replace('=', "%3D");
    for (prefix, status) in [("", 200), ("/live", 200), ("/other", 403)] {
        let answer = served.sockets.manage("POST", &format!("{prefix}/@connections/{id}"), "x".into());
        assert_eq!(answer.status, status, "{prefix}");
    }
    let answer = served.sockets.manage("PUT", &format!("/@connections/{id}"), "x".into());
    assert_eq!((answer.status, answer.error), (403, Some("ForbiddenException")));
    talker.send(Message::Ping("end".into())).await.unwrap();
    let heard = [talker.next().await, talker.next().await, talker.next().await];
    assert_eq!(heard.into_iter().filter(|heard| heard.as_ref().unwrap().as_ref().unwrap().is_text()).count(), 2);
}
