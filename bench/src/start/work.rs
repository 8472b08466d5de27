//! What a function is asked once it has started: through the host's gateway, its stream or its bus, as anybody would.

use hyper::{Request, StatusCode};

use super::program::Program;
use super::stage::Stage;
use crate::host::http::Client;
use crate::problem::Problem;
use crate::speed::pages::Browser;

/// Work that one function has its part in, again and again.
pub struct Work<'a> {
    stage: &'a Stage,
    client: Client,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// An agent asks.
    Create,
    /// An agent polls, by this token.
    Poll(String),
    /// A person approves one request more.
    Resolve,
    /// Somebody with this key reads.
    Get(String, String),
    /// A person looks at the inbox.
    Look(Browser<'a>),
    /// The last event once more.
    Again,
}

impl<'a> Work<'a> {
    /// The work of a function; none where it takes more than a table.
    pub async fn of(stage: &'a Stage, program: &Program) -> Result<Option<Self>, Problem> {
        let system = &stage.system;
        let mut client = Client::connect(&system.address).await?;
        let kind = match stage.function.code.as_str() {
            "create" | "relay" | "dispatch" => Kind::Create,
            "poll" => Kind::Poll(system.create(&mut client).await?.1),
            "wait" => {
                let (id, token) = system.create(&mut client).await?;
                system.approve(&mut client, &id).await?;
                Kind::Get(String::new(), format!("/api/guard/wait?token={token}"))
            }
            "resolve" => Kind::Resolve,
            "settings" => Kind::Get(system.keys.admin.clone(), "/api/settings/policy".into()),
            "approval-connectors" => Kind::Get(system.keys.admin.clone(), "/api/settings/approval-connectors".into()),
            "console" => Kind::Look(stage.with(program.start(stage).await?, Browser::sign_in(system)).await?),
            _ => return Ok(None),
        };
        system.settle().await?;
        Ok(Some(Self { stage, client, kind }))
    }

    /// What has nothing to do but to answer.
    pub async fn echo(stage: &'a Stage) -> Result<Self, Problem> {
        Ok(Self { stage, client: Client::connect(&stage.system.address).await?, kind: Kind::Again })
    }

    /// Does it once.
    pub async fn once(&mut self) -> Result<(), Problem> {
        let (system, client) = (&self.stage.system, &mut self.client);
        match &mut self.kind {
            Kind::Create => {
                let (_, token) = system.create(client).await?;
                // Whichever function made the approval: the host's own function must be able to read it.
                match system.poll(client, &token).await?.as_str() {
                    "ready_for_approval" => Ok(()),
                    other => Err(format!("what was asked for is {other}").into()),
                }
            }
            Kind::Poll(token) => system.poll(client, token).await.map(drop),
            Kind::Resolve => {
                let (id, _) = system.create(client).await?;
                system.settle().await?;
                system.approve(client, &id).await
            }
            Kind::Get(key, path) => {
                let key = Some(key.as_str()).filter(|key| !key.is_empty());
                let (status, answer) = client.call(Request::get(path.as_str()), key, String::new()).await?;
                if status == StatusCode::OK { Ok(()) } else { Err(format!("{path}: {status}: {answer}").into()) }
            }
            Kind::Look(browser) => browser.get("/console").await.map(drop),
            Kind::Again => self.stage.place.ask_again().await,
        }
    }
}
