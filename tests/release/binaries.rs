//! The functions as they are deployed: each the program that `make package` built, asked through the Runtime API, with the environment
//! that the template gives it.

use crate::harness::PATIENCE;
use crate::standins::aws::{Aws, SECRET_KEY, SESSION};
use crate::standins::runtime_api::{Outcome, RuntimeApi};
use data_encoding::BASE64;
use http::Response;
use lambda_http::Body;
use local::gateway::Event;
use local::handlers::{Handler, Handlers};
use local::template::{Function, Template};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// The wiring.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// All functions of the template.
pub struct Binaries {
    functions: Vec<Arc<Program>>,
    template: Template,
    addresses: Arc<OnceLock<Addresses>>,
}

/// What the template computes, by the name of the variable.
type Addresses = BTreeMap<&'static str, String>;

/// One function, and its process once it has been invoked.
pub struct Program {
    function: Function,
    file: PathBuf,
    aws: Aws,
    addresses: Arc<OnceLock<Addresses>>,
    running: OnceCell<RuntimeApi>,
    log: Arc<Mutex<String>>,
}

/// The template of this workspace.
pub fn template() -> Template {
    Template::read(TEMPLATE).unwrap()
}

impl Binaries {
    /// The functions of the folder that `make package` names.
    #[expect(clippy::disallowed_methods, reason = "only whoever built them knows where they are")]
    pub fn find(aws: &Aws) -> Self {
        let folder = PathBuf::from(std::env::var("COUNTERSIGN_PACKAGE").expect("COUNTERSIGN_PACKAGE names no folder"));
        let (template, addresses) = (template(), Arc::<OnceLock<Addresses>>::default());
        let program = |function: &Function| {
            let file = folder.join(&function.logical).join("bootstrap");
            assert!(file.is_file(), "{} has not been built", file.display());
            let (function, aws, addresses) = (function.clone(), aws.clone(), addresses.clone());
            Arc::new(Program { function, file, aws, addresses, running: OnceCell::new(), log: Arc::default() })
        };
        let functions = template.functions.iter().map(program).collect();
        Self { functions, template, addresses }
    }

    /// Says where everything is: what the template computes of addresses. What it refers to by name has its logical id for a name.
    pub fn reach(&self, host: &str, slack: &str) {
        let addresses = BTreeMap::from([
            ("EVENT_BUS_NAME", self.template.buses[0].clone()),
            ("RUST_LOG", "info".to_owned()),
            ("SLACK_API_URL", slack.to_owned()),
            ("STREAM_URL", format!("{host}/")),
            ("WEBSOCKET_URL", format!("{}/ws", host.replacen("http", "ws", 1))),
            ("CONSOLE_URL", format!("{host}/console")),
            ("MANAGEMENT_URL", format!("{}/live", self.functions[0].aws.url)),
        ]);
        self.addresses.set(addresses).unwrap();
    }

    /// One of them, by its logical id.
    pub fn program(&self, logical: &str) -> &Arc<Program> {
        self.functions.iter().find(|program| program.function.logical == logical).unwrap()
    }

    /// The same functions, but one, as the host's gateway, bus, stream and WebSockets call them.
    pub fn handlers(&self, but: &str) -> Handlers {
        self.functions.iter().filter(|program| program.function.code != but).fold(
            Handlers::default(),
            |all, program| {
                let routed = self.template.routes.iter().any(|route| route.function == program.function.logical);
                let handler = match (program.function.streams, routed) {
                    (true, _) => program.clone().streaming(),
                    (false, true) => program.clone().answering(),
                    (false, false) => program.clone().taking(),
                };
                all.with(&program.function.code, handler)
            },
        )
    }

    /// The functions that have never been invoked.
    pub fn idle(&self) -> BTreeSet<&str> {
        let idle = self.functions.iter().filter(|program| program.running.get().is_none());
        idle.map(|program| program.function.logical.as_str()).collect()
    }

    /// What any of them did that AWS would refuse.
    pub fn faults(&self) -> Vec<String> {
        let of = |program: &Arc<Program>| program.running.get().map(RuntimeApi::faults).unwrap_or_default();
        self.functions
            .iter()
            .flat_map(|p| of(p).into_iter().map(|fault| format!("{}: {fault}", p.function.logical)))
            .collect()
    }

    /// Everything they have logged.
    pub fn logs(&self) -> String {
        self.functions.iter().map(|program| program.log.lock().unwrap().clone()).collect()
    }
}

impl Program {
    /// Starts its process, which asks this address what to do.
    pub async fn start(&self) -> (RuntimeApi, Child) {
        let api = RuntimeApi::start(&self.function.arn, self.function.streams).await;
        let mut command = Command::new(&self.file);
        command.env_clear().envs(self.variables()).env("AWS_LAMBDA_RUNTIME_API", &api.address);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        tokio::spawn(keep(child.stdout.take().unwrap(), self.log.clone()));
        tokio::spawn(keep(child.stderr.take().unwrap(), self.log.clone()));
        (api, child)
    }

