//! Tables: the template's definition as the request that creates it.

use serde_json::{Map, Value, json};

use super::resolve::Names;
use super::wiring::Table;

/// Properties that `CreateTable` takes as the template writes them.
const SAME: [&str; 6] = [
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
    "ProvisionedThroughput",
];

/// Properties that matter only to a table in a cloud.
const CLOUD: [&str; 10] = [
    "TableName",
    "Tags",
    "SSESpecification",
    "PointInTimeRecoverySpecification",
    "DeletionProtectionEnabled",
    "ContributorInsightsSpecification",
    "OnDemandThroughput",
    "WarmThroughput",
    "TableClass",
    "ResourcePolicy",
];

/// Reads a table.
pub(super) fn read(names: &Names<'_>, logical: &str, properties: &Map<String, Value>) -> Result<Table, String> {
    let name = names.of(logical)?;
    let mut create = Map::from_iter([("TableName".to_owned(), json!(name))]);
    let mut ttl = None;
    for (property, value) in properties {
        match property.as_str() {
            "StreamSpecification" => {
                let view = value.get("StreamViewType").ok_or("its stream has no StreamViewType")?;
                let stream = json!({ "StreamEnabled": true, "StreamViewType": view });
                create.insert(property.clone(), stream);
            }
            "TimeToLiveSpecification" => ttl = expiry(value),
            same if SAME.contains(&same) => {
                create.insert(property.clone(), names.deep(value)?);
            }
            cloud if CLOUD.contains(&cloud) => {}
            other => return Err(format!("the property {other} is not implemented here")),
        }
    }
    Ok(Table { logical: logical.to_owned(), name, create: Value::Object(create), ttl })
}

fn expiry(specification: &Value) -> Option<String> {
    let enabled = specification.get("Enabled") == Some(&Value::Bool(true));
    let attribute = specification.get("AttributeName")?.as_str()?;
    enabled.then(|| attribute.to_owned())
}
