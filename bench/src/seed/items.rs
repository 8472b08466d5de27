//! The items that an approval is in the table: what the store puts for it, caught on the way.

use aws_sdk_dynamodb::config::{BehaviorVersion, Region, RuntimeComponents, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use domain::{Approval, Timestamp, Workspace};
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::types::Item;
use local::client::REGION;
use std::sync::{Arc, Mutex, PoisonError};
use store::Store;
use store::due::{Due, DueKind};

use crate::problem::Problem;

/// A store whose table takes every item and keeps none.
pub(super) struct Items {
    store: Store,
    caught: Caught,
}

/// What was put since the last time.
#[derive(Clone, Debug, Default)]
struct Caught(Arc<Mutex<Vec<Item>>>);

impl Items {
    /// Before a table of this name.
    pub(super) fn of(table: &str) -> Self {
        let caught = Caught::default();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url("http://nowhere.local")
            .allow_no_auth()
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(caught.clone())
            .build();
        Self { store: Store::new(aws_sdk_dynamodb::Client::from_conf(config), table), caught }
    }

    /// What is put for an approval, and is there at an instant: its deadline's item stays until then.
    pub(super) async fn put(&self, approval: &Approval, now: Timestamp) -> Result<Vec<Item>, Problem> {
        if approval.expires_at > now {
            let (workspace, id) = (approval.workspace.clone(), approval.id.clone());
            self.store.put_due(&Due { kind: DueKind::Deadline, workspace, id, at: approval.expires_at }).await?;
        }
        self.store.put_new_approval(approval).await?;
        Ok(self.take())
    }

    /// What is put for a workspace.
    pub(super) async fn put_workspace(&self, workspace: &Workspace) -> Result<Vec<Item>, Problem> {
        self.store.put_workspace(workspace).await?;
        Ok(self.take())
    }

    fn take(&self) -> Vec<Item> {
        std::mem::take(&mut *self.caught.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpClient for Caught {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Caught {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let put = serde_json::from_slice::<PutItemRequest>(request.body().bytes().unwrap_or_default());
        HttpConnectorFuture::ready(put.map_err(|error| ConnectorError::other(error.into(), None)).and_then(|put| {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(put.item);
            let status = StatusCode::try_from(200).map_err(|error| ConnectorError::other(error.into(), None))?;
            Ok(HttpResponse::new(status, SdkBody::from("{}")))
        }))
    }
}
