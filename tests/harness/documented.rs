//! Every exchange that a test's HTTP client sees is one that the OpenAPI document describes: the operation, the status, the headers, the
//! content type and the body; what was sent, too, where it was accepted.

use futures::future::BoxFuture;
use http::Extensions;
use jsonschema::Validator;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientWithMiddleware, Next, Result};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// The document as it is in the repository.
pub static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../functions/poll/src/openapi.json")).unwrap());

/// The document's open schemas as what they say in words: a generator of clients reads no schema that refers to itself.
static IN_WORDS: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("../fuzz/json.json")).unwrap());

/// A client that looks at every exchange.
pub fn watched(client: reqwest::Client) -> ClientWithMiddleware {
    reqwest_middleware::ClientBuilder::new(client).with(watch).build()
}

fn watch<'a>(request: Request, extensions: &'a mut Extensions, next: Next<'a>) -> BoxFuture<'a, Result<Response>> {
    Box::pin(async move {
        let sent = Sent::of(&request);
        let answer = next.run(request, extensions).await?;
        if answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
            // The stream has no end yet. The code that reads it has each state checked.
            sent.was_answered(answer.status().as_u16(), answer.headers(), None);
            return Ok(answer);
        }
        let mut whole = http::Response::builder().status(answer.status()).version(answer.version());
        *whole.headers_mut().unwrap() = answer.headers().clone();
        let body = answer.bytes().await?;
        let answer = whole.body(body.clone()).unwrap();
        sent.was_answered(answer.status().as_u16(), answer.headers(), Some(&body));
        Ok(answer.into())
    })
}

/// That a wait answer is one, however it came.
#[track_caller]
pub fn must_be_a_wait_answer(data: &Value) {
    must_fit("a state", &json!({ "$ref": "#/components/schemas/WaitRequestResponse" }), data);
}

/// What `schema`, a part of the document, has to say against a value.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let told = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator(schema).iter_errors(value).map(told).collect()
}

#[track_caller]
fn must_fit(what: &str, schema: &Value, value: &Value) {
    let faults = faults(schema, value);
    assert!(faults.is_empty(), "{what} is not as documented: {faults:#?}\n{value}");
}

/// Compiled once.
fn validator(schema: &Value) -> Arc<Validator> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let make = || {
        let mut whole = schema.clone();
        let mut schemas = DOCUMENT["components"]["schemas"].clone();
        for (name, strict) in IN_WORDS.as_object().unwrap() {
            assert!(schemas[name]["description"].is_string(), "{name} is in the document no more");
            schemas[name] = strict.clone();
        }
        whole["components"] = json!({ "schemas": schemas });
        // An address is what a browser takes for one, as it is here.
        let options = jsonschema::draft202012::options().with_format("uri", |text: &str| url::Url::parse(text).is_ok());
        Arc::new(options.should_validate_formats(true).build(&whole).unwrap())
    };
    compiled.entry(schema.to_string()).or_insert_with(make).clone()
}

/// A part of the document, or what it refers to.
pub fn resolved(part: &Value) -> &Value {
    part["$ref"].as_str().map_or(part, |at| resolved(DOCUMENT.pointer(at.trim_start_matches('#')).unwrap()))
}

/// The operation of a method and a path, with or without the version.
pub fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fitting = paths.iter().filter(|(template, item)| fits(template, path) && item.get(method).is_some());
    // As a gateway has it, what is written out comes before what stands for anything.
    fitting.min_by_key(|(template, _)| template.matches('{').count()).map(|(_, item)| &item[method])
}

fn fits(template: &str, path: &str) -> bool {
    if let Some(before) = template.strip_suffix("{page}") {
        return path.strip_prefix(before).is_some_and(|rest| !rest.is_empty());
    }
    let (wanted, given): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let one = |(w, g): (&&str, &&str)| if w.starts_with('{') { !g.is_empty() } else { w == g };
    wanted.len() == given.len() && wanted.iter().zip(&given).all(one)
}

/// What went out.
struct Sent {
    method: String,
    path: String,
    query: Vec<String>,
    kind: Option<String>,
    body: Vec<u8>,
}

