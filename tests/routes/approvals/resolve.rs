//! `POST /approvals/{approval_id}/resolve`.

use crate::harness::{Asked, POLICY, Start, System, body};
use crate::routes::{at_noon, bearer, clock, error, everything, key_in, mask, refused, send};
use domain::Principal;
use domain::digest::Digest;
use jiff::SignedDuration;
use serde_json::{Value, json};

fn approve() -> Value {
    json!({ "decision": "approved" })
}

fn deny() -> Value {
    json!({ "decision": "denied" })
}

fn edit(patch: Value) -> Value {
    json!({ "decision": "approved", "modified_action": patch })
}

/// A person's key.
async fn person(system: &System, email: &str) -> String {
    system.key(&format!("user:{email}"), &["approver"]).await
}

async fn shown(system: &System, asked: &Asked) -> Value {
    system.get(&system.keys.approver, &format!("/approvals/{}", asked.id)).await.1
}

/// Acknowledges as the persona `security`, on what the approval is now.
async fn acknowledge(system: &System, asked: &Asked) {
    let (workspace, id) = (domain::Workspace::default_name(), domain::ApprovalId::parse(&asked.id).unwrap());
    let seen = Digest::claimed(shown(system, asked).await["digest"].as_str().unwrap());
    let by = Principal::parse("user:sec@acme.com").unwrap();
    let personas = ["security".to_owned()];
    let acked =
        app::decide::acknowledge_persona::acknowledge_persona(&system.gate, &workspace, &id, &by, &personas, &seen);
    acked.await.unwrap();
}

