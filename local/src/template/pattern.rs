//! Event patterns: which events a rule or a filter lets through.

use serde_json::{Map, Value};
use wildmatch::WildMatchPattern;

/// EventBridge knows `*` alone, so the one-character wildcard is a character no event holds.
type Wildcard = WildMatchPattern<'*', '\u{0}'>;

/// A pattern, checked whole when it was read.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Part>);

/// Every part of a pattern must match.
#[derive(Clone, Debug)]
enum Part {
    Field(String, Rule),
    Either(Vec<Vec<Part>>),
}

#[derive(Clone, Debug)]
enum Rule {
    Within(Vec<Part>),
    AnyOf(Vec<Test>),
}

#[derive(Clone, Debug)]
enum Test {
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix(String),
    PrefixIgnoreCase(String),
    Suffix(String),
    SuffixIgnoreCase(String),
    Like(Wildcard),
    AnythingBut(Vec<Test>),
    Exists(bool),
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Pattern {
    /// Reads a pattern; an operator this host does not implement is an error that names it.
    pub fn read(pattern: &Value) -> Result<Self, String> {
        match pattern {
            Value::Object(fields) if !fields.is_empty() => Ok(Self(parts(fields)?)),
            other => Err(format!("a pattern is an object with fields, not {other}")),
        }
    }

    /// Whether `event` is let through.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        all(&self.0, Some(event))
    }
}

fn parts(fields: &Map<String, Value>) -> Result<Vec<Part>, String> {
    fields.iter().map(|(name, rule)| part(name, rule)).collect()
}

fn part(name: &str, rule: &Value) -> Result<Part, String> {
    match (name, rule) {
        ("$or", Value::Array(choices)) => {
            let choices = choices.iter().map(|choice| match choice {
                Value::Object(fields) => parts(fields),
                other => Err(format!("$or holds objects, not {other}")),
            });
            Ok(Part::Either(choices.collect::<Result<_, _>>()?))
        }
        (_, Value::Object(fields)) => Ok(Part::Field(name.to_owned(), Rule::Within(parts(fields)?))),
        (_, Value::Array(tests)) => {
            let tests = tests.iter().map(test).collect::<Result<_, _>>()?;
            Ok(Part::Field(name.to_owned(), Rule::AnyOf(tests)))
        }
        (_, other) => Err(format!("`{name}` in a pattern is a list or an object, not {other}")),
    }
}

fn test(value: &Value) -> Result<Test, String> {
    let Value::Object(operator) = value else {
        return Ok(Test::Equals(value.clone()));
    };
    let mut entries = operator.iter();
    match (entries.next(), entries.next()) {
        (Some((name, operand)), None) => operation(name, operand),
        _ => Err(format!("an operator has one name: {value}")),
    }
}

fn operation(name: &str, operand: &Value) -> Result<Test, String> {
    match (name, operand) {
        ("prefix", Value::String(text)) => Ok(Test::Prefix(text.clone())),
        ("suffix", Value::String(text)) => Ok(Test::Suffix(text.clone())),
        ("prefix", Value::Object(_)) => Ok(Test::PrefixIgnoreCase(ignoring_case(name, operand)?)),
        ("suffix", Value::Object(_)) => Ok(Test::SuffixIgnoreCase(ignoring_case(name, operand)?)),
        ("equals-ignore-case", Value::String(text)) => Ok(Test::EqualsIgnoreCase(text.to_lowercase())),
        ("wildcard", Value::String(text)) if !text.contains('\\') => Ok(Test::Like(Wildcard::new(text))),
        ("exists", Value::Bool(wanted)) => Ok(Test::Exists(*wanted)),
        ("numeric", Value::Array(terms)) => comparisons(terms).map(Test::Numeric),
        ("anything-but", operand) => anything_but(operand),
        _ => Err(format!("the pattern operator {{\"{name}\": {operand}}} is not implemented here")),
    }
}

fn ignoring_case(name: &str, operand: &Value) -> Result<String, String> {
    match operand.get("equals-ignore-case") {
        Some(Value::String(text)) => Ok(text.to_lowercase()),
        _ => Err(format!("the pattern operator {{\"{name}\": {operand}}} is not implemented here")),
    }
}

