//! Names that stand for one thing when a connector is tested and kept, and for another when it is used: nothing private is reached.

use crate::harness::Start;
use crate::journeys::connectors::stage::{jira, webhook};
use crate::routes::clock;
use crate::routes::settings::approval_connectors_test::{POLICY, Trap, of, test};
use serde_json::json;
use standins::names::{Names, PUBLIC};

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_bound_anew_between_a_test_and_a_delivery_leads_nowhere_private() {
    let trap = Trap::set().await;
    let endpoint = format!("https://rebinding.example:{}/", trap.address.port());
    let private: [&[&str]; 3] = [&["127.0.0.1"], &["::1", "10.0.0.1"], &["::ffff:127.0.0.1"]];
    let mixed: [&[&str]; 3] = [&[PUBLIC], &["127.0.0.1", PUBLIC], &[PUBLIC, "::1", "0.0.0.0"]];
    for later in [private, mixed] {
        let faces = [&[[PUBLIC].as_slice()], later.as_slice()].concat();
        let names = Names::standing_for(&faces);
        let system = Start::fresh().at(clock()).under(POLICY).strictly().knowing(&names).start().await;
        let bodies = [webhook("w", &endpoint, "whsec_c3RhbmQtaW4tc2VjcmV0LW9mLTI0Kysr"), jira("j", &endpoint)];
        for mut body in bodies {
            body["timeout_seconds"] = 1.into();
            for _ in &faces {
                let answer = test(&system, of(body.clone())).await;
                assert_eq!(answer["checks"][2]["status"], "failed", "{answer}");
            }
            system.connector(body).await;
        }
        let asked = system.ask_and_settle("a.b", json!({})).await;
        let activity = system.activities(&asked).await;
        assert_eq!(activity.iter().filter(|a| a["event"] == "dispatch_failed").count(), 2, "{activity:?}");
        assert!(names.asked() > 2 * faces.len(), "each test and each delivery looks the name up");
    }
    assert_eq!(trap.caught().await, 0);
}
