//! The HTTP API itself: its stage and who may call it from a browser.

use serde_json::{Map, Value};

use super::properties::{CLOUD_OF_API, number, only};
use super::wiring::{Cors, Template};

/// Reads the API.
pub(super) fn read(template: &mut Template, properties: &Map<String, Value>) -> Result<(), String> {
    let known: Vec<&str> = CLOUD_OF_API.into_iter().chain(["StageName", "CorsConfiguration"]).collect();
    only(properties, &known)?;
    if properties.get("StageName").is_some_and(|stage| stage.as_str() != Some("$default")) {
        return Err("only the stage $default is implemented here".to_owned());
    }
    if let Some(cors) = properties.get("CorsConfiguration") {
        template.cors = Cors::read(cors)?;
    }
    Ok(())
}

impl Cors {
    /// Reads a CORS configuration; `true` lets any origin in, as SAM has it.
    pub(super) fn read(value: &Value) -> Result<Option<Self>, String> {
        match value {
            Value::Bool(true) => Ok(Some(Self { origins: vec!["*".to_owned()], ..Self::default() })),
            Value::Bool(false) => Ok(None),
            Value::Object(properties) => Self::configured(properties).map(Some),
            other => Err(format!("CorsConfiguration is not {other}")),
        }
    }

    fn configured(properties: &Map<String, Value>) -> Result<Self, String> {
        only(
            properties,
            &["AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders", "MaxAge", "AllowCredentials"],
        )?;
        Ok(Self {
            origins: texts(properties, "AllowOrigins")?,
            methods: texts(properties, "AllowMethods")?,
            headers: texts(properties, "AllowHeaders")?,
            exposed: texts(properties, "ExposeHeaders")?,
            max_age: number(properties, "MaxAge")?,
            credentials: properties.get("AllowCredentials") == Some(&Value::Bool(true)),
        })
    }
}

fn texts(properties: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let Some(value) = properties.get(name) else {
        return Ok(Vec::new());
    };
    serde_json::from_value(value.clone()).map_err(|error| format!("{name}: {error}"))
}
