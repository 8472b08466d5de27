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
    /// With TLS by ring, believing these roots, or the pinned ones where there are none; it follows no redirect and uses no proxy.
    pub(crate) fn new(roots: Option<RootCertStore>) -> Result<Self, BoxError> {
        let roots = roots.map_or_else(|| read_roots(ROOTS), Ok)?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls(roots)?)
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

/// The roots of a text in PEM. A system's whole bundle may hold some that nobody can read any more.
///
/// # Errors
/// It is not PEM, or no root is in it.
pub(crate) fn read_roots(pem: &[u8]) -> Result<RootCertStore, BoxError> {
    let mut roots = RootCertStore::empty();
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?;
    match roots.add_parsable_certificates(all) {
        (0, _) => Err("no root is in it".into()),
        _ => Ok(roots),
    }
}

fn tls(roots: RootCertStore) -> Result<ClientConfig, BoxError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use standins::tls::Authority;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// Answers one request over TLS; its address.
    async fn serve(authority: &Authority) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let acceptor = authority.acceptor();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let _ = stream.read(&mut [0; 4_096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await.unwrap();
        });
        url
    }

    async fn ask(url: &str, roots: Option<RootCertStore>) -> Result<HttpResponse, ConnectorError> {
        let request = http::Request::get(url).body(SdkBody::empty()).unwrap();
        Wire::new(roots).unwrap().exchange(request.try_into().unwrap()).await
    }

    #[tokio::test]
    async fn whoever_a_bundle_vouches_for_is_believed_and_nobody_else_is() {
        let [ours, other] = [Authority::new(), Authority::new()];
        let answer = ask(&serve(&ours).await, Some(read_roots(ours.pem().as_bytes()).unwrap())).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().bytes()), (200, Some(&b"hi"[..])));
        for roots in [None, Some(read_roots(other.pem().as_bytes()).unwrap())] {
            let refused = ask(&serve(&ours).await, roots).await.unwrap_err();
            assert!(format!("{refused:?}").contains("InvalidCertificate"), "{refused:?}");
        }
    }

    #[test]
    fn a_bundle_may_hold_what_nobody_can_read_but_not_that_alone() {
        let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(read_roots((odd.to_owned() + Authority::new().pem()).as_bytes()).unwrap().len(), 1);
        for none in ["", "not PEM at all", odd, "-----BEGIN CERTIFICATE-----\nAAAA\n"] {
            assert!(read_roots(none.as_bytes()).is_err(), "{none}");
        }
        assert_eq!(read_roots(ROOTS).unwrap().len(), 5, "Amazon's");
    }
}
