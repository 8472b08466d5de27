//! TTL: removes what has expired as DynamoDB does, a page at a time, found by an index: the engine's own sweep reads every item of the
//! table while everybody else waits.

use dynoxide::actions::delete_item::{self, DeleteItemRequest};
use dynoxide::storage::{Storage, TableMetadata};
use dynoxide::types::Item;
use rusqlite::params;
use serde_json::Value;

use super::error::EngineError;
use super::operation::finish;

/// Items removed in one transaction at most, which bounds how long others wait for it.
const PAGE: usize = 25;
/// Who removes them, as a stream record says.
const IDENTITY: &str = r#"{"type":"Service","principalId":"dynamodb.amazonaws.com"}"#;

/// Makes the indexes that expired items are found by, where they are missing.
pub(super) fn prepare(storage: &Storage) -> Result<(), EngineError> {
    for table in storage.list_ttl_enabled_tables()? {
        let Some(when) = when(&table) else { continue };
        let name = quoted(&table.table_name);
        let index = quoted(&format!("_{}_by_ttl", table.table_name));
        let sql = format!("CREATE INDEX IF NOT EXISTS {index} ON {name} ({when}) WHERE {when} IS NOT NULL");
        storage.conn().execute_batch(&sql)?;
    }
    Ok(())
}

/// Removes a page of what has expired at a second; how many that were.
pub(super) fn remove_expired(storage: &Storage, now: i64) -> Result<usize, EngineError> {
    let mut removed = 0;
    for table in storage.list_ttl_enabled_tables()? {
        for item in expired(storage, &table, now)? {
            remove(storage, &table, item)?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn expired(storage: &Storage, table: &TableMetadata, now: i64) -> Result<Vec<Item>, EngineError> {
    let Some(when) = when(table) else { return Ok(Vec::new()) };
    let name = quoted(&table.table_name);
    let sql = format!("SELECT item_json FROM {name} WHERE {when} BETWEEN 0 AND ?1 ORDER BY {when} LIMIT ?2");
    let mut query = storage.conn().prepare_cached(&sql)?;
    // An item whose second is now has not expired yet.
    let rows = query.query_map(params![now - 1, PAGE], |row| row.get::<_, String>(0))?;
    let items = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(items.iter().filter_map(|json| serde_json::from_str(json).ok()).collect())
}

fn remove(storage: &Storage, table: &TableMetadata, mut item: Item) -> Result<(), EngineError> {
    let schema: Vec<Value> = serde_json::from_str(&table.key_schema).unwrap_or_default();
    let names = schema.iter().filter_map(|part| part.get("AttributeName")?.as_str());
    let key = names.filter_map(|name| item.remove_entry(name)).collect();
    let request = DeleteItemRequest { table_name: table.table_name.clone(), key, ..DeleteItemRequest::default() };
    finish(delete_item::execute(storage, request))?;
    let mut sign = storage.conn().prepare_cached(
        "UPDATE _stream_records SET user_identity = ?1 WHERE id = (SELECT MAX(id) FROM _stream_records)",
    )?;
    if table.stream_enabled {
        sign.execute([IDENTITY])?;
    }
    Ok(())
}

/// When an item expires: a number, and nothing else counts.
fn when(table: &TableMetadata) -> Option<String> {
    let attribute = table.ttl_attribute.as_ref()?.replace('\'', "''");
    Some(format!("CAST(json_extract(item_json, '$.\"{attribute}\".N') AS INTEGER)"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
