//! Messages: to their route, and the answers.

use futures::{SinkExt, StreamExt};
use local::sockets::Limits;
use local::template::Template;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{TEMPLATE, next_text, post, serve};

#[tokio::test]
async fn a_message_goes_to_its_route_and_an_answer_comes_back() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    for (text, route, answer) in [
        ("not JSON", "$default", Some("heard 8")),
        (r#"{"action":"unheard of"}"#, "$default", Some("heard 23")),
        (r#"{"action":"$disconnect"}"#, "$default", Some("heard 24")),
        (r#"{"action":"quiet"}"#, "quiet", None),
    ] {
        talker.send(Message::text(text)).await.unwrap();
        let event = served.event("MESSAGE").await;
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(text), &json!(false)));
        let context = &event["requestContext"];
        assert_eq!((&context["routeKey"], &context["connectionId"]), (&json!(route), &json!(id)));
        assert!(context["messageId"].is_string() && event.get("headers").is_none(), "{event}");
        if let Some(answer) = answer {
            assert_eq!(next_text(&mut talker).await, answer);
        }
    }
    // Nothing came of the quiet route: the next to arrive is this.
    served.sockets.idle().await;
    post(&served.client, &id, "done").await.unwrap();
    assert_eq!(next_text(&mut talker).await, "done");
}

#[tokio::test]
async fn a_failure_is_told_in_the_gateways_words() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, id) = served.connect("").await;
    for text in ["fail", "panic", "mumble", "shout"] {
        talker.send(Message::text(text)).await.unwrap();
        let event = served.event("MESSAGE").await;
        let answer: Value = serde_json::from_str(&next_text(&mut talker).await).unwrap();
        let request = &event["requestContext"]["requestId"];
        assert_eq!(answer, json!({ "message": "Internal server error", "connectionId": id, "requestId": request }));
    }
}

#[tokio::test]
async fn messages_are_handled_at_once_and_pings_answered_meanwhile() {
    let mut served = serve(Limits::default()).await;
    let (mut talker, _) = served.connect("").await;
    for text in ["hang", "not JSON"] {
        talker.send(Message::text(text)).await.unwrap();
    }
    assert_eq!(next_text(&mut talker).await, "heard 8");
    talker.send(Message::Ping("hello".into())).await.unwrap();
    assert_eq!(talker.next().await.unwrap().unwrap(), Message::Pong("hello".into()));
}

#[test]
fn an_api_that_cannot_be_honoured_is_refused_by_name() {
    for (from, to, named) in [
        ("StageName: live", "Auth: { AuthType: AWS_IAM }", "Auth"),
        ("$request.body.action", "${request.body.action}", "RouteSelectionExpression"),
        ("RouteResponseSelectionExpression: $default", "RouteResponseSelectionExpression: $other", "$other"),
        ("RouteResponseSelectionExpression: $default", "ApiKeyRequired: true", "route $default"),
        ("quiet: { FunctionArn: { Fn::GetAtt: [Talk,", "quiet: { FunctionArn: { Fn::GetAtt: [Walk,", "Walk"),
    ] {
        let refused = Template::read(&TEMPLATE.replace(from, to)).unwrap_err().to_string();
        assert!(refused.contains(named), "{from} → {refused}");
    }
}

#[test]
fn a_route_answers_only_with_its_route_response() {
    let responds = |text: &str| {
        let api = Template::read(text).unwrap().websocket.unwrap();
        assert_eq!((api.stage.as_str(), api.selector.as_str()), ("live", "action"));
        api.routes.into_iter().filter(|route| route.responds).map(|route| route.key).collect::<Vec<_>>()
    };
    assert_eq!(responds(TEMPLATE), ["$default"]);
    assert!(responds(&TEMPLATE.replace("Ref: SocketDefaultRoute", "Ref: SocketQuietRoute")).is_empty());
}