mod deciding {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn an_approval_answers_the_contracts_fields() {
        let system = at_noon().await;
        let asked = system.ask("plain.post", json!({})).await;
        system.clock.advance(SignedDuration::from_secs(120));
        let decision = json!({ "decision": "approved", "comment": "Looks good, send it" });
        let expected = json!({
            "approval_id": asked.id,
            "decision": "approved",
            "status": "approved",
            "approvals": 1,
            "required": 1,
            "resolved_at": "2026-04-21T10:07:00Z",
        });
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, decision).await, (200, expected));
        let one = shown(&system, &asked).await;
        assert_eq!((&one["status"], &one["comment"]), (&json!("approved"), &json!("Looks good, send it")));
        assert_eq!(one["history"][1]["note"], "Looks good, send it", "the comment is in the audit log");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_denial_answers_the_same_shape_also_under_v1() {
        let system = at_noon().await;
        let asked = system.ask("plain.post", json!({})).await;
        let path = format!("/v1/approvals/{}/resolve", asked.id);
        let expected = json!({
            "approval_id": asked.id,
            "decision": "denied",
            "status": "denied",
            "approvals": 0,
            "required": 1,
            "resolved_at": "2026-04-21T10:05:00Z",
        });
        assert_eq!(system.call(&system.keys.approver, "POST", &path, deny()).await, (200, expected));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_same_decision_again_is_200_with_the_same_body_and_writes_nothing() {
        let system = at_noon().await;
        for decision in [approve(), deny()] {
            let asked = system.ask("plain.post", json!({})).await;
            let first = system.resolve(&system.keys.approver, &asked.id, decision.clone()).await;
            assert_eq!(first.0, 200);
            system.settle().await;
            let before = everything(&system).await;
            system.clock.advance(SignedDuration::from_secs(5));
            let mut again = decision.clone();
            again["comment"] = json!("said otherwise");
            assert_eq!(system.resolve(&system.keys.approver, &asked.id, decision.clone()).await, first);
            assert_eq!(system.resolve(&system.keys.approver, &asked.id, again).await, first);
            assert_eq!(everything(&system).await, before);
            // Also after the deadline: it was decided in time.
            system.clock.advance(SignedDuration::from_hours(2));
            assert_eq!(system.resolve(&system.keys.approver, &asked.id, decision).await, first);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn after_another_end_a_decision_is_an_invalid_state() {
        let system = System::start().await;
        let jane = person(&system, "jane@acme.com").await;
        let (approved, denied) = (system.ask("plain.post", json!({})).await, system.ask("plain.post", json!({})).await);
        system.resolve(&system.keys.approver, &approved.id, approve()).await;
        system.resolve(&system.keys.approver, &denied.id, deny()).await;
        system.settle().await;
        let before = everything(&system).await;
        let approver = &system.keys.approver;
        for (key, asked, decision) in [
            (approver, &approved, deny()),
            (&jane, &approved, approve()),
            (&jane, &approved, deny()),
            (approver, &denied, approve()),
            (&jane, &denied, deny()),
        ] {
            let answer = system.resolve(key, &asked.id, decision.clone()).await;
            assert_eq!(refused(answer), error(409, "INVALID_STATE"), "{decision}");
        }
        assert_eq!(everything(&system).await, before);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn from_the_deadline_on_every_decision_is_too_late_swept_or_not() {
        let system = at_noon().await;
        let asked = system.ask("short.lived", json!({})).await;
        let in_time = system.ask("short.lived", json!({})).await;
        system.clock.advance(SignedDuration::from_millis(59_999));
        assert_eq!(system.resolve(&system.keys.approver, &in_time.id, approve()).await.0, 200);
        system.clock.advance(SignedDuration::from_millis(1));
        for _ in 0..2 {
            for decision in [approve(), deny()] {
                let answer = system.resolve(&system.keys.approver, &asked.id, decision).await;
                assert_eq!(refused(answer), error(409, "TOKEN_EXPIRED"));
            }
            system.clock.advance(SignedDuration::from_secs(60));
            system.sweep().await;
        }
        assert_eq!(system.poll(&asked.token).await["status"], "expired");
        assert_eq!(system.poll(&in_time.token).await["status"], "approved");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_decision_drawn_from_another_digest_conflicts_and_changes_nothing() {
        let system = System::start().await;
        let asked = system.ask("plain.post", json!({})).await;
        let other = system.ask("plain.post", json!({})).await;
        system.settle().await;
        let before = everything(&system).await;
        for digest in [other.answer["digest"].clone(), json!("sha256:00"), json!("")] {
            for decision in ["approved", "denied"] {
                let body = json!({ "decision": decision, "digest": digest });
                let answer = system.resolve(&system.keys.approver, &asked.id, body).await;
                assert_eq!(refused(answer), error(409, "CONFLICT"), "{decision} {digest}");
            }
        }
        assert_eq!(everything(&system).await, before);
        let body = json!({ "decision": "approved", "digest": asked.answer["digest"] });
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, body).await.0, 200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_not_there_or_in_another_workspace_is_not_found() {
        let system = System::start().await;
        let asked = system.ask("plain.post", json!({})).await;
        for id in ["appr_00000000000000000000000000", "nonsense"] {
            let answer = system.resolve(&system.keys.approver, id, approve()).await;
            assert_eq!(refused(answer), error(404, "NOT_FOUND"));
        }
        let away = key_in(&system, "away", "user:approver@localhost", &["approver", "admin"]).await;
        let path = format!("/approvals/{}/resolve", asked.id);
        let there = system.request("POST", &path).bearer_auth(&away).header("x-workspace-namespace", "away");
        let answer = there.json(&approve()).send().await.unwrap();
        assert_eq!(refused((answer.status().as_u16(), answer.json().await.unwrap())), error(404, "NOT_FOUND"));
        assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    }
}

mod authority {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn an_agents_key_never_decides_and_learns_nothing_by_trying() {
        let system = System::start().await;
        let asked = system.ask("plain.post", json!({})).await;
        let person_as_agent = system.key("user:jane@acme.com", &["agent"]).await;
        let auditor = system.key("user:jane@acme.com", &["auditor"]).await;
        for key in [&system.keys.agent, &person_as_agent, &auditor] {
            for id in [asked.id.as_str(), "appr_00000000000000000000000000"] {
                assert_eq!(refused(system.resolve(key, id, approve()).await), error(403, "NOT_AUTHORIZED"));
                assert_eq!(refused(system.resolve(key, id, deny()).await), error(403, "NOT_AUTHORIZED"));
            }
        }
        assert_eq!(system.poll(&asked.token).await["seq"], 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_persons_key_decides_only_where_the_policy_names_its_subject() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", json!({})).await;
        let omar = person(&system, "omar@acme.com").await;
        for key in [&omar, &system.keys.admin] {
            assert_eq!(refused(system.resolve(key, &asked.id, approve()).await), error(403, "NOT_AUTHORIZED"));
            assert_eq!(refused(system.resolve(key, &asked.id, deny()).await), error(403, "NOT_AUTHORIZED"));
        }
        let jane = person(&system, "JANE@acme.com").await;
        assert_eq!(system.resolve(&jane, &asked.id, approve()).await.0, 200, "an e-mail address knows no case");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_super_approver_may_approve_any_action() {
        let system = System::start().await;
        let root = person(&system, "root@acme.com").await;
        let asked = system.ask("plain.post", json!({})).await;
        assert_eq!(system.resolve(&root, &asked.id, approve()).await.1["status"], "approved");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_claim_keeps_whom_it_names_from_approving_under_any_identity_and_never_from_denying() {
        let system = System::start().await;
        let jane = person(&system, "jane@acme.com").await;
        let mut asking = body("gmail.send", json!({}));
        asking["meta"]["requester"] = json!({ "id": "UJANE", "source": "slack" });
        let asked = system.ask_for(asking.clone()).await;
        let answer = system.resolve(&jane, &asked.id, approve()).await;
        assert_eq!(answer.1["error"], "You cannot approve your own request; you may deny it.");
        assert_eq!(refused(answer), error(403, "NOT_AUTHORIZED"), "the claim names Jane's Slack identity");
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, approve()).await.0, 200);
        let silenced = system.ask_for(asking).await;
        assert_eq!(system.resolve(&jane, &silenced.id, deny()).await.1["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_claim_gives_nobody_a_right_to_deny() {
        let system = System::start().await;
        let omar = person(&system, "omar@acme.com").await;
        let mut asking = body("gmail.send", json!({}));
        asking["meta"]["requester"] = json!({ "id": "UOMAR", "source": "slack" });
        let asked = system.ask_for(asking).await;
        let answer = system.resolve(&omar, &asked.id, approve()).await;
        assert_eq!(answer.1["error"], "You cannot approve your own request.", "{}", answer.1);
        assert_eq!(refused(system.resolve(&omar, &asked.id, deny()).await), error(403, "NOT_AUTHORIZED"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_approves_what_their_own_key_asked_but_they_may_deny_it() {
        let system = System::start().await;
        let jane = system.key("user:jane@acme.com", &["agent", "approver"]).await;
        let (_, asked) = system.call(&jane, "POST", "/api/guard/request", body("gmail.send", json!({}))).await;
        let id = asked["requestId"].as_str().unwrap();
        assert_eq!(refused(system.resolve(&jane, id, approve()).await), error(403, "NOT_AUTHORIZED"));
        let second = person(&system, "jane@acme.com").await;
        assert_eq!(refused(system.resolve(&second, id, approve()).await), error(403, "NOT_AUTHORIZED"));
        assert_eq!(system.resolve(&jane, id, deny()).await.1["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_approves_what_a_key_they_own_asked_but_they_may_deny_it() {
        let system = System::start().await;
        let new = json!({ "name": "bot", "subject": "agent:bot", "roles": ["agent"], "owner": "slack:UJANE" });
        let (_, made) = system.call(&system.keys.admin, "POST", "/api/settings/keys", new).await;
        let bot = made["key"].as_str().unwrap();
        let (_, asked) = system.call(bot, "POST", "/api/guard/request", body("gmail.send", json!({}))).await;
        let jane = person(&system, "jane@acme.com").await;
        let id = asked["requestId"].as_str().unwrap();
        assert_eq!(refused(system.resolve(&jane, id, approve()).await), error(403, "NOT_AUTHORIZED"));
        assert_eq!(system.resolve(&jane, id, deny()).await.1["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_policy_may_allow_self_approval() {
        let policy = r#"actions: { a.b: { allowSelfApproval: true, approvers: { anyOf: ["user:jane@acme.com"] } } }"#;
        let system = Start::fresh().under(policy).start().await;
        let jane = system.key("user:jane@acme.com", &["agent", "approver"]).await;
        let (_, asked) = system.call(&jane, "POST", "/api/guard/request", body("a.b", json!({}))).await;
        assert_eq!(system.resolve(&jane, asked["requestId"].as_str().unwrap(), approve()).await.0, 200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_is_removed_from_the_policy_is_out_at_once_and_who_is_added_was_not_asked() {
        let system = System::start().await;
        let (jane, omar) = (person(&system, "jane@acme.com").await, person(&system, "omar@acme.com").await);
        let asked = system.ask("gmail.send", json!({})).await;
        let swapped = POLICY.replace(
            r#"["slack:UJANE", "user:jane@acme.com", "user:approver@localhost"] }
    redactParams"#,
            r#"["user:omar@acme.com", "user:approver@localhost"] }
    redactParams"#,
        );
        assert_ne!(swapped, POLICY);
        system.put_policy(&swapped).await;
        for key in [&jane, &omar] {
            assert_eq!(refused(system.resolve(key, &asked.id, approve()).await), error(403, "NOT_AUTHORIZED"));
            assert_eq!(refused(system.resolve(key, &asked.id, deny()).await), error(403, "NOT_AUTHORIZED"));
        }
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, approve()).await.0, 200);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_policy_that_now_denies_or_forgets_the_action_lets_nobody_approve_but_deny() {
        let system = System::start().await;
        let root = person(&system, "root@acme.com").await;
        let (one, two) = (system.ask("short.lived", json!({})).await, system.ask("short.lived", json!({})).await);
        let denying = POLICY.replace("short.lived:\n", "short.lived:\n    effect: deny\n");
        system.put_policy(&denying).await;
        assert_eq!(refused(system.resolve(&root, &one.id, approve()).await), error(403, "POLICY_DENIED"));
        let forgetting = POLICY.replace("short.lived:\n", "somewhere.else:\n");
        system.put_policy(&forgetting).await;
        assert_eq!(refused(system.resolve(&root, &one.id, approve()).await), error(403, "POLICY_NOT_FOUND"));
        let approver = system.resolve(&system.keys.approver, &one.id, approve()).await;
        assert_eq!(refused(approver), error(403, "NOT_AUTHORIZED"));
        assert_eq!(system.resolve(&root, &two.id, deny()).await.1["status"], "denied");
        assert_eq!(system.poll(&one.token).await["seq"], 1);
    }
}

mod quorum {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_vote_that_is_not_the_last_answers_pending_without_resolved_at() {
        let system = at_noon().await;
        let (jane, omar) = (person(&system, "jane@acme.com").await, person(&system, "omar@acme.com").await);
        let asked = system.ask("quorum.two", json!({})).await;
        let pending = json!({
            "approval_id": asked.id,
            "decision": "approved",
            "status": "pending",
            "approvals": 1,
            "required": 2,
            "waiting_for": ["slack:UOMAR", "user:root@acme.com"],
        });
        let vote = json!({ "decision": "approved", "comment": "one" });
        assert_eq!(system.resolve(&jane, &asked.id, vote.clone()).await, (200, pending.clone()));
        assert_eq!(system.resolve(&jane, &asked.id, vote).await, (200, pending), "a repeat changes nothing");
        assert_eq!(system.poll(&asked.token).await["seq"], 2);
        let (_, full) = system.resolve(&omar, &asked.id, approve()).await;
        assert_eq!((&full["status"], &full["approvals"]), (&json!("approved"), &json!(2)));
        assert_eq!(full["resolved_at"], "2026-04-21T10:05:00Z");
        let told = system.poll(&asked.token).await;
        assert_eq!(told["approvers"], json!(["user:jane@acme.com", "user:omar@acme.com"]));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_person_with_two_identities_counts_once() {
        let system = System::start().await;
        let jane = person(&system, "jane@acme.com").await;
        let asked = system.ask("quorum.two", json!({})).await;
        let (workspace, id) = (domain::Workspace::default_name(), domain::ApprovalId::parse(&asked.id).unwrap());
        let verdict = app::decide::decide_approval::Verdict { approve: true, ..Default::default() };
        let in_slack = Principal::slack("T1", "UJANE");
        app::decide::decide_approval::decide_approval(&system.gate, &workspace, &id, &in_slack, &verdict)
            .await
            .unwrap();
        let (status, answer) = system.resolve(&jane, &asked.id, approve()).await;
        assert_eq!((status, &answer["status"], &answer["approvals"]), (200, &json!("pending"), &json!(1)));
        assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_person_of_two_slack_teams_counts_once_where_the_policy_names_them_without_a_team() {
        let policy = r#"actions: { a.b: { approvers: { anyOf: ["slack:U1", "slack:U2"], minApprovals: 2 } } }"#;
        let system = Start::fresh().under(policy).start().await;
        let asked = system.ask("a.b", json!({})).await;
        let (workspace, id) = (domain::Workspace::default_name(), domain::ApprovalId::parse(&asked.id).unwrap());
        let verdict = app::decide::decide_approval::Verdict { approve: true, ..Default::default() };
        let mut counted = Vec::new();
        for (team, user) in [("T1", "U1"), ("T2", "U1"), ("T2", "U2")] {
            let by = Principal::slack(team, user);
            let decided =
                app::decide::decide_approval::decide_approval(&system.gate, &workspace, &id, &by, &verdict).await;
            let approval = decided.unwrap().approval;
            counted.push((approval.votes.len(), approval.status.word()));
        }
        assert_eq!(counted, [(1, "ready_for_approval"), (1, "ready_for_approval"), (2, "approved")]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_denial_is_final_whatever_the_votes_and_also_from_who_voted() {
        let system = System::start().await;
        let (jane, omar) = (person(&system, "jane@acme.com").await, person(&system, "omar@acme.com").await);
        for (n, denier) in [&jane, &omar].into_iter().enumerate() {
            let asked = system.ask("quorum.two", json!({ "n": n })).await;
            system.resolve(&jane, &asked.id, approve()).await;
            assert_eq!(system.resolve(denier, &asked.id, deny()).await.1["status"], "denied");
            assert_eq!(refused(system.resolve(&omar, &asked.id, approve()).await), error(409, "INVALID_STATE"));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_vote_of_a_removed_approver_no_longer_counts() {
        let system = System::start().await;
        let (jane, omar) = (person(&system, "jane@acme.com").await, person(&system, "omar@acme.com").await);
        let root = person(&system, "root@acme.com").await;
        let asked = system.ask("quorum.two", json!({})).await;
        assert_eq!(system.resolve(&jane, &asked.id, approve()).await.1["approvals"], 1);
        let without = POLICY.replace(
            r#"["slack:UJANE", "slack:UOMAR", "user:jane@acme.com", "user:omar@acme.com"]"#,
            r#"["slack:UOMAR", "user:omar@acme.com"]"#,
        );
        assert_ne!(without, POLICY);
        system.put_policy(&without).await;
        assert_eq!(refused(system.resolve(&jane, &asked.id, approve()).await), error(403, "NOT_AUTHORIZED"));
        let (_, second) = system.resolve(&omar, &asked.id, approve()).await;
        assert_eq!((&second["status"], &second["approvals"]), (&json!("pending"), &json!(1)), "{second}");
        let (_, third) = system.resolve(&root, &asked.id, approve()).await;
        assert_eq!((&third["status"], &third["approvals"]), (&json!("approved"), &json!(2)), "{third}");
        let told = system.poll(&asked.token).await;
        assert_eq!(told["approvers"], json!(["user:omar@acme.com", "user:root@acme.com"]), "those whose votes it took");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn votes_at_the_same_moment_are_all_kept_and_the_quorum_ends_it_once() {
        let system = System::start().await;
        let people = ["jane@acme.com", "omar@acme.com", "root@acme.com"];
        let keys = futures::future::join_all(people.iter().map(|p| person(&system, p))).await;
        let asked = system.ask("quorum.two", json!({})).await;
        let answers = futures::future::join_all(keys.iter().map(|k| system.resolve(k, &asked.id, approve()))).await;
        let count = |status: u16, word: &str| answers.iter().filter(|a| a.0 == status && a.1["status"] == word).count();
        assert_eq!((count(200, "pending"), count(200, "approved")), (1, 1), "{answers:?}");
        assert_eq!(answers.iter().filter(|a| a.1["code"] == "INVALID_STATE").count(), 1, "{answers:?}");
        let history = shown(&system, &asked).await["history"].clone();
        assert_eq!(history.as_array().unwrap().iter().filter(|e| e["event"] == "approved").count(), 1);
    }
}

mod personas {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn while_one_is_missing_an_approval_is_refused_and_not_kept() {
        let system = System::start().await;
        let asked = system.ask("persona.first", json!({})).await;
        let before = everything(&system).await;
        for body in [approve(), edit(json!({ "note": "x" }))] {
            let answer = system.resolve(&system.keys.approver, &asked.id, body).await;
            assert_eq!(refused(answer), error(409, "INVALID_STATE"));
        }
        assert_eq!(everything(&system).await, before);
        acknowledge(&system, &asked).await;
        assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval", "the early approval was not kept");
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, approve()).await.1["status"], "approved");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_bound_persona_may_deny_but_not_approve_and_others_may_do_neither() {
        let system = System::start().await;
        let (sec, legal) = (person(&system, "sec@acme.com").await, person(&system, "legal@acme.com").await);
        let asked = system.ask("persona.first", json!({})).await;
        assert_eq!(refused(system.resolve(&sec, &asked.id, approve()).await), error(403, "NOT_AUTHORIZED"));
        assert_eq!(refused(system.resolve(&legal, &asked.id, deny()).await), error(403, "NOT_AUTHORIZED"));
        assert_eq!(system.resolve(&sec, &asked.id, deny()).await.1["status"], "denied");
    }

    /// [`POLICY`], in which `plain.*` requires security.
    fn stricter() -> String {
        let with = "\"plain.*\":\n    requiredPersonas: [security]\n";
        POLICY.replace("\"plain.*\":\n", with)
    }

    /// Puts a policy in force as a process that dies right afterwards does: open requests do not get the new personas.
    async fn in_force_unseen(system: &System, text: &str) {
        let (workspace, store) = (domain::Workspace::default_name(), &system.gate.store);
        let before = store.get_policy_head(&workspace, true).await.unwrap().unwrap();
        let hash = domain::digest::sha256_hex(text.as_bytes());
        store
            .put_policy_text(
                &workspace,
                &hash,
                text,
                &serde_saphyr::from_str::<serde_json::Value>(text).unwrap().to_string(),
            )
            .await
            .unwrap();
        let head = store::settings::policies::PolicyHead { hash, version: before.version + 1, ..before.clone() };
        store.replace_policy_head(&workspace, Some(&before), &head).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_that_is_added_to_the_policy_while_it_is_open_must_acknowledge_too() {
        let system = at_noon().await;
        let asked = system.ask("plain.post", json!({})).await;
        system.put_policy(&stricter()).await;
        assert_eq!(system.poll(&asked.token).await["status"], "awaiting_personas", "before anybody tries");
        let refusal = system.resolve(&system.keys.approver, &asked.id, approve()).await;
        assert!(refusal.1["error"].as_str().unwrap().contains("ecurity must acknowledge"), "{}", refusal.1);
        assert_eq!(refused(refusal), error(409, "INVALID_STATE"));
        let told = system.poll(&asked.token).await;
        assert_eq!((&told["status"], &told["seq"]), (&json!("awaiting_personas"), &json!(2)));
        let one = shown(&system, &asked).await;
        assert_eq!(one["personas"], json!([{ "name": "security" }]));
        assert_eq!(one["history"][1]["event"], "personas_changed");
        assert_eq!(one["history"][1]["note"], "the policy now requires security");
        assert_eq!(
            refused(system.resolve(&system.keys.approver, &asked.id, approve()).await),
            error(409, "INVALID_STATE")
        );
        assert_eq!(system.poll(&asked.token).await["seq"], 2, "it is said once");
        acknowledge(&system, &asked).await;
        assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, approve()).await.1["status"], "approved");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_that_is_added_counts_by_the_policy_in_force_whether_or_not_it_was_written_down() {
        let system = System::start().await;
        let (one, two) = (system.ask("plain.post", json!({})).await, system.ask("plain.post", json!({})).await);
        let three = system.ask("plain.post", json!({})).await;
        in_force_unseen(&system, &stricter()).await;
        assert_eq!(system.poll(&three.token).await["status"], "ready_for_approval");
        assert_eq!(
            refused(system.resolve(&system.keys.approver, &three.id, approve()).await),
            error(409, "INVALID_STATE")
        );
        assert_eq!(system.poll(&three.token).await["status"], "awaiting_personas", "the attempt updated the status");
        acknowledge(&system, &one).await;
        assert_eq!(system.resolve(&system.keys.approver, &one.id, approve()).await.1["status"], "approved");
        let sec = person(&system, "sec@acme.com").await;
        assert_eq!(system.resolve(&sec, &two.id, deny()).await.1["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_that_is_added_and_taken_back_is_required_no_more_and_votes_stay() {
        let system = System::start().await;
        let (jane, omar) = (person(&system, "jane@acme.com").await, person(&system, "omar@acme.com").await);
        let asked = system.ask("quorum.two", json!({})).await;
        assert_eq!(system.resolve(&jane, &asked.id, approve()).await.1["approvals"], 1);
        system.put_policy(&POLICY.replace("quorum.two:\n", "quorum.two:\n    requiredPersonas: [legal]\n")).await;
        assert_eq!(refused(system.resolve(&omar, &asked.id, approve()).await), error(409, "INVALID_STATE"));
        assert_eq!(system.poll(&asked.token).await["status"], "awaiting_personas");
        system.put_policy(POLICY).await;
        assert_eq!(system.poll(&asked.token).await["status"], "ready_for_approval");
        let note = shown(&system, &asked).await["history"][3]["note"].clone();
        assert_eq!(note, "it no longer requires legal");
        assert_eq!(system.resolve(&omar, &asked.id, approve()).await.1["status"], "approved");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_that_the_policy_no_longer_names_lets_nobody_approve_and_the_refusal_says_what_is_left() {
        let system = System::start().await;
        let asked = system.ask("persona.first", json!({})).await;
        let without = POLICY
            .replace("  security: [\"slack:USEC\", \"user:sec@acme.com\"]\n", "")
            .replace("    requiredPersonas: [security]\n", "");
        system.put_policy(&without).await;
        let refusal = system.resolve(&system.keys.approver, &asked.id, approve()).await;
        let said = refusal.1["error"].as_str().unwrap().to_owned();
        assert!(
            said.contains("lets nobody acknowledge as security: deny it, or let it expire and ask again"),
            "{said}"
        );
        assert_eq!(refused(refusal), error(409, "INVALID_STATE"));
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, deny()).await.1["status"], "denied");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_first_answer_is_repeated_unchanged_after_one_was_added() {
        let system = System::start().await;
        let body = body("plain.post", json!({})).to_string();
        let auth = bearer(&system.keys.agent);
        let headers = [("authorization", auth.as_str()), ("idempotency-key", "k1")];
        let first = send(&system, ("POST", "/api/guard/request"), &headers, body.clone()).await.2;
        system.put_policy(&stricter()).await;
        let id = serde_json::from_str::<Value>(&first).unwrap()["requestId"].as_str().unwrap().to_owned();
        assert_eq!(system.resolve(&system.keys.approver, &id, approve()).await.0, 409);
        assert_eq!(send(&system, ("POST", "/api/guard/request"), &headers, body).await.2, first);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_approver_may_deny_before_the_personas_have_spoken() {
        let system = System::start().await;
        let asked = system.ask("persona.first", json!({})).await;
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, deny()).await.1["status"], "denied");
    }
}

mod editing {
    use super::*;

    const TYPED: &str = "actions: { pay: { approvers: { anyOf: [\"user:approver@localhost\"] }, \
                         allowParamOverrides: true, overrideKeys: [type, amount] } }";

    fn params() -> Value {
        json!({ "to": "jane@acme.com", "subject": "Hi", "count": "007", "bcc": "hidden", "type": "urgent",
            "body": { "text": "old", "secret": "hidden", "other": 1 } })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_merge_patch_changes_what_it_names_and_the_agent_gets_the_whole_result() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", params()).await;
        let patch = json!({ "type": "gmail.send", "subject": "Hello", "body": { "text": "new" } });
        let (status, answer) = system.resolve(&system.keys.approver, &asked.id, edit(patch)).await;
        assert_eq!((status, &answer["status"]), (200, &json!("approved")));
        let mut expected = params();
        (expected["subject"], expected["body"]["text"]) = (json!("Hello"), json!("new"));
        let told = system.poll(&asked.token).await;
        assert_eq!(told["decisionParams"], expected);
        assert_ne!(told["digest"], asked.answer["digest"], "an edit makes a new digest");
        let one = shown(&system, &asked).await;
        assert_eq!((&one["action"]["type"], &one["params"]["type"]), (&json!("gmail.send"), &json!("urgent")));
        assert_eq!(
            (&one["params"]["bcc"], &one["params"]["body"]["secret"]),
            (&json!("«redacted»"), &json!("«redacted»"))
        );
        assert_eq!((&one["params"]["body"]["text"], &one["digest"]), (&json!("new"), &told["digest"]));
        assert_eq!(one["history"][1]["note"], "body, subject");
        assert!(!everything(&system).await.join("\n").contains("hidden"), "a redacted value was stored in the clear");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn null_removes_a_key_and_values_keep_their_kind() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", params()).await;
        let patch = json!({ "subject": null, "count": "008", "body": { "text": null } });
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, edit(patch)).await.0, 200);
        let mut expected = params();
        expected.as_object_mut().unwrap().remove("subject");
        expected["body"].as_object_mut().unwrap().remove("text");
        expected["count"] = json!("008");
        assert_eq!(system.poll(&asked.token).await["decisionParams"], expected);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn numbers_and_text_that_looks_like_them_come_out_as_they_went_in() {
        let system = System::start().await;
        let params = json!({ "subject": "Hi", "count": "007", "big": 9_007_199_254_740_992_u64, "small": -1, "f": 0.1,
            "e": 1e-7, "text": "1e3", "b": "true", "n": null, "list": [[], {}] });
        let asked = system.ask("gmail.send", params.clone()).await;
        system.resolve(&system.keys.approver, &asked.id, edit(json!({ "subject": "Ho" }))).await;
        let mut expected = params;
        expected["subject"] = json!("Ho");
        assert_eq!(system.poll(&asked.token).await["decisionParams"], expected);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_edit_that_changes_nothing_is_an_approval_of_what_is() {
        let system = System::start().await;
        for patch in [
            json!({}),
            json!({ "type": "gmail.send" }),
            json!({ "type": "urgent" }),
            json!({ "to": "jane@acme.com", "nothing": null }),
        ] {
            let asked = system.ask("gmail.send", params()).await;
            assert_eq!(system.resolve(&system.keys.approver, &asked.id, edit(patch)).await.0, 200);
            let told = system.poll(&asked.token).await;
            assert_eq!((&told["digest"], &told["decisionParams"]), (&asked.answer["digest"], &params()));
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_refused_edit_names_every_fault_and_changes_nothing() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", params()).await;
        system.settle().await;
        let before = everything(&system).await;
        for (patch, fields) in [
            (json!({ "to": "evil@acme.com" }), vec!["modified_action.to"]),
            (json!({ "to": null }), vec!["modified_action.to"]),
            (json!({ "new": 1 }), vec!["modified_action.new"]),
            (json!({ "type": "gmail.delete" }), vec!["modified_action.type"]),
            (json!({ "type": "trivial" }), vec!["modified_action.type"]),
            (json!({ "type": null }), vec!["modified_action.type"]),
            (json!({ "bcc": "«redacted»" }), vec!["modified_action.bcc"]),
            (json!({ "bcc": "guess" }), vec!["modified_action.bcc"]),
            (json!({ "subject": "«redacted»" }), vec!["modified_action.subject"]),
            (json!({ "body": { "secret": "guess", "text": "x" } }), vec!["modified_action.body.secret"]),
            (json!({ "body": { "other": 2 } }), vec!["modified_action.body.other"]),
            (json!({ "body": "all of it" }), vec!["modified_action.body"]),
            (json!({ "body": null }), vec!["modified_action.body"]),
            (json!({ "subject": "x".repeat(41) }), vec!["modified_action.subject"]),
            (json!({ "subject": 7 }), vec!["modified_action.subject"]),
            (
                json!({ "to": "x", "new": 1, "subject": 7 }),
                vec!["modified_action.new", "modified_action.subject", "modified_action.to"],
            ),
        ] {
            let (status, answer) = system.resolve(&system.keys.approver, &asked.id, edit(patch.clone())).await;
            assert_eq!((status, &answer["code"]), (422, &json!("OVERRIDE_NOT_ALLOWED")), "{patch}");
            let mut found: Vec<&str> =
                answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
            found.dedup();
            assert_eq!(found, fields, "{patch}");
            assert!(!answer.to_string().contains("hidden"), "{answer}");
        }
        assert_eq!(everything(&system).await, before);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_parameter_named_type_is_edited_where_the_policy_names_it() {
        let system = Start::fresh().at(clock()).start().await;
        system.put_policy(TYPED).await;
        system.clock.advance(jiff::SignedDuration::from_secs(6));
        for (patch, result) in [
            (json!({ "type": "credit" }), json!({ "type": "credit", "amount": 5 })),
            (json!({ "type": "refund", "amount": 6 }), json!({ "type": "refund", "amount": 6 })),
            (json!({ "type": "pay", "amount": 6 }), json!({ "type": "refund", "amount": 6 })),
            (json!({ "type": null }), json!({ "amount": 5 })),
        ] {
            let asked = system.ask("pay", json!({ "type": "refund", "amount": 5 })).await;
            let (status, answer) = system.resolve(&system.keys.approver, &asked.id, edit(patch.clone())).await;
            assert_eq!(status, 200, "{patch}: {answer}");
            assert_eq!(system.poll(&asked.token).await["decisionParams"], result, "{patch}");
            assert_eq!(shown(&system, &asked).await["action"]["type"], "pay");
        }
        let asked = system.ask("pay", json!({ "amount": 5 })).await;
        let (status, answer) =
            system.resolve(&system.keys.approver, &asked.id, edit(json!({ "type": "credit" }))).await;
        assert_eq!(
            (status, &answer["details"][0]["field"]),
            (422, &json!("modified_action.type")),
            "there is none to edit"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn where_the_policy_allows_no_edit_every_edit_is_refused() {
        let system = System::start().await;
        let asked = system.ask("plain.post", json!({ "a": 1 })).await;
        let answer = system.resolve(&system.keys.approver, &asked.id, edit(json!({ "a": 2 }))).await;
        assert_eq!(refused(answer), error(422, "OVERRIDE_NOT_ALLOWED"));
        assert_eq!(system.poll(&asked.token).await["seq"], 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_edit_by_somebody_who_may_not_decide_is_first_of_all_that() {
        let system = System::start().await;
        let omar = person(&system, "omar@acme.com").await;
        let asked = system.ask("gmail.send", params()).await;
        let answer = system.resolve(&omar, &asked.id, edit(json!({ "to": "x" }))).await;
        assert_eq!(refused(answer), error(403, "NOT_AUTHORIZED"), "nor do they learn what may be edited");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_denial_with_an_edit_is_invalid() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", params()).await;
        for patch in [json!({ "subject": "x" }), json!({})] {
            let body = json!({ "decision": "denied", "modified_action": patch });
            let answer = system.resolve(&system.keys.approver, &asked.id, body).await;
            assert_eq!(refused(answer), error(400, "INVALID_PAYLOAD"));
        }
        assert_eq!(system.poll(&asked.token).await["seq"], 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_edit_voids_earlier_votes_while_the_editors_own_stands() {
        let system = System::start().await;
        let (jane, omar) = (person(&system, "jane@acme.com").await, person(&system, "omar@acme.com").await);
        let asked = system.ask("quorum.two", json!({ "note": "old" })).await;
        system.resolve(&jane, &asked.id, approve()).await;
        let (_, edited) = system.resolve(&omar, &asked.id, edit(json!({ "note": "new" }))).await;
        assert_eq!((&edited["status"], &edited["approvals"]), (&json!("pending"), &json!(1)));
        let stale = json!({ "decision": "approved", "digest": asked.answer["digest"] });
        assert_eq!(refused(system.resolve(&jane, &asked.id, stale).await), error(409, "CONFLICT"));
        let now = shown(&system, &asked).await["digest"].clone();
        let seen = json!({ "decision": "approved", "digest": now });
        assert_eq!(system.resolve(&jane, &asked.id, seen).await.1["status"], "approved");
        let told = system.poll(&asked.token).await;
        assert_eq!(told["decisionParams"], json!({ "note": "new" }));
        assert_eq!(told["approvers"], json!(["user:omar@acme.com", "user:jane@acme.com"]));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_voted_may_still_edit_and_the_same_edit_again_changes_nothing() {
        let system = System::start().await;
        let jane = person(&system, "jane@acme.com").await;
        let asked = system.ask("quorum.two", json!({ "note": "old" })).await;
        system.resolve(&jane, &asked.id, approve()).await;
        let first = system.resolve(&jane, &asked.id, edit(json!({ "note": "new" }))).await;
        assert_eq!((first.0, &first.1["approvals"]), (200, &json!(1)));
        let seq = system.poll(&asked.token).await["seq"].clone();
        assert_eq!(system.resolve(&jane, &asked.id, edit(json!({ "note": "new" }))).await, first);
        assert_eq!(system.poll(&asked.token).await["seq"], seq);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_edit_sends_it_back_to_the_personas() {
        let system = System::start().await;
        let asked = system.ask("persona.first", json!({ "note": "old" })).await;
        acknowledge(&system, &asked).await;
        let (_, answer) = system.resolve(&system.keys.approver, &asked.id, edit(json!({ "note": "new" }))).await;
        assert_eq!((&answer["status"], &answer["approvals"]), (&json!("pending"), &json!(1)));
        assert_eq!(system.poll(&asked.token).await["status"], "awaiting_personas");
        acknowledge(&system, &asked).await;
        assert_eq!(system.poll(&asked.token).await["status"], "approved", "the editor's own approval stands");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_edit_must_be_allowed_by_the_policy_in_force_too() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", params()).await;
        system.put_policy(&POLICY.replace(r#"["subject", "body.text", "count"]"#, r#"["count"]"#)).await;
        let answer = system.resolve(&system.keys.approver, &asked.id, edit(json!({ "subject": "x" }))).await;
        assert_eq!(refused(answer), error(422, "OVERRIDE_NOT_ALLOWED"));
        let added = system.ask("plain.post", json!({ "a": 1 })).await;
        let more =
            POLICY.replace("\"plain.*\":\n", "\"plain.*\":\n    allowParamOverrides: true\n    overrideKeys: [a]\n");
        system.put_policy(&more).await;
        let answer = system.resolve(&system.keys.approver, &added.id, edit(json!({ "a": 2 }))).await;
        assert_eq!(refused(answer), error(422, "OVERRIDE_NOT_ALLOWED"), "the policy it was asked under allowed none");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_policy_has_come_to_hide_is_hidden_after_an_edit_as_it_was_before() {
        let system = Start::fresh().at(clock()).start().await;
        let asked = system.ask("gmail.send", params()).await;
        system.put_policy(&POLICY.replace(r#"["bcc", "body.secret"]"#, r#"["subject"]"#)).await;
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, edit(json!({ "count": "1" }))).await.0, 200);
        let one = shown(&system, &asked).await;
        assert_eq!((&one["params"]["bcc"], &one["params"]["subject"]), (&json!("«redacted»"), &json!("Hi")));
        assert_eq!(mask(&one["digest"]), json!("sha256:…"));
    }
}

mod input {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn every_fault_is_named_and_nothing_is_stored() {
        let system = System::start().await;
        let asked = system.ask("gmail.send", json!({})).await;
        system.settle().await;
        let before = everything(&system).await;
        for (body, fields) in [
            (json!({}), vec!["decision"]),
            (json!({ "decision": "approve" }), vec!["decision"]),
            (json!({ "decision": "Approved" }), vec!["decision"]),
            (json!({ "decision": "expired" }), vec!["decision"]),
            (json!({ "decision": true }), vec!["decision"]),
            (json!({ "decision": null }), vec!["decision"]),
            (json!({ "decision": "approved", "comment": 7 }), vec!["comment"]),
            (json!({ "decision": "approved", "comment": "x".repeat(3_001) }), vec!["comment"]),
            (json!({ "decision": "approved", "modified_action": [] }), vec!["modified_action"]),
            (json!({ "decision": "approved", "modified_action": "x" }), vec!["modified_action"]),
            (json!({ "decision": "approved", "digest": 1 }), vec!["digest"]),
            (
                json!({ "comment": [], "modified_action": 1, "digest": {} }),
                vec!["comment", "decision", "digest", "modified_action"],
            ),
            (json!([]), vec![""]),
        ] {
            let (status, answer) = system.resolve(&system.keys.approver, &asked.id, body.clone()).await;
            assert_eq!((status, &answer["code"]), (400, &json!("INVALID_PAYLOAD")), "{body}");
            let found: Vec<&str> =
                answer["details"].as_array().unwrap().iter().map(|d| d["field"].as_str().unwrap()).collect();
            assert_eq!(found, fields, "{body}");
        }
        assert_eq!(everything(&system).await, before);
        let body =
            json!({ "decision": "approved", "comment": "x".repeat(3_000), "modified_action": null, "digest": null });
        assert_eq!(system.resolve(&system.keys.approver, &asked.id, body).await.0, 200, "null is as good as left out");
    }
}
