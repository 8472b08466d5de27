//! Makes shapes, in constants.

use super::{Field, Form, Kind, List, Map, Object, Others, Shape, Text};

/// Any JSON.
pub const fn any() -> Shape {
    Shape { kind: Kind::Any, name: "", says: "", examples: &[], null: false, problem: "", rules: &[] }
}

/// Of a kind.
const fn of(kind: Kind) -> Shape {
    Shape { kind, ..any() }
}

/// True or false.
pub const fn flag() -> Shape {
    of(Kind::Flag)
}

/// A whole number within bounds.
pub const fn count(least: u64, most: u64) -> Shape {
    of(Kind::Count { least, most })
}

/// A whole number that is at least so much.
pub const fn at_least(least: u64) -> Shape {
    count(least, u64::MAX)
}

/// Any whole number.
pub const fn whole() -> Shape {
    of(Kind::Whole)
}

/// A number: whether one is within bounds, and the most.
pub const fn number(within: fn(f64) -> bool, most: f64) -> Shape {
    of(Kind::Number(within, most))
}

/// A text.
pub const fn text() -> Shape {
    of(Kind::Text(Text { least: 0, most: 0, bytes: false, by_code: false, trimmed: false, form: None }))
}

/// A text with something to read in it.
pub const fn written() -> Shape {
    text().at_least(1).rules(&[("pattern", r#""\\S""#)])
}

/// One of a few words.
pub const fn word(words: &'static [&'static str]) -> Shape {
    of(Kind::Word(words))
}

/// One value and no other, in JSON.
pub const fn only(json: &'static str) -> Shape {
    of(Kind::Only(json))
}

/// A list.
pub const fn list_of(one: &'static Shape) -> Shape {
    of(Kind::List(List { of: one, most: 0, texts: false }))
}

/// A list of texts that are not empty, each of a shape.
pub const fn texts(one: &'static Shape) -> Shape {
    of(Kind::List(List { of: one, most: 0, texts: true }))
}

/// An object that somebody sends; what else is in it is left alone.
pub const fn sent(fields: &'static [Field]) -> Shape {
    of(Kind::Object(Object { fields, others: Others::Ignored }))
}

/// An object that somebody sends; a field that is not known is a fault.
pub const fn sent_strictly(fields: &'static [Field]) -> Shape {
    of(Kind::Object(Object { fields, others: Others::Refused }))
}

/// An object that is answered.
pub const fn answer(fields: &'static [Field]) -> Shape {
    of(Kind::Object(Object { fields, others: Others::None }))
}

/// An object that is answered, with others' fields in it.
pub const fn open_answer(fields: &'static [Field]) -> Shape {
    of(Kind::Object(Object { fields, others: Others::Any }))
}

/// An object whose fields are anybody's names.
pub const fn map(one: &'static Shape) -> Shape {
    of(Kind::Map(Map { of: Some(one), most: 0, by_code: false }))
}

/// An object of anything.
pub const fn anything() -> Shape {
    of(Kind::Map(Map { of: None, most: 0, by_code: false }))
}

/// All that another shape is, and these fields.
pub const fn also(one: &'static Shape, fields: &'static [Field]) -> Shape {
    of(Kind::Also(one, fields))
}

/// Null or another shape.
pub const fn or_null(one: &'static Shape) -> Shape {
    of(Kind::OrNull(one))
}

/// What is described elsewhere, as a JSON Schema.
pub const fn said(schema: &'static str) -> Shape {
    of(Kind::Said(schema))
}

/// A field that must be there.
pub const fn must(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, needed: true, says: "" }
}

/// A field that may be left out.
pub const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, needed: false, says: "" }
}

impl Field {
    /// With what it is for.
    pub const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }
}

impl Shape {
    /// With the name that the API's document lists it under.
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// With what it is.
    pub const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    /// With examples.
    pub const fn examples(self, examples: &'static [&'static str]) -> Self {
        Self { examples, ..self }
    }

    /// Or null, as a value of its own.
    pub const fn null(self) -> Self {
        Self { null: true, ..self }
    }

    /// With a sentence of its own about what is none.
    pub const fn problem(self, problem: &'static str) -> Self {
        Self { problem, ..self }
    }

    /// With further keywords of JSON Schema.
    pub const fn rules(self, rules: &'static [(&'static str, &'static str)]) -> Self {
        Self { rules, ..self }
    }

    /// A text of at least so many characters.
    pub const fn at_least(self, least: usize) -> Self {
        match self.kind {
            Kind::Text(text) => Self { kind: Kind::Text(Text { least, ..text }), ..self },
            _ => self,
        }
    }

    /// A text, a list or a map of at most so many.
    pub const fn at_most(self, most: usize) -> Self {
        let kind = match self.kind {
            Kind::Text(text) => Kind::Text(Text { most, ..text }),
            Kind::List(list) => Kind::List(List { most, ..list }),
            Kind::Map(map) => Kind::Map(Map { most, ..map }),
            other => other,
        };
        Self { kind, ..self }
    }

    /// A text of which the bytes are counted.
    pub const fn in_bytes(self) -> Self {
        match self.kind {
            Kind::Text(text) => Self { kind: Kind::Text(Text { bytes: true, ..text }), ..self },
            _ => self,
        }
    }

    /// A text that is taken without what stands around it.
    pub const fn trimmed(self) -> Self {
        match self.kind {
            Kind::Text(text) => Self { kind: Kind::Text(Text { trimmed: true, ..text }), ..self },
            _ => self,
        }
    }

    /// A text of a form.
    pub const fn form(self, form: Form) -> Self {
        match self.kind {
            Kind::Text(text) => Self { kind: Kind::Text(Text { form: Some(form), ..text }), ..self },
            _ => self,
        }
    }

    /// A text whose form a pattern says and code checks, or that is an answer of ours.
    pub const fn pattern(self, pattern: &'static str) -> Self {
        self.form(Form { pattern, format: "", check: taken })
    }

    /// A text whose form a format says and code checks, or that is an answer of ours.
    pub const fn format(self, format: &'static str) -> Self {
        self.form(Form { pattern: "", format, check: taken })
    }

    /// A text of which code checks how long it is, a map of which it checks what is in it.
    pub const fn by_code(self) -> Self {
        match self.kind {
            Kind::Map(map) => Self { kind: Kind::Map(Map { by_code: true, ..map }), ..self },
            Kind::Text(text) => Self { kind: Kind::Text(Text { by_code: true, ..text }), ..self },
            _ => self,
        }
    }
}

const fn taken(_: &str) -> Result<(), String> {
    Ok(())
}