impl Sent {
    fn of(request: &Request) -> Self {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        // A byte order mark is no part of a text.
        let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body).to_vec();
        let method = request.method().as_str().to_lowercase();
        let query = request.url().query_pairs().map(|(name, _)| name.into_owned()).collect();
        Self { method, path: request.url().path().to_owned(), query, kind: kind(request.headers()), body }
    }

    fn was_answered(&self, status: u16, headers: &HeaderMap, body: Option<&[u8]>) {
        // The gateway's own.
        if self.method == "options" {
            return;
        }
        let at = format!("{} {} → {status}", self.method.to_uppercase(), self.path);
        let Some(operation) = operation(&self.method, &self.path) else {
            assert_eq!((status, body), (404, Some(&br#"{"message":"Not Found"}"#[..])), "{at} is not documented");
            return;
        };
        let at = format!("{} ({at})", operation["operationId"].as_str().unwrap());
        let answer = resolved(&operation["responses"][status.to_string()]);
        assert!(answer.is_object(), "{at}: this status is not documented: {:?}", body.map(String::from_utf8_lossy));
        must_have_headers(&at, answer, headers);
        if let Some(body) = body {
            must_be_content(&at, answer["content"].as_object(), kind(headers), body);
        }
        if (200..300).contains(&status) {
            self.must_have_a_query_of(&at, operation);
            self.must_be_a_body_of(&at, operation);
        }
    }

    /// That each query parameter that was accepted is a documented one. What pages and vendors' webhooks ignore is not.
    fn must_have_a_query_of(&self, at: &str, operation: &Value) {
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(resolved);
        let known: Vec<&str> = parameters.filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str()).collect();
        let strange: Vec<&String> = self.query.iter().filter(|name| !known.contains(&name.as_str())).collect();
        let lenient = ["console", "vendors"].iter().any(|tag| operation["tags"][0] == *tag);
        assert!(lenient || strange.is_empty(), "{at} was accepted with {strange:?}");
    }

    /// That what was accepted is what the document asks for.
    fn must_be_a_body_of(&self, at: &str, operation: &Value) {
        let request = resolved(&operation["requestBody"]);
        let Some(content) = request["content"].as_object().filter(|_| !self.body.is_empty()) else {
            assert!(self.body.is_empty() && request["required"] != true, "{at} was accepted with another body");
            return;
        };
        let json = "application/json".to_owned();
        let any = operation["x-any-content-type"] == true;
        // Who does not say what it is, is taken at their word.
        let is_json = serde_json::from_slice::<Value>(&self.body).is_ok();
        let guess = || match content.keys().next() {
            Some(only) if content.len() == 1 => only.clone(),
            _ if is_json => json.clone(),
            _ => "application/yaml".to_owned(),
        };
        let sent = if any { json.clone() } else { self.kind.clone().unwrap_or_else(guess) };
        must_be_content(&format!("{at}, what was sent"), Some(content), Some(sent), &self.body);
    }
}

fn kind(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next()?;
    let kind = kind.trim().to_ascii_lowercase();
    Some(if kind.ends_with("+json") { "application/json".to_owned() } else { kind })
}

fn must_be_content(at: &str, content: Option<&Map<String, Value>>, kind: Option<String>, body: &[u8]) {
    let text = String::from_utf8_lossy(body);
    let Some(kind) = kind else {
        assert!(body.is_empty(), "{at}: a body without a content type: {text}");
        return;
    };
    let schema = content.and_then(|content| content.get(&kind)).map(|media| &media["schema"]);
    let schema = schema.unwrap_or_else(|| panic!("{at}: the content type {kind} is not documented"));
    match kind.as_str() {
        "application/json" => {
            let value = serde_json::from_slice(body).unwrap_or_else(|why| panic!("{at}: not JSON: {why}: {text}"));
            must_fit(at, schema, &value);
        }
        "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => {
            let value = serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { strict_booleans: true });
            let value = value.unwrap_or_else(|why| panic!("{at}: not YAML: {why}: {text}"));
            must_fit(at, schema, &value);
        }
        // A form's fields are texts, whatever stands in them.
        "application/x-www-form-urlencoded" => {}
        _ => must_fit(at, schema, &Value::String(text.into_owned())),
    }
}

fn must_have_headers(at: &str, answer: &Value, headers: &HeaderMap) {
    for (name, header) in answer["headers"].as_object().into_iter().flatten() {
        let header = resolved(header);
        let Some(value) = headers.get(name) else {
            assert!(header["required"] != true, "{at}: the header {name} is missing");
            continue;
        };
        let text = value.to_str().unwrap();
        let number = header["schema"]["type"] == "integer";
        let value = if number { text.parse::<i64>().map_or(json!(text), |n| json!(n)) } else { json!(text) };
        must_fit(&format!("{at}: the header {name}"), &header["schema"], &value);
    }
}
