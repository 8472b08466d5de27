//! The shape of JSON, declared once: it reads a value with all faults at once (`check`), and it is its own JSON Schema (`schema`).
//!
//! A shape is data, made in constants by the functions of `make`. What depends on more than one field is code, after the shape was
//! checked; a schema says it in [`Shape::rules`].

mod check;
pub mod given;
pub mod make;
pub mod named;
pub mod schema;

pub use given::Given;

/// What a JSON value looks like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What kind of value it is.
    pub kind: Kind,
    /// Under which name the API's document lists it; empty where it stands in its place.
    pub name: &'static str,
    /// What it is, for people.
    pub says: &'static str,
    /// Examples, in JSON.
    pub examples: &'static [&'static str],
    /// Whether null is a value of it.
    pub null: bool,
    /// What is said of a value that is not of this kind or out of bounds, where that is not the usual sentence. `{least}` and `{most}`
    /// are the bounds.
    pub problem: &'static str,
    /// Further keywords of its JSON Schema, each with its value in JSON: for what code checks.
    pub rules: &'static [(&'static str, &'static str)],
}

impl Shape {
    /// The words of which it is one; none where it is of another kind.
    pub const fn words(&self) -> &'static [&'static str] {
        if let Kind::Word(words) = self.kind { words } else { &[] }
    }
}

/// The kinds of values.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any JSON.
    Any,
    /// Any JSON of at most so many bytes.
    Bytes(usize),
    /// True or false.
    Flag,
    /// A whole number within bounds.
    Count {
        /// The least.
        least: u64,
        /// The most; `u64::MAX` where there is none.
        most: u64,
    },
    /// Any whole number.
    Whole,
    /// A number: whether one is within bounds, and the most.
    Number(fn(f64) -> bool, f64),
    /// A text.
    Text(Text),
    /// One of a few words.
    Word(&'static [&'static str]),
    /// One value and no other, in JSON.
    Only(&'static str),
    /// A list.
    List(List),
    /// An object with known fields.
    Object(Object),
    /// An object whose fields are anybody's names.
    Map(Map),
    /// All that another shape is, and these fields.
    Also(&'static Shape, &'static [Field]),
    /// Null or another shape.
    OrNull(&'static Shape),
    /// What is described elsewhere, as a JSON Schema.
    Said(&'static str),
}

/// A text's bounds and form.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Characters at least, those around it that cannot be seen not counted.
    pub least: usize,
    /// Characters at most; 0 where there is no bound.
    pub most: usize,
    /// Whether that bound is one of bytes.
    pub bytes: bool,
    /// Whether code checks that bound.
    pub by_code: bool,
    /// Whether what stands around it is no part of it, and both bounds are said in one sentence.
    pub trimmed: bool,
    /// What it must be beside that.
    pub form: Option<Form>,
}

/// What a text must be.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The same as a regular expression of JSON Schema; empty where there is none.
    pub pattern: &'static str,
    /// The same as a format of JSON Schema; empty where there is none.
    pub format: &'static str,
    /// The end of a sentence about a text that is none.
    pub check: fn(&str) -> Result<(), String>,
}

/// A list of values of one shape.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// Each of them.
    pub of: &'static Shape,
    /// At most so many; 0 where there is no bound.
    pub most: usize,
    /// Whether they are texts that are not empty, which is said of whatever is none.
    pub texts: bool,
}

/// An object with known fields.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// The known ones.
    pub fields: &'static [Field],
    /// What about others.
    pub others: Others,
}

/// Fields that an object does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// A typing error must not pass.
    Refused,
    /// Whatever else is sent is left alone.
    Ignored,
    /// There are none: it is an answer of ours. A field that may be left out is never null.
    None,
    /// There may be any: it is an answer of ours with parameters in it.
    Any,
}

/// An object whose fields are anybody's names.
#[derive(Clone, Copy, Debug)]
pub struct Map {
    /// Each value; none where it may be anything.
    pub of: Option<&'static Shape>,
    /// At most so many; 0 where there is no bound.
    pub most: usize,
    /// Whether code checks what is in it.
    pub by_code: bool,
}

/// A field of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub shape: Shape,
    /// Whether it must be there.
    pub needed: bool,
    /// What it is for, for people. `{least}` and `{most}` are the bounds.
    pub says: &'static str,
}
