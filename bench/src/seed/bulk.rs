//! The engine's own file, filled by the engine's own import: rows of the table and of each index as any other put makes them, without a
//! record of the stream.

use domain::ApprovalId;
use dynoxide::ImportOptions;
use dynoxide::actions::import_items::execute_skip_gsi_deletes;
use dynoxide::storage::Storage;
use dynoxide::types::Item;
use futures::FutureExt as _;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};
use std::path::Path;

use crate::problem::Problem;

/// Nothing of this outlives a crash, and nobody else has the file open: no log, no waiting for the disk, and room for all indexes.
const FAST: &str = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;";
/// Where an approval's rows are: its own partition, what is due for it, and the indexes. The engine writes a key's type before it.
const OWN: &str = "pk = 'S:' || ?1";
const DUE: &str = "pk > 'S:due#' AND pk < 'S:due$' AND sk LIKE '%' || ?1";
const INDEXED: &str = "table_pk = 'S:' || ?1";

/// A file that nobody else has open.
pub(super) struct Bulk {
    storage: Storage,
    table: String,
}

impl Bulk {
    /// Opens the file in a folder; the table is in it.
    pub(super) fn open(folder: &Path, table: &str) -> Result<Self, Problem> {
        let storage = Storage::new(&folder.join("countersign.db").to_string_lossy())?;
        storage.conn().execute_batch(FAST)?;
        Ok(Self { storage, table: table.to_owned() })
    }

    /// Puts items that are not there yet, in one transaction.
    pub(super) fn put(&self, items: Vec<Item>) -> Result<(), Problem> {
        let options = ImportOptions::default();
        let import = execute_skip_gsi_deletes(&self.storage, &self.table, items, &options);
        import.now_or_never().ok_or("the import did not finish")??;
        Ok(())
    }

    /// All that the engine keeps of an approval, row by row.
    pub(super) fn rows(&self, id: &ApprovalId) -> Result<Vec<Value>, Problem> {
        let mut rows = Vec::new();
        for (table, condition) in self.places()? {
            let sql = format!("SELECT * FROM {table} WHERE {condition} ORDER BY 1, 2");
            let mut query = self.storage.conn().prepare(&sql)?;
            let names: Vec<String> = query.column_names().into_iter().map(str::to_owned).collect();
            let found = query.query_map([id.as_str()], |row| {
                let columns = names.iter().enumerate();
                columns.map(|(at, name)| Ok((name.clone(), value(row.get_ref(at)?)))).collect::<Result<Map<_, _>, _>>()
            })?;
            for row in found {
                rows.push(json!({ "in": table, "by": condition, "row": row? }));
            }
        }
        Ok(rows)
    }

    /// Takes all of it out.
    pub(super) fn remove(&self, id: &ApprovalId) -> Result<(), Problem> {
        for (table, condition) in self.places()? {
            self.storage.conn().execute(&format!("DELETE FROM {table} WHERE {condition}"), [id.as_str()])?;
        }
        Ok(())
    }

    /// The engine's tables that an approval has rows in, and which rows are its own.
    fn places(&self) -> Result<Vec<(String, &'static str)>, Problem> {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE ?1 || '::gsi::%' ORDER BY name";
        let mut query = self.storage.conn().prepare(sql)?;
        let indexes = query.query_map([&self.table], |row| row.get::<_, String>(0))?;
        let mut places = vec![(quoted(&self.table), OWN), (quoted(&self.table), DUE)];
        for index in indexes {
            places.push((quoted(&index?), INDEXED));
        }
        Ok(places)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A column's value; an item is read, since its attributes have no order.
fn value(column: ValueRef<'_>) -> Value {
    match column {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) | ValueRef::Blob(text) => match serde_json::from_slice(text) {
            Ok(item @ Value::Object(_)) => item,
            _ => String::from_utf8_lossy(text).into(),
        },
    }
}
