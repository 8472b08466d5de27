//! The SDKs' calls over the HTTP client that vendors are called with too: a second one, with HTTP/2, would be an eighth of every function.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use reqwest::redirect::Policy;
use reqwest::{Client, Request};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// Amazon Trust Services' roots (amazontrust.com/repository): every AWS endpoint chains to one of them. Loading a whole
/// system's roots costs about 4 ms at each start.
const ROOTS: &[u8] = include_bytes!("amazon-roots.pem");
/// The longest that a connection may take, its TLS included: milliseconds within a region, and a second more where the first packet was
/// lost.
const CONNECT_TAKES: Duration = Duration::from_secs(2);

/// A client for AWS. Clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Client);

impl Wire {
    /// With TLS by ring and pinned roots; it follows no redirect and uses no proxy.
    pub(crate) fn new() -> Result<Self, BoxError> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TAKES)
            .build()?;
        Ok(Self(client))
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let call = call(request).map_err(ConnectorError::user)?;
        let answer = self.0.execute(call).await.map_err(failure)?;
        let mut response = http::Response::new(());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        // The SDKs read no answer in parts here.
        let body = answer.bytes().await.map_err(failure)?;
        let response = response.map(|()| SdkBody::from(body));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().exchange(request))
    }
}

fn tls() -> Result<ClientConfig, BoxError> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(ROOTS) {
        roots.add(root?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}

fn call(request: HttpRequest) -> Result<Request, BoxError> {
    let (head, body) = request.try_into_http1x()?.into_parts();
    let body = body.bytes().ok_or("a body in parts")?.to_vec();
    let mut call = Request::new(head.method, head.uri.to_string().parse()?);
    *call.headers_mut() = head.headers;
    *call.body_mut() = Some(body.into());
    Ok(call)
}

/// Whether the SDKs try again hangs on the kind.
fn failure(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
