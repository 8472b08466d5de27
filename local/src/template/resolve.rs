//! The template's intrinsics: what `Ref`, `Fn::GetAtt`, `Fn::Sub` and `Fn::Join` stand for on this host.

use serde_json::{Map, Value};

use crate::place::{ACCOUNT, REGION};

/// Gives everything in a template its local name.
pub(super) struct Names<'a> {
    template: &'a Value,
}

impl<'a> Names<'a> {
    pub(super) fn new(template: &'a Value) -> Self {
        Self { template }
    }

    /// What `Globals` gives every function.
    pub(super) fn global(&self, property: &str) -> Option<&'a Value> {
        self.template.pointer("/Globals/Function")?.get(property)
    }

    /// A value that must come down to text.
    pub(super) fn text(&self, value: &Value) -> Result<String, String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Object(fields) => self.intrinsic(fields)?.ok_or_else(|| format!("{value} is not text")),
            other => Err(format!("{other} is not text")),
        }
    }

    /// A value of any shape with every intrinsic in it resolved.
    pub(super) fn deep(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Array(elements) => elements.iter().map(|element| self.deep(element)).collect(),
            Value::Object(fields) => match self.intrinsic(fields)? {
                Some(text) => Ok(Value::String(text)),
                None => {
                    let fields = fields.iter().map(|(name, value)| Ok((name.clone(), self.deep(value)?)));
                    Ok(Value::Object(fields.collect::<Result<_, String>>()?))
                }
            },
            plain => Ok(plain.clone()),
        }
    }

    /// What `Ref` to this resource or parameter gives.
    pub(super) fn of(&self, logical: &str) -> Result<String, String> {
        match logical {
            "AWS::Region" => return Ok(REGION.to_owned()),
            "AWS::AccountId" => return Ok(ACCOUNT.to_owned()),
            "AWS::Partition" => return Ok("aws".to_owned()),
            "AWS::StackName" => return Ok("countersign".to_owned()),
            "AWS::URLSuffix" => return Ok("amazonaws.com".to_owned()),
            _ => {}
        }
        if let Some(parameter) = self.template.get("Parameters").and_then(|all| all.get(logical)) {
            let default = parameter.get("Default").ok_or_else(|| format!("parameter {logical} has no Default"))?;
            return self.text(default);
        }
        let resource = self.resource(logical)?;
        let named = |property: &str| resource.get("Properties").and_then(|all| all.get(property));
        let name = match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::DynamoDB::Table") => named("TableName"),
            Some("AWS::Events::EventBus") => named("Name"),
            _ => None,
        };
        name.map_or_else(|| Ok(logical.to_owned()), |name| self.text(name))
    }

    /// The logical id that a `Ref` or `Fn::GetAtt` points at.
    pub(super) fn target(value: &Value) -> Option<&str> {
        match (value.get("Ref"), value.get("Fn::GetAtt")) {
            (Some(Value::String(logical)), _) => Some(logical),
            (_, Some(Value::Array(path))) => path.first()?.as_str(),
            (_, Some(Value::String(path))) => path.split('.').next(),
            _ => None,
        }
    }

    /// Whether a WebSocket route of this logical id has the response that lets it answer.
    pub(super) fn has_route_response(&self, route: &str) -> bool {
        let resources = self.template.get("Resources").and_then(Value::as_object);
        let mut all = resources.into_iter().flat_map(Map::values);
        all.any(|resource| {
            resource.get("Type").and_then(Value::as_str) == Some("AWS::ApiGatewayV2::RouteResponse")
                && resource.pointer("/Properties/RouteId").and_then(Self::target) == Some(route)
        })
    }

    fn resource(&self, logical: &str) -> Result<&'a Value, String> {
        let resources = self.template.get("Resources");
        resources.and_then(|all| all.get(logical)).ok_or_else(|| format!("{logical} is not in the template"))
    }

    /// The text of an intrinsic, or nothing where the object is none.
    fn intrinsic(&self, fields: &Map<String, Value>) -> Result<Option<String>, String> {
        let Some((name, operand)) = fields.iter().next().filter(|_| fields.len() == 1) else {
            return Ok(None);
        };
        match (name.as_str(), operand) {
            ("Ref", Value::String(logical)) => self.of(logical).map(Some),
            ("Fn::Sub", Value::String(text)) => self.substitute(text, &Map::new()).map(Some),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(text), Value::Object(given)] => self.substitute(text, given).map(Some),
                _ => Err(format!("Fn::Sub of {operand} makes no sense")),
            },
            ("Fn::GetAtt", Value::Array(path)) => match path.as_slice() {
                [Value::String(logical), Value::String(attribute)] => self.attribute(logical, attribute).map(Some),
                _ => Err(format!("Fn::GetAtt of {operand} makes no sense")),
            },
            ("Fn::GetAtt", Value::String(path)) => match path.split_once('.') {
                Some((logical, attribute)) => self.attribute(logical, attribute).map(Some),
                None => Err(format!("Fn::GetAtt of {path} makes no sense")),
            },
            ("Fn::Join", Value::Array(parts)) => self.join(parts).map(Some),
            (name, _) if name.starts_with("Fn::") => Err(format!("{name} is not implemented here")),
            _ => Ok(None),
        }
    }

    fn attribute(&self, logical: &str, attribute: &str) -> Result<String, String> {
        let kind = self.resource(logical)?.get("Type").and_then(Value::as_str).unwrap_or_default();
        let name = self.of(logical)?;
        Ok(match (kind, attribute) {
            (_, "Name") => name,
            ("AWS::Serverless::Function", "Arn") => function_arn(logical),
            ("AWS::Events::EventBus", "Arn") => format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}"),
            ("AWS::DynamoDB::Table", "Arn") => format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"),
            ("AWS::SQS::Queue", "Arn") => format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
            _ => format!("{name}.{attribute}"),
        })
    }

    fn join(&self, parts: &[Value]) -> Result<String, String> {
        match parts {
            [Value::String(between), Value::Array(texts)] => {
                let texts: Vec<_> = texts.iter().map(|text| self.text(text)).collect::<Result<_, _>>()?;
                Ok(texts.join(between))
            }
            _ => Err("Fn::Join takes a text and a list".to_owned()),
        }
    }

    fn substitute(&self, text: &str, given: &Map<String, Value>) -> Result<String, String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has an open ${{"))?;
            result.push_str(before);
            match (name.strip_prefix('!'), given.get(name), name.split_once('.')) {
                (Some(literal), _, _) => result.push_str(&format!("${{{literal}}}")),
                (_, Some(value), _) => result.push_str(&self.text(value)?),
                (_, _, Some((logical, attribute))) => result.push_str(&self.attribute(logical, attribute)?),
                (_, _, None) => result.push_str(&self.of(name)?),
            }
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }
}

/// A function's address.
pub(super) fn function_arn(logical: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{logical}")
}
