//! Reads JSON strictly: what two parsers could read differently is refused, so that a digest stands for one meaning.

use crate::params::decimal::{Numbers, is_kept};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// Whole numbers beyond this lose digits in the double precision of canonical JSON (RFC 8785 §3.2.2.3).
const MAX_SAFE_INTEGER: u64 = 1 << 53;

/// The most levels of lists and objects. The stored and sent documents have more levels around the parameters, and parsers that take 127
/// levels must still read them.
const MAX_LEVELS: usize = 64;

/// Parses one JSON document. Refused: duplicate keys, whole numbers beyond 2⁵³, numbers that a double does not keep to the last digit,
/// NUL characters, lone surrogates, more than 64 levels, and anything after the document.
///
/// # Errors
/// One sentence that says what is wrong and where (line and column).
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    let mut de = serde_json::Deserializer::from_slice(bytes);
    let numbers = RefCell::new(Numbers::of(bytes));
    let value = Strict { levels: MAX_LEVELS, numbers: &numbers }.deserialize(&mut de).map_err(|e| e.to_string())?;
    de.end().map_err(|e| e.to_string())?;
    Ok(value)
}

/// Canonical JSON (RFC 8785): sorted keys, one spelling of each number and string.
pub fn canonical(value: &Value) -> Vec<u8> {
    // A `Value` has string keys and finite numbers only, which is all that canonicalization can fail on.
    serde_json_canonicalizer::to_vec(value).unwrap_or_default()
}

/// With so many levels left.
#[derive(Clone, Copy)]
struct Strict<'t> {
    levels: usize,
    /// Local invariant: each number that the parser hands over takes one from here, so both are at the same place of the text.
    numbers: &'t RefCell<Numbers<'t>>,
}

impl Strict<'_> {
    fn inside<E: de::Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1);
        levels
            .map(|levels| Self { levels, ..self })
            .ok_or_else(|| E::custom(format!("nested more than {MAX_LEVELS} levels deep")))
    }

    /// A number, if it is written with no more than a double keeps.
    fn number<E: de::Error>(self, number: Number) -> Result<Value, E> {
        match self.numbers.borrow_mut().next() {
            Some(written) if is_kept(written) => Ok(Value::Number(number)),
            _ => Err(E::custom("a number with more digits than a double keeps would be changed; send it as a string")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Value, D::Error> {
        de.deserialize_any(self)
    }
}

fn too_large<E: de::Error>() -> E {
    E::custom("a whole number beyond 2^53 would lose digits; send it as a string")
}

fn no_nul<E: de::Error>(text: String) -> Result<String, E> {
    if text.contains('\0') { Err(E::custom("a NUL character is not allowed")) } else { Ok(text) }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Value, E> {
        if v > MAX_SAFE_INTEGER { Err(too_large()) } else { self.number(v.into()) }
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Value, E> {
        if v.unsigned_abs() > MAX_SAFE_INTEGER { Err(too_large()) } else { self.number(v.into()) }
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        // The parser hands whole numbers past 64 bits over as floats.
        if v.fract() == 0.0 && v.abs() > MAX_SAFE_INTEGER as f64 {
            return Err(too_large());
        }
        self.number(Number::from_f64(v).ok_or_else(|| E::custom("a number out of range"))?)
    }
    fn visit_str<E: de::Error>(self, v: &str) -> Result<Value, E> {
        no_nul(v.to_owned()).map(Value::String)
    }
    fn visit_string<E: de::Error>(self, v: String) -> Result<Value, E> {
        no_nul(v).map(Value::String)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let (inside, mut list) = (self.inside()?, Vec::new());
        while let Some(item) = seq.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (inside, mut object) = (self.inside()?, Map::new());
        while let Some(key) = map.next_key::<String>()? {
            let key = no_nul(key)?;
            if object.contains_key(&key) {
                return Err(de::Error::custom(format!("the key {key:?} appears twice")));
            }
            let value = map.next_value_seed(inside)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_parsers_could_read_differently_is_refused() {
        let refused = [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"\u0062":2}}"#,
            "9007199254740993",
            "-9007199254740993",
            "123456789012345678901234567890",
            "9007199254740993.0",
            "3526246938.98713386",
            "4503599627370497.75",
            "0.12345678901234567890",
            "1e-400",
            r#"{"s\"1.5":[true,"-7\\",{"n":1e-400}]}"#,
            r#""\u0000""#,
            r#""\ud800""#,
            "1e999",
            "[1,]",
            "{} {}",
            "\u{feff}{}",
            "NaN",
            "",
        ];
        for text in refused {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(&[b'"', 0xff, b'"']).is_err());
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse(deep(MAX_LEVELS).as_bytes()).is_ok());
        for levels in [MAX_LEVELS + 1, 127, 10_000] {
            assert!(parse(deep(levels).as_bytes()).is_err());
        }
    }

    #[test]
    fn ordinary_json_is_read_as_it_is() {
        let text = r#"{"a":[1,-2,0.5,true,null,"007"],"b":{"c":"\ud83d\ude00"},"m":9007199254740992}"#;
        assert_eq!(parse(text.as_bytes()).ok(), serde_json::from_str::<Value>(text).ok());
        for text in [
            "0.10",
            "1e2",
            "-0.0",
            "-0",
            "100000000.00000001",
            "5e-324",
            "0e999999999999999999999",
            "1.7976931348623157e308",
        ] {
            // Past 2^53 a whole number is refused however it is written.
            assert_eq!(parse(text.as_bytes()).is_ok(), !text.ends_with("e308"), "{text}");
        }
    }

    #[test]
    fn a_refused_number_says_where_it_is_and_what_to_do() {
        let problem = parse(b"{\"ok\": 0.5,\n \"amount\": 3526246938.98713386}").unwrap_err();
        assert!(problem.contains("send it as a string at line 2 column"), "{problem}");
    }
}
