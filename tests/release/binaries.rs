//! The functions as they are deployed: each the program that `make stories` or `make package` built, asked through the Runtime API,
//! with the environment that the template gives it.

use crate::harness::PATIENCE;
use local::handlers::{Handler, Handlers};
use local::template::{Function, Template};
use serde_json::Value;
use standins::deployed::aws::Aws;
use standins::deployed::lambda::{Addresses, addresses, event, head, variables, whole};
use standins::deployed::runtime_api::{InvocationOutcome, RuntimeApi};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

/// The wiring.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// All functions of the template.
pub struct Binaries {
    functions: Vec<Arc<Program>>,
    template: Template,
    addresses: Arc<OnceLock<Addresses>>,
}

/// One function, and its process once it has been invoked.
pub struct Program {
    function: Function,
    file: PathBuf,
    aws: Aws,
    addresses: Arc<OnceLock<Addresses>>,
    running: OnceCell<Running>,
    log: Arc<Mutex<String>>,
}

/// A process that was started, and the task that reads its log.
pub struct Process {
    api: RuntimeApi,
    child: Child,
    readers: [JoinHandle<()>; 2],
}

/// The process that is invoked.
struct Running {
    api: RuntimeApi,
    waiting: JoinHandle<()>,
    readers: Mutex<Vec<JoinHandle<()>>>,
}

/// The template of this workspace.
pub fn template() -> Template {
    Template::read(TEMPLATE).unwrap()
}

impl Binaries {
    /// The functions of the folder that the makefile names.
    #[expect(clippy::disallowed_methods, reason = "only the build knows where the programs are")]
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

    /// Says where everything is.
    pub fn reach(&self, host: &str, slack: &str) {
        let addresses = addresses(&self.template, &self.functions[0].aws, host, slack);
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
                all.with(&program.function.logical, handler)
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
        let of = |program: &Arc<Program>| program.running.get().map(|r| r.api.faults()).unwrap_or_default();
        self.functions
            .iter()
            .flat_map(|p| of(p).into_iter().map(|fault| format!("{}: {fault}", p.function.logical)))
            .collect()
    }

    /// Those that have been invoked, ended, so that everything they logged is there.
    pub async fn end(&self) -> Vec<&Program> {
        let mut ended = Vec::new();
        for program in &self.functions {
            let Some(running) = program.running.get() else { continue };
            running.waiting.abort();
            let readers = std::mem::take(&mut *running.readers.lock().unwrap());
            for reader in readers {
                reader.await.unwrap();
            }
            ended.push(&**program);
        }
        ended
    }
}

impl Process {
    /// Waits until it asks for its first event.
    pub async fn starts(&self) {
        tokio::time::timeout(PATIENCE, self.api.rests()).await.expect("it does not start");
    }
}

impl Program {
    /// Starts its process, which asks a Runtime API of its own what to do, with these variables too.
    pub async fn start(&self, more: &[(&str, &str)]) -> Process {
        let api = RuntimeApi::start(&self.function.arn, self.function.streams).await;
        let addresses = self.addresses.get().expect("nobody said where everything is");
        let mut command = Command::new(&self.file);
        command.env_clear().envs(variables(&self.function, &self.aws, addresses));
        command.env("AWS_LAMBDA_RUNTIME_API", &api.address).envs(more.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let out = tokio::spawn(keep(child.stdout.take().unwrap(), self.log.clone()));
        let err = tokio::spawn(keep(child.stderr.take().unwrap(), self.log.clone()));
        Process { api, child, readers: [out, err] }
    }

    /// How a process ends that cannot start: its status, its report to Lambda, and its log.
    pub async fn fail_to_start(&self, more: &[(&str, &str)]) -> (ExitStatus, Option<Value>, String) {
        let Process { api, mut child, readers } = self.start(more).await;
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it goes on").unwrap();
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!((api.asked(), api.faults()), (0, vec![]), "{}", self.function.logical);
        (ended, api.init_error(), self.log())
    }

    /// Its logical id.
    pub fn name(&self) -> &str {
        &self.function.logical
    }

    /// What it logged until now.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The ids of its invocations.
    pub fn invoked(&self) -> Vec<String> {
        self.running.get().map(|running| running.api.invoked()).unwrap_or_default()
    }

    async fn run(&self) -> Running {
        let Process { api, mut child, readers } = self.start(&[]).await;
        let told = api.clone();
        let waiting = tokio::spawn(async move {
            let _ = child.wait().await;
            told.ended();
        });
        Running { api, waiting, readers: Mutex::new(readers.into()) }
    }

    async fn invoke(&self, event: String) -> InvocationOutcome {
        let outcome = self.running.get_or_init(|| self.run()).await.api.invoke(event, self.function.timeout).await;
        outcome.unwrap_or_else(|| panic!("{} gave no answer\n{}", self.function.logical, self.log()))
    }

    fn answering(self: Arc<Self>) -> Handler {
        Handler::Http(Arc::new(move |request| {
            let program = self.clone();
            Box::pin(async move {
                match program.invoke(event(&request)).await {
                    InvocationOutcome::Answered(answer) => whole(&answer),
                    InvocationOutcome::Streamed(..) => panic!("{} streamed", program.function.logical),
                    InvocationOutcome::Failed(error) => panic!("{}: {error}", program.function.logical),
                }
            })
        }))
    }

    fn streaming(self: Arc<Self>) -> Handler {
        Handler::Stream(Arc::new(move |request| {
            let program = self.clone();
            Box::pin(async move {
                match program.invoke(event(&request)).await {
                    InvocationOutcome::Streamed(prelude, body) => head(&prelude).body(body).unwrap(),
                    InvocationOutcome::Answered(answer) => panic!("{}: {answer}", program.function.logical),
                    InvocationOutcome::Failed(error) => panic!("{}: {error}", program.function.logical),
                }
            })
        }))
    }

    fn taking(self: Arc<Self>) -> Handler {
        Handler::Event(Arc::new(move |event| {
            let program = self.clone();
            Box::pin(async move {
                match program.invoke(event.to_string()).await {
                    InvocationOutcome::Answered(answer) => Ok(answer),
                    InvocationOutcome::Streamed(..) => Err("it streamed".to_owned()),
                    InvocationOutcome::Failed(error) => Err(error.to_string()),
                }
            })
        }))
    }
}

async fn keep(from: impl AsyncRead + Unpin, log: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.lock().unwrap().push_str(&format!("{line}\n"));
    }
}
