//! The console as a browser without a script sees it.

use super::System;
use super::documented::watched;
use reqwest::header::{COOKIE, IF_NONE_MATCH, LOCATION, ORIGIN, SET_COOKIE};

/// A browser that follows nothing by itself.
pub struct Browser<'a> {
    system: &'a System,
    http: reqwest_middleware::ClientWithMiddleware,
    /// What the console gave it to keep.
    pub cookie: String,
}

/// A page, or where one leads.
pub struct Page {
    pub status: u16,
    /// Where it leads.
    pub to: String,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
}

impl<'a> Browser<'a> {
    pub fn open(system: &'a System) -> Self {
        let roots: [reqwest::Certificate; 0] = [];
        let http = reqwest::Client::builder().no_proxy().tls_certs_only(roots);
        let http = watched(http.redirect(reqwest::redirect::Policy::none()).build().unwrap());
        Self { system, http, cookie: String::new() }
    }

    async fn send(&mut self, request: reqwest_middleware::RequestBuilder) -> Page {
        let answer = request.header(COOKIE, &self.cookie).send().await.unwrap();
        if let Some(set) = answer.headers().get(SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
            self.cookie = set.split(';').next().unwrap().to_owned();
        }
        let headers = answer.headers().clone();
        let to = headers.get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        Page { status: answer.status().as_u16(), to, headers, text: answer.text().await.unwrap() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.system.url))).await
    }

    /// Asks for a page again, as the script does, of which this version is known.
    pub async fn again(&mut self, path: &str, known: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.system.url)).header(IF_NONE_MATCH, known)).await
    }

    pub async fn post(&mut self, path: &str, origin: &str, fields: &[(&str, &str)]) -> Page {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let post = self.http.post(format!("{}{path}", self.system.url)).header(ORIGIN, origin);
        self.send(post.header("content-type", "application/x-www-form-urlencoded").body(form)).await
    }

    /// Follows a link to the page it leads to.
    pub async fn follow(&mut self, link: &str) -> Page {
        let led = self.get(link).await;
        assert_eq!(led.status, 303, "{}", led.text);
        self.get(&led.to).await
    }

    pub async fn sign_in(&mut self, key: &str, next: &str) -> Page {
        let origin = self.system.url.clone();
        self.post("/console/sign-in", &origin, &[("key", key), ("next", next)]).await
    }

    /// Sends a form as a page of ours has it.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let (csrf, origin) = (self.get("/console").await.field("csrf").to_owned(), self.system.url.clone());
        let all: Vec<(&str, &str)> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, &origin, &all).await
    }
}

impl Page {
    /// Whether all of these are in it, and the status is this.
    #[track_caller]
    pub fn must_say(&self, status: u16, words: &[&str]) {
        let missing: Vec<&&str> = words.iter().filter(|word| !self.text.contains(**word)).collect();
        assert!(self.status == status && missing.is_empty(), "{} {missing:?}\n{}", self.status, self.text);
    }

    /// That none of these is in it.
    #[track_caller]
    pub fn must_not_say(&self, words: &[&str]) {
        let found: Vec<&&str> = words.iter().filter(|word| self.text.contains(**word)).collect();
        assert!(found.is_empty(), "{found:?}\n{}", self.text);
    }

    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> &str {
        let after = self.text.split(&format!("name=\"{name}\" value=\"")).nth(1);
        after.unwrap_or_else(|| panic!("{}", self.text)).split('"').next().unwrap()
    }
}
