//! Whatever an agent writes, a message about it keeps the limit and says everything that a consumer needs to ask for the rest.

use super::{asked, notice, sample};
use crate::webhook::{MAX_BODY, message};
use domain::Approval;
use proptest::prelude::*;
use serde_json::{Value, json};

fn nasty() -> impl Strategy<Value = String> {
    let piece =
        prop::sample::select(vec!["\u{202e}gnp", "\u{0}\u{7}\u{1b}", "\"\\", "😀", "漢", "<script>", "plain words "]);
    let short = prop::collection::vec(piece, 0..6).prop_map(|p| p.concat());
    (short, prop_oneof![8 => Just(1), 2 => Just(40), 1 => Just(1_000)]).prop_map(|(text, times)| text.repeat(times))
}

fn approval() -> impl Strategy<Value = Approval> {
    let params = prop::collection::btree_map(nasty(), nasty(), 0..5);
    (prop::collection::vec(nasty(), 12), params, 0..60_usize, any::<bool>()).prop_map(|(t, params, many, open)| {
        let who = |i: usize| format!("user:{}{i}@x", "&\"".repeat(i % 60));
        let votes: Vec<Value> = (0..many).map(|i| json!({"by": who(i), "at": asked()})).collect();
        let personas: Vec<String> = (0..many).map(|i| format!("{}{i}", t[i % 12])).collect();
        sample(json!({
            "status": if open { "ready_for_approval" } else { "denied" }, "params": params, "title": t[0], "justification": t[1],
            "action": t[2], "requester": {"id": t[3], "source": "agent", "display": t[4]}, "task_id": t[5], "reason": t[6],
            "links": [{"label": t[7], "url": t[8]}], "votes": votes, "personas": personas,
            "execution": {"status": "failed", "result": t[9]}, "origin": {"repo": t[10]},
            "history": [{"seq": 2, "at": asked(), "event": "denied", "by": who(59), "note": t[11]}],
        }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn whatever_an_agent_writes_the_message_keeps_the_limit(approval in approval()) {
        let told = message(&notice(&approval));
        prop_assert!(told.body.to_string().len() <= MAX_BODY);
        let data = told.body["data"].as_object().unwrap();
        for key in ["workspace", "approval_id", "seq", "digest", "status", "required", "approvals", "expires_at"] {
            prop_assert!(data.contains_key(key), "{}", key);
        }
        prop_assert_eq!(data.contains_key("params"), !data.contains_key("params_omitted"));
        prop_assert!(data.contains_key("params") || data["fetch"].as_str().unwrap().contains(approval.id.as_str()));
        if let Some(params) = data.get("params") {
            prop_assert_eq!(params, &Value::Object(approval.params.clone()));
        }
    }
}
