//! The addresses that people and agents are given.

use crate::Gate;
use domain::view::Links;

impl Gate {
    /// The console's address; none as long as a part of it is unknown.
    pub(crate) fn console(&self) -> Option<String> {
        whole(self.addresses.console.as_ref()?, self.memory.api.get().map(String::as_str))
    }

    /// Where agents wait.
    pub(crate) fn links(&self) -> Links {
        let api = self.memory.api.get().map(String::as_str);
        let stream = whole(&self.addresses.links.stream, api).unwrap_or_else(|| self.addresses.links.stream.clone());
        Links { stream, ..self.addresses.links.clone() }
    }
}

/// An address in which `{api}` stands for the API's id; none if the id is needed and not known.
fn whole(url: &str, api: Option<&str>) -> Option<String> {
    match url.contains("{api}") {
        true => api.map(|api| url.replace("{api}", api)),
        false => Some(url.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn the_consoles_address_holds_the_apis_id_once_a_request_has_told_it() {
        let deployed = "https://{api}.execute-api.eu-central-1.amazonaws.com/console";
        let known = "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/console";
        assert_eq!(whole(deployed, Some("a1b2c3")).as_deref(), Some(known));
        assert_eq!(whole(deployed, None), None, "half an address is none");
        let own = "https://gate.acme.com/console";
        assert_eq!((whole(own, None), whole(own, Some("x"))), (Some(own.into()), Some(own.into())));
    }
}
