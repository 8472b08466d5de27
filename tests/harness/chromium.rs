//! A person with a browser: Chromium, driven over WebDriver, on a host of the harness.

use super::{PATIENCE, System};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

/// Browsers at once: each takes a core while it starts.
static BROWSERS: Semaphore = Semaphore::const_new(2);
/// How often the page is looked at while something is waited for that only shows there.
const LOOK: Duration = Duration::from_millis(50);
/// The rules' own file, from npm.
const AXE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/node_modules/axe-core/axe.min.js");
/// Where screenshots go; nothing of it is committed.
const SCREENSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots");
/// Widths, heights and colour schemes that every page is looked at in.
const LOOKS: [(u32, u32, &str); 4] =
    [(1280, 900, "light"), (1280, 900, "dark"), (360, 740, "light"), (360, 740, "dark")];

/// A browser window.
pub struct Chromium {
    client: Client,
    url: String,
    _driver: Child,
    _turn: SemaphorePermit<'static>,
}

/// A command of the Chrome DevTools Protocol.
#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

/// The driver, and the port that the system gave it.
async fn driver() -> (Child, String) {
    let mut command = Command::new("chromedriver");
    let child = command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn();
    let mut child = child.unwrap_or_else(|e| panic!("chromedriver: {e}; `make test` installs it"));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("chromedriver ended");
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            // What it says later must not fill the pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (child, format!("http://127.0.0.1:{}", port.trim_end_matches('.')));
        }
    }
}

fn capabilities(script: bool) -> Map<String, Value> {
    let args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"];
    let prefs = if script { json!({}) } else { json!({ "profile.managed_default_content_settings.javascript": 2 }) };
    let all = json!({ "goog:chromeOptions": { "args": args, "prefs": prefs } });
    all.as_object().cloned().unwrap()
}

impl Chromium {
    /// A window on a host, with nobody signed in.
    pub async fn open(system: &System) -> Self {
        Self::opened(system, true).await
    }

    /// The same in a browser that runs no script.
    pub async fn without_script(system: &System) -> Self {
        Self::opened(system, false).await
    }

    async fn opened(system: &System, script: bool) -> Self {
        let turn = BROWSERS.acquire().await.unwrap();
        let (driver, address) = driver().await;
        let mut client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        let client = client.capabilities(capabilities(script)).connect(&address).await.unwrap();
        Self { client, url: system.url.clone(), _driver: driver, _turn: turn }
    }

    /// Goes to a page of the host.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.url)).await.unwrap();
    }

    /// Where the window is: path and query.
    pub async fn at(&self) -> String {
        self.client.current_url().await.unwrap().as_str().strip_prefix(&self.url).unwrap_or_default().to_owned()
    }

    /// Types a key where it is asked for.
    pub async fn sign_in(&self, key: &str) {
        self.go("/console/sign-in").await;
        self.fill("#key", key).await;
        self.press("Sign in").await;
        self.see("Sign out").await;
    }

    /// Presses the button, or follows the link, that says this.
    pub async fn press(&self, label: &str) {
        let is = format!("normalize-space()='{label}'");
        let path = format!("//button[{is}]|//a[{is}]|//summary[{is}]");
        let found = self.client.wait().at_most(PATIENCE).every(LOOK).for_element(Locator::XPath(&path)).await;
        let Ok(found) = found else { panic!("{label}: not at {}:\n{}", self.at().await, self.reads().await) };
        found.click().await.unwrap();
    }

    /// Replaces what a field says.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.client.find(Locator::Css(css)).await.unwrap_or_else(|e| panic!("{css}: {e}"));
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// What there is to read.
    pub async fn reads(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until there is this to read, without a reload where the page follows by itself.
    pub async fn see(&self, text: &str) {
        self.until(text, true).await;
    }

    /// Waits until there is no such thing to read any more.
    pub async fn lose(&self, text: &str) {
        self.until(text, false).await;
    }

    async fn until(&self, text: &str, there: bool) {
        let wanted = json!([text, there]);
        let says = "return document.readyState === 'complete' && document.body.innerText.includes(arguments[0]) === arguments[1]";
        let look = async {
            let mut every = tokio::time::interval(LOOK);
            loop {
                every.tick().await;
                let args = wanted.as_array().cloned().unwrap_or_default();
                if self.client.execute(says, args).await.is_ok_and(|found| found == true) {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, look).await.is_err() {
            panic!("{there} {text:?} at {}:\n{}", self.at().await, self.reads().await);
        }
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Sends keys to whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Looks at a page as everybody might: it fits, axe-core finds nothing serious, and there is a screenshot of each look.
    pub async fn look_at(&self, name: &str, path: &str) {
        for (width, height, scheme) in LOOKS {
            self.fits(path, (width, height, scheme)).await;
            self.screenshot(&format!("{name}-{width}-{scheme}")).await;
            assert_eq!(self.faults().await, Vec::<Value>::new(), "{name} at {width} {scheme}");
        }
    }

    /// That a page is no wider than a phone's screen.
    pub async fn must_fit_a_phone(&self, path: &str) {
        self.fits(path, (360, 740, "light")).await;
    }

    async fn fits(&self, path: &str, (width, height, scheme): (u32, u32, &str)) {
        self.resize(width, height, scheme).await;
        self.go(path).await;
        let wide = self.run("return document.documentElement.scrollWidth").await.as_u64().unwrap();
        assert!(wide <= u64::from(width), "{path} is {wide} wide at {width}");
    }

    async fn resize(&self, width: u32, height: u32, scheme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        for command in
            [DevTools("Emulation.setDeviceMetricsOverride", size), DevTools("Emulation.setEmulatedMedia", media)]
        {
            self.client.issue_cmd(command).await.unwrap();
        }
    }

    async fn screenshot(&self, name: &str) {
        let whole = DevTools("Page.captureScreenshot", json!({ "captureBeyondViewport": true }));
        let taken = self.client.issue_cmd(whole).await.unwrap();
        let png = data_encoding::BASE64.decode(taken["data"].as_str().unwrap().as_bytes()).unwrap();
        std::fs::create_dir_all(SCREENSHOTS).unwrap();
        std::fs::write(PathBuf::from(SCREENSHOTS).join(format!("{name}.png")), png).unwrap();
    }

    /// What axe-core finds serious or critical: the rule, and where.
    async fn faults(&self) -> Vec<Value> {
        let axe = std::fs::read_to_string(AXE).unwrap_or_else(|e| panic!("{AXE}: {e}; `make test` installs it"));
        self.client.execute(&axe, Vec::new()).await.unwrap();
        let run = "const done = arguments[0]; axe.run().then(r => done(r.violations\
                   .filter(v => ['serious', 'critical'].includes(v.impact))\
                   .map(v => ({ rule: v.id, why: v.help, where: v.nodes.map(n => n.html) }))), e => done([String(e)]))";
        self.client.execute_async(run, Vec::new()).await.unwrap().as_array().cloned().unwrap()
    }

    /// Closes the window.
    pub async fn close(self) {
        self.client.close().await.unwrap();
    }
}
