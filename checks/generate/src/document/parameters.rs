//! The parameters of operations: of paths, queries and headers.

use crate::functions;
use crate::ordered::Ordered;
use domain::shape::make::text;
use lambda::operation::Query;
use lambda::operation::parameter::Usual;
use lambda::{Operation, Parameter, Serve};
use serde_json::{Value, json};

/// Every operation that a key authenticates reads this header.
const WORKSPACE: Parameter =
    Parameter::may("X-Workspace-Namespace", text().pattern("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"))
        .says("The workspace, which the caller must be allowed to use. Default: the workspace `default`.")
        .example("default")
        .listed("Workspace");

/// A parameter, and where it is.
type Placed = (&'static str, Parameter);

fn of(operation: &Operation) -> Vec<Placed> {
    let query: &[Parameter] = match operation.route.query {
        Query::Only(parameters) => parameters,
        Query::Any => &[],
    };
    let workspace = matches!(operation.route.serve, Serve::Key(..)).then_some(WORKSPACE);
    let segment = operation.said.segment.map(|parameter| ("path", *parameter));
    let query = query.iter().map(|parameter| ("query", *parameter));
    let headers = operation.said.headers.iter().copied().chain(&workspace);
    segment.into_iter().chain(query).chain(headers.map(|parameter| ("header", *parameter))).collect()
}

/// The parameters of an operation.
pub(super) fn all(operation: &Operation) -> serde_json::Result<Option<Vec<Ordered>>> {
    let all: Vec<Ordered> = of(operation).iter().map(in_its_place).collect::<Result<_, _>>()?;
    Ok((!all.is_empty()).then_some(all))
}

/// Those that are listed by name.
pub(super) fn listed() -> serde_json::Result<Ordered> {
    let (mut listed, mut known) = (Ordered::default(), Vec::new());
    for parameter in functions::operations().iter().flat_map(of).filter(|(_, parameter)| !parameter.listed.is_empty()) {
        let name = parameter.1.listed;
        if !known.contains(&name) {
            listed.put(name, written_out(&parameter)?)?;
            known.push(name);
        }
    }
    Ok(listed)
}

fn in_its_place(parameter: &Placed) -> serde_json::Result<Ordered> {
    match parameter.1.listed {
        "" => written_out(parameter),
        name => Ordered::default().with("$ref", format!("#/components/parameters/{name}")),
    }
}

fn written_out((place, parameter): &Placed) -> serde_json::Result<Ordered> {
    let text = |text: &'static str| (!text.is_empty()).then_some(text);
    Ordered::default()
        .with("name", parameter.name)?
        .with("in", place)?
        .with_some("required", parameter.needed.then_some(true))?
        .with_some("description", text(parameter.says))?
        .with("schema", schema(parameter)?)?
        .with_some("example", text(parameter.example))
}

/// The schema of a parameter, and its default.
fn schema(parameter: &Parameter) -> serde_json::Result<Value> {
    let mut schema = serde_json::to_value(parameter.shape.schema())?;
    let usual = match parameter.usual {
        Usual::Nothing => return Ok(schema),
        Usual::Word(word) => json!(word),
        Usual::Count(count) => json!(count),
        Usual::Flag(flag) => json!(flag),
    };
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("default".into(), usual);
    }
    Ok(schema)
}
