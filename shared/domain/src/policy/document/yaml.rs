//! Composes one YAML 1.2 document into a value and its lines. What two readers could take differently is a fault: a name twice, a
//! merge key of YAML 1.1, a tag of another schema.

use super::marks::Marks;
use super::scalar;
use crate::fault::{Fault, Faults, Place};
use crate::params::path::Path;
use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The most levels of lists and objects, as of JSON.
const MAX_LEVELS: usize = 64;
/// The most bytes of a document with its aliases written out: more than what is kept may have.
const MAX_BYTES: usize = 400_000;

/// What a document says, and where.
///
/// # Errors
/// Every fault of it; where it cannot be read on, that is the last.
pub(super) fn compose(text: &str) -> Result<(Value, Marks), Vec<Fault>> {
    let faults = Faults::default();
    let events = Parser::new_from_str(text);
    let mut composer = Composer { events, faults: faults.clone(), anchors: HashMap::new(), bytes: 0, anchored: 0 };
    let composed = composer.document().unwrap_or_else(|fatal| {
        faults.note(fatal);
        Node::default()
    });
    faults.or((composed.value, composed.marks))
}

/// A value with its lines, and how many levels it has.
#[derive(Clone, Default)]
struct Node {
    value: Value,
    marks: Marks,
    levels: usize,
}

/// What an alias stands for.
struct Anchored {
    node: Node,
    bytes: usize,
}

struct Composer<'t> {
    events: Parser<'t, StrInput<'t>>,
    faults: Faults,
    anchors: HashMap<usize, Anchored>,
    /// What has been composed so far, with all aliases written out.
    bytes: usize,
    /// What is held of it a second time, for aliases: an anchor inside of another's node is held by both.
    anchored: usize,
}

type Next<'t> = (Event<'t>, Span);

fn place(mark: Marker) -> Place {
    Place { line: mark.line(), column: mark.col() + 1 }
}

fn unreadable(mark: Marker, problem: &str) -> Fault {
    Fault::at(place(mark), "", format!("is not YAML: {problem}"))
}

