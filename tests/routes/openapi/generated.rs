//! What is made of the operations that the functions declare is what is kept, and what is served; and it says who may what.

use crate::harness::System;
use crate::routes::{bearer, send};
use lambda::operation::Serve;
use serde_json::Value;
use std::path::Path;

fn files() -> Vec<generate::File> {
    generate::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
}

#[test]
fn nothing_that_is_made_of_the_operations_differs_from_them() {
    let differ: Vec<String> = files().iter().filter(|file| !file.is_true()).map(generate::File::told).collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_that_is_made_is_the_one_that_is_served() {
    let system = System::start().await;
    let (status, _, served) = send(&system, ("GET", "/openapi.json"), &[], "").await;
    let made = &files()[0].wanted;
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_str::<Value>(&served).unwrap(), serde_json::from_str::<Value>(made).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_none_of_the_roles_is_refused_and_nobody_else() {
    let system = System::start().await;
    let keys = [
        ("agent", system.keys.agent.clone()),
        ("approver", system.keys.approver.clone()),
        ("auditor", system.key("user:audit@acme.com", &["auditor"]).await),
        ("admin", system.key("user:only-admin@acme.com", &["admin"]).await),
    ];
    let mut asked = 0;
    for operation in generate::operations() {
        let Serve::Key(roles, ..) = operation.route.serve else { continue };
        let segment = operation.said.segment.map(|parameter| parameter.example).unwrap_or_default();
        let path: String = operation
            .route
            .path
            .split('/')
            .map(|part| if part.starts_with('{') { segment } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for (word, key) in &keys {
            let may = roles.iter().any(|role| serde_json::to_value(role).unwrap() == *word);
            let headers = [("authorization", bearer(key)), ("content-type", "application/json".to_owned())];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            let body = operation.said.body.map(|_| "{}").unwrap_or_default();
            let (status, _, told) = send(&system, (operation.route.method, &path), &headers, body).await;
            assert_eq!(status == 403, !may, "{word}: {} {path}: {told}", operation.route.method);
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked}");
}