/// `anything-but` takes a value, a list of values, or one other operator with a value or a list of them.
fn anything_but(operand: &Value) -> Result<Test, String> {
    let tests = match operand {
        Value::Array(values) => values.iter().map(test).collect::<Result<_, _>>()?,
        Value::Object(operator) => {
            let mut tests = Vec::new();
            for (name, operand) in operator {
                match operand {
                    Value::Array(operands) if name != "numeric" => {
                        for operand in operands {
                            tests.push(operation(name, operand)?);
                        }
                    }
                    operand => tests.push(operation(name, operand)?),
                }
            }
            tests
        }
        value => vec![test(value)?],
    };
    Ok(Test::AnythingBut(tests))
}

fn comparisons(terms: &[Value]) -> Result<Vec<(Comparison, f64)>, String> {
    let refused = || format!("the numeric pattern {terms:?} is not pairs of comparison and number");
    let pairs = terms.chunks(2).map(|pair| match pair {
        [Value::String(sign), Value::Number(number)] => Some((Comparison::read(sign)?, number.as_f64()?)),
        _ => None,
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    pairs.filter(|pairs| !pairs.is_empty()).ok_or_else(refused)
}

impl Comparison {
    fn read(sign: &str) -> Option<Self> {
        match sign {
            "=" => Some(Self::Equal),
            "<" => Some(Self::Less),
            "<=" => Some(Self::LessOrEqual),
            ">" => Some(Self::Greater),
            ">=" => Some(Self::GreaterOrEqual),
            _ => None,
        }
    }

    fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

fn all(parts: &[Part], event: Option<&Value>) -> bool {
    match event {
        // Of a list of objects one must match whole.
        Some(Value::Array(elements)) => elements.iter().any(|element| all(parts, Some(element))),
        _ => parts.iter().all(|part| part.matches(event)),
    }
}

impl Part {
    fn matches(&self, event: Option<&Value>) -> bool {
        match self {
            Self::Either(choices) => choices.iter().any(|choice| all(choice, event)),
            Self::Field(name, rule) => {
                let value = event.and_then(|event| event.get(name));
                match rule {
                    Rule::Within(parts) => all(parts, value),
                    Rule::AnyOf(tests) => tests.iter().any(|test| test.admits(value)),
                }
            }
        }
    }
}

impl Test {
    /// Of a list, one element suffices; an empty one and an object are as good as absent.
    fn admits(&self, value: Option<&Value>) -> bool {
        match value {
            None | Some(Value::Object(_)) => matches!(self, Self::Exists(false)),
            Some(Value::Array(elements)) if elements.is_empty() => matches!(self, Self::Exists(false)),
            Some(Value::Array(elements)) => elements.iter().any(|element| self.holds(element)),
            Some(value) => self.holds(value),
        }
    }

    fn holds(&self, value: &Value) -> bool {
        let text = value.as_str();
        let is = |test: &dyn Fn(&str) -> bool| text.is_some_and(test);
        match self {
            Self::Equals(wanted) => same(wanted, value),
            Self::EqualsIgnoreCase(wanted) => is(&|text| text.to_lowercase() == *wanted),
            Self::Prefix(wanted) => is(&|text| text.starts_with(wanted)),
            Self::PrefixIgnoreCase(wanted) => is(&|text| text.to_lowercase().starts_with(wanted)),
            Self::Suffix(wanted) => is(&|text| text.ends_with(wanted)),
            Self::SuffixIgnoreCase(wanted) => is(&|text| text.to_lowercase().ends_with(wanted)),
            Self::Like(wanted) => is(&|text| wanted.matches(text)),
            Self::AnythingBut(unwanted) => !unwanted.iter().any(|test| test.holds(value)),
            Self::Exists(wanted) => *wanted,
            Self::Numeric(bounds) => value
                .as_f64()
                .is_some_and(|value| bounds.iter().all(|(comparison, bound)| comparison.holds(value, *bound))),
        }
    }
}

/// Numbers are equal by value: 300 is 300.0.
fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted.as_f64(), value.as_f64()) {
        (Some(wanted), Some(value)) => wanted == value,
        _ => wanted == value,
    }
}
