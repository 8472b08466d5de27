//! Clients that generators make of the OpenAPI document: they compile as strictly as their languages can, nothing is left out of them, and
//! they take an approval from asking to knowing.

use crate::harness::System;
use crate::harness::documented::DOCUMENT;
use std::path::PathBuf;
use tokio::process::Command;

const DOCUMENT_AT: &str = "functions/poll/src/openapi.json";
const MADE: &str = "tests/clients/generated";

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What a program says that ends well.
async fn said(program: &str, arguments: &[&str]) -> String {
    let ran = Command::new(program).args(arguments).current_dir(root()).output().await;
    let ran = ran.unwrap_or_else(|e| panic!("{program}: {e}; `make test` installs it"));
    let said = [ran.stdout, ran.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(ran.status.success(), "{program} {arguments:?}: {said}");
    said
}

/// What a client prints in the end: what the poll said, and how the unknown action was refused.
fn must_have_gone_through(printed: &str) {
    assert!(printed.starts_with("approved jane@acme.com "), "{printed}");
    assert!(printed.trim_end().ends_with(" POLICY_NOT_FOUND"), "{printed}");
}

async fn typescript(system: &System) {
    said("node", &["tests/clients/generate.mjs", DOCUMENT_AT]).await;
    let types = std::fs::read_to_string(root().join(MADE).join("openapi-typescript.ts")).unwrap();
    assert!(!types.contains("& unknown") && !types.contains("& Record<string, never>"), "a type that says nothing");
    let keys = &system.keys;
    let [fetch, hey] = ["openapi-fetch", "hey-api"].map(|name| format!("{MADE}/js/typed/{name}.js"));
    let [fetch, hey] =
        [[&fetch, &system.url, &keys.agent, &keys.approver], [&hey, &system.url, &keys.agent, &keys.approver]]
            .map(|arguments| arguments.map(String::as_str));
    let (fetch, hey) = tokio::join!(said("node", &fetch), said("node", &hey));
    must_have_gone_through(&fetch);
    must_have_gone_through(&hey);
}

async fn python(system: &System) {
    let venv = root().join(".venv/bin");
    let tool = |name: &str| venv.join(name).to_str().unwrap().to_owned();
    let package = tempfile::tempdir().unwrap();
    let at = package.path().join("countersign_client");
    let (home, at) = (package.path().to_str().unwrap(), at.to_str().unwrap());
    let options = ["--meta", "none", "--config", "tests/clients/typed/openapi_python_client.yaml", "--output-path", at];
    let made = [&["generate", "--path", DOCUMENT_AT][..], &options].concat();
    let told = said(&tool("openapi-python-client"), &made).await;
    // It reads JSON and forms alone: a policy is sent as JSON.
    let warnings = told.matches("WARNING").count();
    assert_eq!(warnings, told.matches("Unsupported content type").count(), "{told}");
    let operations = DOCUMENT["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len());
    assert_eq!(modules(&format!("{at}/api")), operations.sum::<usize>(), "{told}");

    let program = "tests/clients/typed/openapi_python_client.py";
    let (cache, mypy_path, path) = (format!("{home}/mypy"), format!("MYPYPATH={home}"), format!("PYTHONPATH={home}"));
    let strict = ["--strict", "--cache-dir", &cache, at, program];
    let (mypy, python) = (tool("mypy"), tool("python"));
    let mypy = [&[mypy_path.as_str(), &mypy][..], &strict].concat();
    let run = [&path, &python, program, &system.url, &system.keys.agent, &system.keys.approver];
    let (_, printed) = tokio::join!(said("env", &mypy), said("env", &run));
    must_have_gone_through(&printed);
}

/// The modules of the folders in a folder, but for each folder's own.
fn modules(folder: &str) -> usize {
    let files = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let folders = files(folder.into()).filter(|path| path.is_dir() && !path.ends_with("__pycache__"));
    folders
        .flat_map(files)
        .filter(|file| file.extension().is_some_and(|e| e == "py") && !file.ends_with("__init__.py"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_generators_make_compile_and_take_an_approval_to_its_end() {
    let system = System::start().await;
    tokio::join!(typescript(&system), python(&system));
    system.stop().await;
}
