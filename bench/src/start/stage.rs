//! Where a function is measured: a local host with one function's program in the place of its own, and AWS as that program reaches it,
//! over TLS.

use local::handlers::{Handler, Handlers};
use local::start::first_start::new_root_secret;
use local::template::{Function, Template};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

use crate::host::system::{Start, System};
use crate::problem::Problem;
use standins::deployed::aws::Aws;
use standins::deployed::lambda::{addresses, event, variables, whole};
use standins::deployed::runtime_api::{InvocationOutcome, RuntimeApi};
use standins::tls::Authority;

const TEMPLATE: &str = include_str!("../../../template.yaml");
/// The longest that a function may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host, and AWS.
pub struct Stage {
    /// The host.
    pub system: System,
    /// Where the program stands.
    pub place: Arc<Place>,
    /// Its function.
    pub function: Function,
    /// What its process finds in its environment.
    pub variables: BTreeMap<String, String>,
    aws: Aws,
    _folder: TempDir,
}

/// Where the program stands that is measured.
#[derive(Default)]
pub struct Place {
    process: Mutex<Option<RuntimeApi>>,
    turn: tokio::sync::Mutex<()>,
    took: Mutex<Vec<Duration>>,
    last: Mutex<String>,
}

impl Stage {
    /// Sets it for a function.
    pub async fn set(name: &str) -> Result<Self, Problem> {
        let template = Template::read(TEMPLATE)?;
        let mut of_it = template.functions.iter().filter(|function| function.code == name && !function.streams);
        let function = of_it.next().ok_or_else(|| format!("the template has no {name}"))?.clone();
        let place = Arc::<Place>::default();
        let start = Start { bursts: true, instead: place.handlers(name), ..Start::default() };
        let (system, authority) = (start.start().await?, Authority::new());
        let aws = Aws::start_over_tls(secrets(&system), &authority).await;
        aws.connect(system.engine.clone(), system.bus.clone(), system.sockets.clone());
        let folder = TempDir::new()?;
        let bundle = folder.path().join("bundle.pem");
        std::fs::write(&bundle, authority.pem())?;
        let url = format!("http://{}", system.address);
        let mut variables = variables(&function, &aws, &addresses(&template, &aws, &url, &url));
        for name in ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            variables.insert(name.into(), bundle.to_string_lossy().into());
        }
        Ok(Self { system, place, function, variables, aws, _folder: folder })
    }

    /// Puts a process in the place of its function; none takes it away.
    pub fn put(&self, process: Option<RuntimeApi>) {
        *lock(&self.place.process) = process;
    }

    /// How long each event took since this was asked last.
    pub fn took(&self) -> Vec<Duration> {
        std::mem::take(&mut *lock(&self.place.took))
    }

    /// What was called of AWS since this was asked last.
    pub fn calls(&self) -> Vec<String> {
        self.aws.take_calls()
    }
}

impl Place {
    /// What stands in the place of a function of the host.
    fn handlers(self: &Arc<Self>, name: &str) -> Handlers {
        let (http, events) = (self.clone(), self.clone());
        let answer = Handler::Http(Arc::new(move |request| {
            let (place, event) = (http.clone(), event(&request));
            Box::pin(async move { whole(&place.ask(event).await.unwrap_or_else(|| json!({ "statusCode": 502 }))) })
        }));
        let take = Handler::Event(Arc::new(move |event: Value| {
            let place = events.clone();
            // Before the first process is there, nothing is to be done.
            Box::pin(async move { Ok(place.ask(event.to_string()).await.unwrap_or_default()) })
        }));
        Handlers::default().with(name, answer).with(name, take)
    }

    /// Hands the process an event, once it has nothing else to do.
    async fn ask(&self, event: String) -> Option<Value> {
        let api = lock(&self.process).clone()?;
        let _turn = self.turn.lock().await;
        api.rests().await;
        lock(&self.last).clone_from(&event);
        let began = Instant::now();
        let outcome = api.invoke(event, PATIENCE).await;
        lock(&self.took).push(began.elapsed());
        match outcome? {
            InvocationOutcome::Answered(answer) => Some(answer),
            InvocationOutcome::Streamed(..) | InvocationOutcome::Failed(_) => None,
        }
    }

    /// Hands it the last event once more.
    pub async fn ask_again(&self) -> Result<(), Problem> {
        let last = lock(&self.last).clone();
        self.ask(last).await.map(drop).ok_or_else(|| "no answer".into())
    }
}

fn secrets(system: &System) -> BTreeMap<String, String> {
    let app = json!({ "bot_token": "xoxb-bench", "signing_secret": new_root_secret() }).to_string();
    let bootstrap = new_root_secret();
    let (root, connectors) = (system.root_text().to_owned(), system.connectors_text().to_owned());
    [("RootSecret", root), ("ConnectorsSecret", connectors), ("BootstrapSecret", bootstrap), ("SlackSecret", app)]
        .map(|(name, text)| (name.to_owned(), text))
        .into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
