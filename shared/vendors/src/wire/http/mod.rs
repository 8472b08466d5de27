//! The one real HTTP client that every vendor is reached through.

use crate::wire::address::{Filtered, NotPublic, PublicOnly, SystemNames};
use crate::{Failure, RetryAfter};
use reqwest::Method;
use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// The content type of everything we send.
pub(crate) const JSON: &str = "application/json; charset=utf-8";
/// Time to reach a host, within the time that a call may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that rested longer was likely dropped while the function was frozen.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The most of an answer that is read; no vendor's is longer.
const MAX_ANSWER: usize = 1 << 20;

/// An HTTP client. Cheap to clone: clones share connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    addresses: PublicOnly,
    allow_insecure: bool,
}

/// A call to be made.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: &'a [(&'a str, String)],
    pub body: Option<Vec<u8>>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub(crate) struct HttpAnswer {
    pub status: u16,
    pub retry_after: Option<RetryAfter>,
    /// `max-age` of `Cache-Control`, in seconds.
    pub max_age: Option<u64>,
    pub body: Vec<u8>,
}

impl Http {
    /// A client with TLS by ring and pinned Mozilla roots, so that nothing is read from the disk; it follows no redirect, uses no proxy, and
    /// connects to public addresses only. With `allow_insecure`, for a laptop and its stand-ins, `http://` and loopback as well.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(allow_insecure: bool) -> Result<Self, Failure> {
        Self::knowing(SystemNames, None, allow_insecure)
    }

    /// The same, where somebody else than the system knows what a name stands for: where it leads is checked alike. And from an address
    /// of this machine: from its loopback nothing leaves it.
    ///
    /// # Errors
    /// As of [`Http::new`].
    pub fn knowing(names: impl Resolve + 'static, from: Option<IpAddr>, allow_insecure: bool) -> Result<Self, Failure> {
        let addresses = PublicOnly { loopback: allow_insecure };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(Policy::none())
            .no_proxy()
            .local_address(from)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .dns_resolver(Filtered { names, addresses })
            .build()
            .map_err(|e| Failure::permanent(format!("the HTTP client cannot be built: {e}"), None))?;
        Ok(Self { client, addresses, allow_insecure })
    }

    /// Whether `http://` and loopback may be used.
    pub fn allows_insecure(&self) -> bool {
        self.allow_insecure
    }

    /// Makes a call and reads the answer, all within `timeout`.
    ///
    /// # Errors
    /// `Permanent` for an address that may not be called; `Transient` where no whole answer came.
    pub(crate) async fn call(&self, call: Call<'_>, timeout: Duration) -> Result<HttpAnswer, Failure> {
        let response = self.send(call, timeout).await?;
        read(response, timeout).await
    }

    /// The same, where an answer may have any length and only its beginning matters: at most `most` bytes of it are read.
    ///
    /// # Errors
    /// As of [`Http::call`].
    pub(crate) async fn call_for(&self, call: Call<'_>, most: usize, timeout: Duration) -> Result<HttpAnswer, Failure> {
        let mut response = self.send(call, timeout).await?;
        let mut answer = begun(&response);
        while answer.body.len() < most {
            let Some(chunk) = response.chunk().await.map_err(|e| failure(&e, timeout))? else { break };
            answer.body.extend(chunk.iter().take(most - answer.body.len()));
        }
        Ok(answer)
    }

    async fn send(&self, call: Call<'_>, timeout: Duration) -> Result<reqwest::Response, Failure> {
        let url = self.permitted(call.url)?;
        let mut request = self.client.request(call.method, url).timeout(timeout);
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        request.send().await.map_err(|e| failure(&e, timeout))
    }

    /// Posts JSON and reads the answer, all within `timeout`.
    ///
    /// # Errors
    /// `Permanent` for an address that may not be called; `Transient` where no whole answer came.
    pub(crate) async fn post_json(
        &self,
        url: &str,
        bearer: Option<&str>,
        body: &Value,
        timeout: Duration,
    ) -> Result<HttpAnswer, Failure> {
        let body = serde_json::to_vec(body).map_err(|e| Failure::permanent(e.to_string(), None))?;
        let mut headers = vec![("content-type", JSON.to_owned())];
        headers.extend(bearer.map(|token| ("authorization", format!("Bearer {token}"))));
        self.call(Call { method: Method::POST, url, headers: &headers, body: Some(body) }, timeout).await
    }

    /// # Errors
    /// `Permanent` where an address may not be called. The resolver never sees a literal, so it is judged here.
    fn permitted(&self, text: &str) -> Result<Url, Failure> {
        let url = Url::parse(text).map_err(|e| Failure::permanent(format!("the address is not a URL: {e}"), None))?;
        let scheme = url.scheme() == "https" || (self.allow_insecure && url.scheme() == "http");
        if !scheme {
            return Err(Failure::permanent("the address must begin with https://", None));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(ip.into()),
            Some(Host::Ipv6(ip)) => Some(ip.into()),
            _ => None,
        };
        match literal {
            Some(ip) if !self.addresses.permits(ip) => Err(Failure::permanent(NotPublic.to_string(), None)),
            _ => Ok(url),
        }
    }
}

fn tls() -> Result<ClientConfig, Failure> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::permanent(format!("TLS cannot be set up: {e}"), None))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// An answer of which the body is still to come.
fn begun(response: &reqwest::Response) -> HttpAnswer {
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok());
    let retry_after = header("retry-after").and_then(RetryAfter::read);
    let mut directives = header("cache-control").unwrap_or_default().split(',');
    let max_age = directives.find_map(|one| one.trim().strip_prefix("max-age=")?.parse().ok());
    HttpAnswer { status: response.status().as_u16(), retry_after, max_age, body: Vec::new() }
}

async fn read(mut response: reqwest::Response, timeout: Duration) -> Result<HttpAnswer, Failure> {
    let mut answer = begun(&response);
    while let Some(chunk) = response.chunk().await.map_err(|e| failure(&e, timeout))? {
        if answer.body.len() + chunk.len() > MAX_ANSWER {
            return Err(Failure::transient("the answer is too long to be the vendor's", Some(answer.status)));
        }
        answer.body.extend_from_slice(&chunk);
    }
    Ok(answer)
}

/// In our own words: the error's own text may quote the address, which for some vendors is a secret.
fn failure(error: &reqwest::Error, timeout: Duration) -> Failure {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return Failure::permanent(NotPublic.to_string(), None);
        }
        cause = inner.source();
    }
    let reason = match () {
        () if error.is_timeout() => format!("no answer within {} s", timeout.as_secs_f32()),
        () if error.is_connect() => "the host could not be reached".to_owned(),
        () if error.is_builder() => return Failure::permanent("the call has a header that cannot be sent", None),
        () => "the connection broke before the whole answer had come".to_owned(),
    };
    Failure::transient(reason, error.status().map(|s| s.as_u16()))
}

#[cfg(test)]
mod tests;
