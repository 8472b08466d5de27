//! What the engine's file holds beside the tables: the stream's records, its consumers' checkpoints, kept failures.

use dynoxide::storage::{Storage, TableMetadata};
use dynoxide::{DynoxideError, streams};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::error::EngineError;

/// The position before a stream's first record.
pub const BEGINNING: i64 = 0;

/// What turns a stored sequence number into the 21 digits that DynamoDB shows.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;

/// So many records are trimmed at most with one checkpoint, which bounds what it costs the writers beside it.
const TRIM: i64 = 2_000;

/// Rows of one table's stream, rendered only once they have left the engine's thread.
pub(super) struct Page {
    arn: String,
    view: String,
    rows: Vec<StreamRow>,
}

struct StreamRow {
    event_id: String,
    name: String,
    keys: String,
    new: Option<String>,
    old: Option<String>,
    sequence: i64,
    created: i64,
    identity: Option<String>,
}

/// Makes what is missing in a fresh file.
pub(super) fn prepare(storage: &Storage) -> Result<(), EngineError> {
    // Without the index each write to a streamed table reads the whole stream for its next number.
    storage.conn().execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_by_sequence
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE TABLE IF NOT EXISTS _checkpoints (consumer TEXT PRIMARY KEY, sequence INTEGER NOT NULL);
         CREATE TABLE IF NOT EXISTS _failures (id INTEGER PRIMARY KEY, record TEXT NOT NULL);",
    )?;
    Ok(())
}

/// The sequence number of the newest stream record; it grows with every append, and is what checkpoints are made of.
pub(super) fn newest(storage: &Storage) -> Result<i64, EngineError> {
    let mut query = storage
        .conn()
        .prepare_cached("SELECT CAST(sequence_number AS INTEGER) FROM _stream_records ORDER BY id DESC LIMIT 1")?;
    Ok(query.query_row([], |row| row.get(0)).optional()?.unwrap_or(BEGINNING))
}

/// The records of `table` after `after`, in order.
pub(super) fn after(storage: &Storage, table: &str, after: i64, limit: usize) -> Result<Page, EngineError> {
    let table = storage.get_table_metadata(table)?.ok_or_else(|| missing(table))?;
    let mut query = storage.conn().prepare_cached(
        "SELECT event_id, event_name, keys_json, new_image, old_image,
                CAST(sequence_number AS INTEGER), created_at, user_identity
         FROM _stream_records
         WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2
         ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = query.query_map(params![table.table_name, after, limit], stream_row)?;
    Ok(Page::new(&table, rows.collect::<Result<_, _>>()?))
}

fn stream_row(row: &Row<'_>) -> rusqlite::Result<StreamRow> {
    Ok(StreamRow {
        event_id: row.get(0)?,
        name: row.get(1)?,
        keys: row.get(2)?,
        new: row.get(3)?,
        old: row.get(4)?,
        sequence: row.get(5)?,
        created: row.get(6)?,
        identity: row.get(7)?,
    })
}

impl Page {
    fn new(table: &TableMetadata, rows: Vec<StreamRow>) -> Self {
        let label = table.stream_label.as_deref().unwrap_or_default();
        Self {
            arn: streams::stream_arn(&table.table_name, label),
            view: table.stream_view_type.clone().unwrap_or_default(),
            rows,
        }
    }

    /// The rows as a Lambda trigger delivers them.
    pub(super) fn into_events(self) -> Vec<Value> {
        self.rows.iter().map(|row| row.event(&self.arn, &self.view)).collect()
    }
}

impl StreamRow {
    fn event(&self, arn: &str, view: &str) -> Value {
        let mut event = json!({
            "eventID": self.event_id,
            "eventName": self.name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": streams::LOCAL_REGION,
            "eventSourceARN": arn,
            "dynamodb": self.change(view),
        });
        if let (Some(identity), Some(fields)) = (parsed(self.identity.as_ref()), event.as_object_mut()) {
            fields.insert("userIdentity".to_owned(), identity);
        }
        event
    }

    fn change(&self, view: &str) -> Value {
        let images = [("NewImage", &self.new), ("OldImage", &self.old)];
        let size: usize = images.iter().map(|(_, image)| image.as_ref().map_or(0, String::len)).sum();
        let mut change = json!({
            "Keys": parsed(Some(&self.keys)),
            "SequenceNumber": public(self.sequence),
            "SizeBytes": self.keys.len() + size,
            "StreamViewType": view,
            "ApproximateCreationDateTime": self.created as f64,
        });
        if let Some(fields) = change.as_object_mut() {
            let present = images.into_iter().filter_map(|(name, image)| Some((name, parsed(image.as_ref())?)));
            fields.extend(present.map(|(name, image)| (name.to_owned(), image)));
        }
        change
    }
}

fn parsed(json: Option<&String>) -> Option<Value> {
    json.and_then(|json| serde_json::from_str(json).ok())
}

fn public(stored: i64) -> String {
    (PUBLIC_OFFSET + u128::try_from(stored).unwrap_or(0)).to_string()
}

/// The position of a delivered record, from its public sequence number.
pub(crate) fn position(record: &Value) -> Option<i64> {
    let public: u128 = record.pointer("/dynamodb/SequenceNumber")?.as_str()?.parse().ok()?;
    i64::try_from(public.checked_sub(PUBLIC_OFFSET)?).ok()
}

/// The last position `consumer` saved, or the beginning.
pub(super) fn checkpoint(storage: &Storage, consumer: &str) -> Result<i64, EngineError> {
    let mut query = storage.conn().prepare_cached("SELECT sequence FROM _checkpoints WHERE consumer = ?1")?;
    let saved = query.query_row([consumer], |row| row.get(0)).optional()?;
    Ok(saved.unwrap_or(BEGINNING))
}

/// Saves a position; it never moves back.
pub(super) fn save_checkpoint(storage: &Storage, consumer: &str, sequence: i64) -> Result<(), EngineError> {
    let mut save = storage.conn().prepare_cached(
        "INSERT INTO _checkpoints (consumer, sequence) VALUES (?1, ?2)
         ON CONFLICT (consumer) DO UPDATE SET sequence = MAX(sequence, excluded.sequence)",
    )?;
    save.execute(params![consumer, sequence])?;
    Ok(())
}

/// Forgets records before `sequence`. The one at it stays: the next number is one past the newest record kept, and
/// must not fall back behind the checkpoint when the clock does.
pub(super) fn trim(storage: &Storage, table: &str, sequence: i64) -> Result<(), EngineError> {
    let mut delete = storage.conn().prepare_cached(
        "DELETE FROM _stream_records WHERE id IN (
             SELECT id FROM _stream_records
             WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2 LIMIT ?3)",
    )?;
    delete.execute(params![table, sequence, TRIM])?;
    Ok(())
}

/// Keeps one failure record.
pub(super) fn keep_failure(storage: &Storage, json: &str) -> Result<(), EngineError> {
    storage.conn().execute("INSERT INTO _failures (record) VALUES (?1)", [json])?;
    Ok(())
}

/// All failure records, oldest first.
pub(super) fn failures(storage: &Storage) -> Result<Vec<String>, EngineError> {
    let mut query = storage.conn().prepare_cached("SELECT record FROM _failures ORDER BY id")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn missing(table: &str) -> DynoxideError {
    DynoxideError::ResourceNotFoundException(format!("Requested resource not found: Table: {table}"))
}
