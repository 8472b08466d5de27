//! A process killed in mid-load: whatever it had acknowledged is there afterwards.

use futures::future::join_all;
use local::client;
use local::engine::Location;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{engine, folder, manual_clock, put};

const FOLDER: &str = "COUNTERSIGN_KILLED_FOLDER";
const ACKNOWLEDGED: &str = "acknowledged ";

#[tokio::test]
async fn a_kill_in_mid_load_loses_nothing_acknowledged() {
    let folder = folder("killed");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "it::killed::writes_until_killed", "--nocapture"])
        .env(FOLDER, &folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let acknowledged = |line: String| line.split_once(ACKNOWLEDGED).map(|(_, name)| name.to_owned());
    let mut names: Vec<String> = lines.by_ref().filter_map(acknowledged).take(300).collect();
    child.kill().unwrap();
    names.extend(lines.filter_map(acknowledged));
    child.wait().unwrap();
    assert!(names.len() >= 300, "the child wrote {}", names.len());

    let engine = engine(Location::Folder(folder), manual_clock().1).await;
    let client = client::dynamodb(&engine);
    for name in names {
        let key = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
        let found =
            client.get_item().table_name("Test").key("pk", key(&name)).key("sk", key("a")).send().await.unwrap();
        assert!(found.item().is_some(), "{name} was acknowledged");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the test above"]
#[expect(clippy::disallowed_methods, reason = "the environment is how the parent says where to write")]
async fn writes_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let engine = engine(Location::Folder(folder.into()), manual_clock().1).await;
    let writers = (0..16).map(|writer| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for index in 0.. {
                let name = format!("{writer}-{index}");
                put(&engine, &name, json!({ "g": { "S": "x" } })).await;
                println!("{ACKNOWLEDGED}{name}");
            }
        })
    });
    join_all(writers).await;
}
