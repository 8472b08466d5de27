//! The functions: their names, what they take and what they give.

use crate::kind::Kind;

/// A function that a condition may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    Glob,
    During,
    /// A conversion.
    To(Kind),
    Dyn,
    Type,
    /// A part of a timestamp or a duration.
    Part(Part),
}

/// A part of a timestamp, or of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    FullYear,
    /// From 0.
    Month,
    /// From 0.
    DayOfYear,
    /// From 0.
    DayOfMonth,
    /// From 1.
    Date,
    /// Sunday is 0.
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `f(x)`
    Plain,
    /// `x.f()`
    Method,
    /// Either.
    Both,
}

/// One overload of a function. An empty list of kinds means that any kind is taken.
struct Signature {
    name: &'static str,
    function: Function,
    form: Form,
    takes: &'static [&'static [Kind]],
    /// How many of the last arguments may be left out.
    optional: usize,
    gives: Option<Kind>,
}

const ANY: &[Kind] = &[];
const TEXT: &[Kind] = &[Kind::Text];
const TIME: &[Kind] = &[Kind::Time];
const TIME_OR_SPAN: &[Kind] = &[Kind::Time, Kind::Span];
const SIZED: &[Kind] = &[Kind::Text, Kind::Bytes, Kind::List, Kind::Map];
const TO_INT: &[Kind] = &[Kind::Int, Kind::Uint, Kind::Double, Kind::Text, Kind::Time];
const TO_NUMBER: &[Kind] = &[Kind::Int, Kind::Uint, Kind::Double, Kind::Text];
const TO_BYTES: &[Kind] = &[Kind::Bytes, Kind::Text];
const TO_BOOL: &[Kind] = &[Kind::Bool, Kind::Text];
const TO_TIME: &[Kind] = &[Kind::Time, Kind::Text, Kind::Int];
const TO_SPAN: &[Kind] = &[Kind::Span, Kind::Text];
const TO_TEXT: &[Kind] =
    &[Kind::Text, Kind::Int, Kind::Uint, Kind::Double, Kind::Bool, Kind::Bytes, Kind::Time, Kind::Span];

const fn plain(name: &'static str, function: Function, takes: &'static [&'static [Kind]], gives: Kind) -> Signature {
    Signature { name, function, form: Form::Plain, takes, optional: 0, gives: Some(gives) }
}

const fn method(name: &'static str, function: Function) -> Signature {
    Signature { name, function, form: Form::Method, takes: &[TEXT, TEXT], optional: 0, gives: Some(Kind::Bool) }
}

const fn part(name: &'static str, part: Part, of: &'static [&'static [Kind]]) -> Signature {
    let function = Function::Part(part);
    Signature { name, function, form: Form::Method, takes: of, optional: 1, gives: Some(Kind::Int) }
}

const ALL: [Signature; 27] = [
    Signature { form: Form::Both, ..plain("size", Function::Size, &[SIZED], Kind::Int) },
    method("contains", Function::Contains),
    method("startsWith", Function::StartsWith),
    method("endsWith", Function::EndsWith),
    Signature { form: Form::Both, ..plain("matches", Function::Matches, &[TEXT, TEXT], Kind::Bool) },
    plain("glob", Function::Glob, &[TEXT, TEXT], Kind::Bool),
    plain("during", Function::During, &[TEXT], Kind::Bool),
    plain("int", Function::To(Kind::Int), &[TO_INT], Kind::Int),
    plain("uint", Function::To(Kind::Uint), &[TO_NUMBER], Kind::Uint),
    plain("double", Function::To(Kind::Double), &[TO_NUMBER], Kind::Double),
    plain("string", Function::To(Kind::Text), &[TO_TEXT], Kind::Text),
    plain("bytes", Function::To(Kind::Bytes), &[TO_BYTES], Kind::Bytes),
    plain("bool", Function::To(Kind::Bool), &[TO_BOOL], Kind::Bool),
    plain("timestamp", Function::To(Kind::Time), &[TO_TIME], Kind::Time),
    plain("duration", Function::To(Kind::Span), &[TO_SPAN], Kind::Span),
    Signature { gives: None, ..plain("dyn", Function::Dyn, &[ANY], Kind::Null) },
    plain("type", Function::Type, &[ANY], Kind::Type),
    part("getFullYear", Part::FullYear, &[TIME, TEXT]),
    part("getMonth", Part::Month, &[TIME, TEXT]),
    part("getDayOfYear", Part::DayOfYear, &[TIME, TEXT]),
    part("getDayOfMonth", Part::DayOfMonth, &[TIME, TEXT]),
    part("getDate", Part::Date, &[TIME, TEXT]),
    part("getDayOfWeek", Part::DayOfWeek, &[TIME, TEXT]),
    part("getHours", Part::Hours, &[TIME_OR_SPAN, TEXT]),
    part("getMinutes", Part::Minutes, &[TIME_OR_SPAN, TEXT]),
    part("getSeconds", Part::Seconds, &[TIME_OR_SPAN, TEXT]),
    part("getMilliseconds", Part::Milliseconds, &[TIME_OR_SPAN, TEXT]),
];

impl Function {
    /// The function of a name, called on a value or plainly, with so many arguments, that value included.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub(crate) fn named(name: &str, on_value: bool, count: usize) -> Result<Self, String> {
        let Some(found) = ALL.iter().find(|signature| signature.name == name) else {
            return Err(format!("{name} is not a known function"));
        };
        match (found.form, on_value) {
            (Form::Plain, true) => return Err(format!("{name} is called as {name}(…), not on a value")),
            (Form::Method, false) => return Err(format!("{name} is called on a value, as x.{name}(…)")),
            _ => {}
        }
        let (most, least) = (found.takes.len(), found.takes.len() - found.optional);
        if (least..=most).contains(&count) {
            return Ok(found.function);
        }
        let own = usize::from(on_value);
        let range =
            if least == most { format!("{}", most - own) } else { format!("{} or {}", least - own, most - own) };
        Err(format!("{name} takes {range} argument{}", if most - own == 1 { "" } else { "s" }))
    }

    fn signature(self) -> Option<&'static Signature> {
        ALL.iter().find(|signature| signature.function == self)
    }

    /// The name in a condition.
    pub(crate) fn name(self) -> &'static str {
        self.signature().map_or("", |signature| signature.name)
    }

    /// The kinds that the argument of a position may have; none where it may have any.
    pub(crate) fn takes(self, position: usize) -> &'static [Kind] {
        self.signature().and_then(|signature| signature.takes.get(position)).copied().unwrap_or(ANY)
    }

    /// The kind of the result, where it is always the same.
    pub(crate) fn gives(self) -> Option<Kind> {
        self.signature().and_then(|signature| signature.gives)
    }
}