    /// How it ends where it cannot start, what it told Lambda, and what it logged.
    pub async fn fail_to_start(&self) -> (ExitStatus, Option<Value>, String) {
        let (api, mut child) = self.start().await;
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it goes on").unwrap();
        assert_eq!((api.asked(), api.faults()), (0, vec![]), "{}", self.function.logical);
        (ended, api.init_error(), self.log.lock().unwrap().clone())
    }

    async fn invoke(&self, event: String) -> Outcome {
        let api = self.running.get_or_init(|| async {
            let (api, mut child) = self.start().await;
            let told = api.clone();
            tokio::spawn(async move {
                let _ = child.wait().await;
                told.ended();
            });
            api
        });
        let outcome = api.await.invoke(event, self.function.timeout).await;
        outcome.unwrap_or_else(|| panic!("{} gave no answer\n{}", self.function.logical, self.log.lock().unwrap()))
    }

    fn answering(self: Arc<Self>) -> Handler {
        Handler::Http(Arc::new(move |request| {
            let program = self.clone();
            Box::pin(async move {
                match program.invoke(event(&request)).await {
                    Outcome::Answered(answer) => whole(&answer),
                    Outcome::Streamed(..) => panic!("{} streamed", program.function.logical),
                    Outcome::Failed(error) => panic!("{}: {error}", program.function.logical),
                }
            })
        }))
    }

    fn streaming(self: Arc<Self>) -> Handler {
        Handler::Stream(Arc::new(move |request| {
            let program = self.clone();
            Box::pin(async move {
                match program.invoke(event(&request)).await {
                    Outcome::Streamed(prelude, body) => head(&prelude).body(body).unwrap(),
                    Outcome::Answered(answer) => panic!("{}: {answer}", program.function.logical),
                    Outcome::Failed(error) => panic!("{}: {error}", program.function.logical),
                }
            })
        }))
    }

    fn taking(self: Arc<Self>) -> Handler {
        Handler::Event(Arc::new(move |event| {
            let program = self.clone();
            Box::pin(async move {
                match program.invoke(event.to_string()).await {
                    Outcome::Answered(answer) => Ok(answer),
                    Outcome::Streamed(..) => Err("it streamed".to_owned()),
                    Outcome::Failed(error) => Err(error.to_string()),
                }
            })
        }))
    }
}

impl Program {
    /// What its process finds in its environment: Lambda's own, and what the template says.
    fn variables(&self) -> BTreeMap<String, String> {
        let logical = self.function.logical.as_str();
        let lambda = [
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", logical),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_SESSION_TOKEN", SESSION),
            ("AWS_ENDPOINT_URL", &self.aws.url),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
            ("AWS_LAMBDA_FUNCTION_NAME", logical),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/countersign"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]0123"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("_HANDLER", "bootstrap"),
        ];
        let mut all: BTreeMap<String, String> = lambda.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let said = self.function.variables.iter();
        all.extend(said.map(|(name, value)| (name.clone(), self.spelled(name, value))));
        all
    }

    fn spelled(&self, name: &str, value: &Value) -> String {
        let given = self.addresses.get().expect("nobody said where everything is").get(name).map(String::as_str);
        let text = given.or_else(|| value.as_str()).or_else(|| value["Ref"].as_str());
        text.unwrap_or_else(|| panic!("what is {name}, which the template computes as {value}?")).to_owned()
    }
}

fn event(request: &lambda_http::Request) -> String {
    let Event(event) = request.extensions().get().unwrap();
    event.clone()
}

/// The answer of a function behind the HTTP API, format 2.0.
fn whole(answer: &Value) -> Response<Body> {
    let text = answer["body"].as_str().unwrap_or_default();
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => Body::Binary(BASE64.decode(text.as_bytes()).unwrap()),
        _ => Body::Text(text.to_owned()),
    };
    head(answer).body(body).unwrap()
}

fn head(answer: &Value) -> http::response::Builder {
    let status = answer["statusCode"].as_u64().unwrap_or_else(|| panic!("no status in {answer}"));
    let headers = answer["headers"].as_object().into_iter().flatten();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let cookies = answer["cookies"].as_array().into_iter().flatten();
    let cookies = cookies.map(|cookie| ("set-cookie", cookie.as_str().unwrap()));
    let start = Response::builder().status(u16::try_from(status).unwrap());
    headers.chain(cookies).fold(start, |head, (name, value)| head.header(name, value))
}

async fn keep(from: impl AsyncRead + Unpin, log: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.lock().unwrap().push_str(&format!("{line}\n"));
    }
}