impl<'t> Composer<'t> {
    fn next(&mut self) -> Result<Next<'t>, Fault> {
        let broken = |e: ScanError| unreadable(*e.marker(), &e.info());
        match self.events.next_event() {
            Some(next) => next.map_err(broken),
            None => Err(Fault::new("", "is not YAML: it has no end")),
        }
    }

    /// The only document of the text; one that says nothing is null.
    fn document(&mut self) -> Result<Node, Fault> {
        let mut whole = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(whole.unwrap_or_default()),
                Event::DocumentStart(..) if whole.is_some() => {
                    return Err(unreadable(span.start, "a second document begins here"));
                }
                Event::DocumentStart(_, Some(version)) if (version.major, version.minor) != (1, 2) => {
                    let told = format!("it says that it is YAML {}.{}; 1.2 is read", version.major, version.minor);
                    return Err(unreadable(span.start, &told));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => whole = Some(self.node((event, span), &Path::Whole(""), MAX_LEVELS)?),
            }
        }
    }

    /// The node that begins with an event, at most so many levels deep.
    fn node(&mut self, (event, span): Next<'t>, path: &Path<'_>, levels: usize) -> Result<Node, Fault> {
        let before = self.bytes;
        let (node, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, span.start, levels),
            Event::Scalar(text, style, anchor, tag) => {
                self.spend(text.len() + 3, span.start)?;
                let value = scalar(&text, style, tag.as_deref()).unwrap_or_else(|problem| {
                    self.fault(span.start, path, &problem);
                    Value::Null
                });
                (Node { value, marks: Marks { place: place(span.start), ..Marks::default() }, levels: 0 }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.collection(tag.as_deref(), "seq", span.start, path);
                (self.list(span.start, path, inside(levels, span.start)?)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.collection(tag.as_deref(), "map", span.start, path);
                (self.object(span.start, path, inside(levels, span.start)?)?, anchor)
            }
            _ => return Err(unreadable(span.start, "a value is missing here")),
        };
        if anchor != 0 {
            self.hold(anchor, &node, self.bytes - before, span.start)?;
        }
        Ok(node)
    }

    /// Holds a node for the aliases of its anchor.
    fn hold(&mut self, anchor: usize, node: &Node, bytes: usize, at: Marker) -> Result<(), Fault> {
        self.anchored += bytes;
        if self.anchored > MAX_BYTES {
            return Err(Fault::at(
                place(at),
                "",
                "is too long: what its anchors hold has more than 400,000 bytes together",
            ));
        }
        self.anchors.insert(anchor, Anchored { node: node.clone(), bytes });
        Ok(())
    }

    /// A copy of what was anchored. What is not whole yet has no copy: an alias inside of what it stands for.
    fn alias(&mut self, anchor: usize, at: Marker, levels: usize) -> Result<Node, Fault> {
        let Some(Anchored { node, bytes }) = self.anchors.get(&anchor) else {
            return Err(unreadable(at, "an alias stands for what it is part of"));
        };
        if node.levels > levels {
            return Err(too_deep(at));
        }
        self.bytes += *bytes;
        if self.bytes > MAX_BYTES {
            return Err(too_long(at));
        }
        Ok(node.clone())
    }

    fn list(&mut self, start: Marker, path: &Path<'_>, inside: usize) -> Result<Node, Fault> {
        self.spend(2, start)?;
        let (mut list, mut marks, mut deepest) = (Vec::new(), Marks { place: place(start), ..Marks::default() }, 0);
        loop {
            let next = self.next()?;
            if next.0 == Event::SequenceEnd {
                return Ok(Node { value: Value::Array(list), marks, levels: deepest + 1 });
            }
            let item = self.node(next, &Path::Item(path, list.len()), inside)?;
            list.push(item.value);
            marks.items.push(item.marks);
            deepest = deepest.max(item.levels);
        }
    }

    fn object(&mut self, start: Marker, path: &Path<'_>, inside: usize) -> Result<Node, Fault> {
        self.spend(2, start)?;
        let (mut object, mut marks, mut deepest) = (Map::new(), Marks { place: place(start), ..Marks::default() }, 0);
        loop {
            let next = self.next()?;
            if next.0 == Event::MappingEnd {
                return Ok(Node { value: Value::Object(object), marks, levels: deepest + 1 });
            }
            let at = next.1.start;
            let key = self.key(next, path)?;
            let path = Path::Member(path, &key);
            let next = self.next()?;
            let field = self.node(next, &path, inside)?;
            deepest = deepest.max(field.levels);
            if object.contains_key(&key) {
                self.fault(at, &path, "is written twice");
                continue;
            }
            object.insert(key.clone(), field.value);
            marks.fields.push((key, Marks { place: place(at), ..field.marks }));
        }
    }

    /// A field's name, to the letter: `no` and `1` are names like any other.
    fn key(&mut self, (event, span): Next<'t>, path: &Path<'_>) -> Result<String, Fault> {
        let start = span.start;
        let named = match event {
            Event::Scalar(text, style, 0, _) => {
                self.spend(text.len() + 3, start)?;
                if style == ScalarStyle::Plain && text == "<<" {
                    let advice = "merges fields in YAML 1.1 alone; write them out, or use an alias for the whole value";
                    self.fault(start, &Path::Member(path, &text), advice);
                }
                Some(text.into_owned())
            }
            Event::Scalar(ref text, ..) => {
                let text = text.to_string();
                self.node((event, span), path, 0)?;
                Some(text)
            }
            Event::Alias(_) => self.node((event, span), path, 0)?.value.as_str().map(String::from),
            _ => None,
        };
        match named {
            Some(name) if name.contains('\0') => Err(unreadable(start, "the name of a field holds a NUL character")),
            Some(name) => Ok(name),
            None => Err(unreadable(start, "the name of a field must be a text")),
        }
    }

    /// A list or object with a tag that says so, or with none.
    fn collection(&self, tag: Option<&Tag>, kind: &str, at: Marker, path: &Path<'_>) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema_tag(kind) && tag.original() != "!") {
            self.fault(at, path, &unknown_tag(tag));
        }
    }

    fn spend(&mut self, bytes: usize, at: Marker) -> Result<(), Fault> {
        self.bytes += bytes;
        if self.bytes <= MAX_BYTES {
            return Ok(());
        }
        Err(too_long(at))
    }

    fn fault(&self, at: Marker, path: &Path<'_>, problem: &str) {
        if !self.faults.are_enough() {
            self.faults.note(Fault::at(place(at), path.to_string(), problem));
        }
    }
}

fn inside(levels: usize, at: Marker) -> Result<usize, Fault> {
    levels.checked_sub(1).ok_or_else(|| too_deep(at))
}

fn too_deep(at: Marker) -> Fault {
    unreadable(at, &format!("nested more than {MAX_LEVELS} levels deep"))
}

fn too_long(at: Marker) -> Fault {
    Fault::at(place(at), "", "is too long: with its aliases written out it has more than 400,000 bytes")
}

fn unknown_tag(tag: &Tag) -> String {
    format!("has the tag {}, which means nothing here", tag.original())
}

/// A scalar's value: by its tag, else a text where it is in quotes, else by the core schema.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    if text.contains('\0') {
        return Err("holds a NUL character".into());
    }
    let (wanted, tag) = match (tag.and_then(Tag::core_suffix), tag) {
        (None, Some(tag)) if tag.original() == "!" => ("str", ""),
        (None, Some(tag)) => return Err(unknown_tag(tag)),
        (None, None) if style == ScalarStyle::Plain => return scalar::plain(text),
        (None, None) => ("str", ""),
        (Some(wanted), _) => (wanted, wanted),
    };
    let value = if wanted == "str" { Value::from(text) } else { scalar::plain(text)? };
    let fits = match wanted {
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number(),
        kind => kind == "str",
    };
    if fits { Ok(value) } else { Err(format!("is tagged !!{tag}, which it is not")) }
}
