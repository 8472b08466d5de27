//! The words of a JSON Schema that count: the draft, its keywords, and the formats that are enforced.

/// The one draft that is read, and may be named.
pub(super) const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What a keyword holds.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Holds {
    Value,
    Schema,
    Schemas,
    NamedSchemas,
}

/// Every keyword of the draft's vocabularies, and the two older ones that its meta-schema still describes.
pub(super) const KEYWORDS: [(&str, Holds); 59] = {
    use Holds::{NamedSchemas as N, Schema as S, Schemas as L, Value as V};
    [
        ("$anchor", V),
        ("$comment", V),
        ("$defs", N),
        ("$dynamicAnchor", V),
        ("$dynamicRef", V),
        ("$id", V),
        ("$ref", V),
        ("$schema", V),
        ("$vocabulary", V),
        ("additionalProperties", S),
        ("allOf", L),
        ("anyOf", L),
        ("const", V),
        ("contains", S),
        ("contentEncoding", V),
        ("contentMediaType", V),
        ("contentSchema", S),
        ("default", V),
        ("definitions", N),
        ("dependencies", N),
        ("dependentRequired", V),
        ("dependentSchemas", N),
        ("deprecated", V),
        ("description", V),
        ("else", S),
        ("enum", V),
        ("examples", V),
        ("exclusiveMaximum", V),
        ("exclusiveMinimum", V),
        ("format", V),
        ("if", S),
        ("items", S),
        ("maxContains", V),
        ("maxItems", V),
        ("maxLength", V),
        ("maxProperties", V),
        ("maximum", V),
        ("minContains", V),
        ("minItems", V),
        ("minLength", V),
        ("minProperties", V),
        ("minimum", V),
        ("multipleOf", V),
        ("not", S),
        ("oneOf", L),
        ("pattern", V),
        ("patternProperties", N),
        ("prefixItems", L),
        ("properties", N),
        ("propertyNames", S),
        ("readOnly", V),
        ("required", V),
        ("then", S),
        ("title", V),
        ("type", V),
        ("unevaluatedItems", S),
        ("unevaluatedProperties", S),
        ("uniqueItems", V),
        ("writeOnly", V),
    ]
};

/// The formats that are enforced.
pub(super) const FORMATS: [&str; 17] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];
