//! What a name means: a variable, a constant or a function, and what the literal arguments of a call give already. Faults are noted here.

use crate::flaw::Flaw;
use crate::function::Function;
use crate::kind::Kind;
use crate::moment;
use crate::pattern::Pattern;
use crate::tree::{Constant, Expr, Node, Prepared, Variable};
use crate::zone;
use std::collections::BTreeSet;
use wildmatch::WildMatch;

/// Bytes that all compiled patterns of a condition may take.
const MAX_PATTERNS: usize = 64 << 10;
/// Words that CEL keeps for itself.
const RESERVED: [&str; 15] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "while",
];

/// Resolves names, and collects the faults of those that are not known.
pub(crate) struct Names<'a> {
    calendars: &'a BTreeSet<&'a str>,
    /// The macros' variables that are in scope, the outermost first.
    scope: Vec<String>,
    /// Bytes of the patterns so far.
    patterns: usize,
    pub flaws: Vec<Flaw>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(calendars: &'a BTreeSet<&'a str>) -> Self {
        Self { calendars, scope: Vec::new(), patterns: 0, flaws: Vec::new() }
    }

    /// A constant or a variable.
    pub(crate) fn value(&mut self, at: usize, name: &str) -> Node {
        let local = self.scope.iter().rposition(|known| known == name);
        match (name, local, Variable::named(name), Kind::named(name)) {
            ("true" | "false", ..) => Node::Constant(Constant::Bool(name == "true")),
            ("null", ..) => Node::Constant(Constant::Null),
            (_, Some(place), ..) => Node::Local(place),
            (_, _, Some(variable), _) => Node::Variable(variable),
            (_, _, _, Some(kind)) => Node::Constant(Constant::Kind(kind)),
            _ => {
                let known = Variable::NAMES.map(|(name, _)| name).join(", ");
                self.fault(at, format!("{name} is not a known variable; there are {known}"))
            }
        }
    }

    fn fault(&mut self, at: usize, problem: String) -> Node {
        self.flaws.push(Flaw::new(at, problem));
        Node::Unknown
    }

    /// A field, unless the variable has none of that name.
    pub(crate) fn field(&mut self, at: usize, of: Expr, name: String) -> Node {
        if let Node::Variable(variable) = of.node
            && let Some(fields) = variable.fields().filter(|fields| !fields.contains(&name.as_str()))
        {
            self.fault(at, format!("{name} is not a field here; there are {}", fields.join(", ")));
        }
        Node::Field(Box::new(of), name)
    }

    /// Brings a macro's variable into scope.
    pub(crate) fn enter(&mut self, at: usize, variable: String) {
        if Variable::named(&variable).is_some() || RESERVED.contains(&variable.as_str()) {
            self.fault(at, format!("{variable} has a meaning already; choose another name"));
        }
        self.scope.push(variable);
    }

    /// Leaves the innermost macro.
    pub(crate) fn leave(&mut self) {
        self.scope.pop();
    }

    /// A call; a value that it is called on is the first argument.
    pub(crate) fn call(&mut self, (at, name): (usize, &str), on_value: bool, args: Vec<Expr>) -> Node {
        let made = Function::named(name, on_value, args.len()).map_err(|problem| Flaw::new(at, problem));
        made.and_then(|function| self.prepared(function, args)).unwrap_or_else(|flaw| self.fault(flaw.at, flaw.message))
    }

    fn prepared(&mut self, function: Function, args: Vec<Expr>) -> Result<Node, Flaw> {
        let first = args.first().and_then(|arg| Some((arg.at, arg.text()?)));
        let second = args.get(1).and_then(|arg| Some((arg.at, arg.text()?)));
        let ready = match (function, first, second) {
            (Function::Matches, _, Some((at, text))) => Some(Prepared::Pattern(self.pattern(at, text)?)),
            (Function::Glob, _, Some((_, text))) => Some(Prepared::Glob(WildMatch::new(text))),
            (Function::Part(_), _, Some((at, text))) => {
                let zone = zone::named_or_fixed(text);
                Some(Prepared::Zone(zone.ok_or_else(|| Flaw::new(at, format!("{text:?} is not a known time zone")))?))
            }
            (Function::During, Some((_, name)), _) if self.calendars.contains(name) => None,
            (Function::During, _, _) => return Err(calendar(&args)),
            (Function::To(kind @ (Kind::Time | Kind::Span)), Some((at, text)), _) => {
                return moment(kind, text).map(Node::Constant).ok_or_else(|| not_a_moment(at, kind, text));
            }
            _ => None,
        };
        Ok(Node::Call(function, args, ready))
    }

    fn pattern(&mut self, at: usize, text: &str) -> Result<Pattern, Flaw> {
        let left = MAX_PATTERNS - self.patterns;
        let pattern = Pattern::new(text, left);
        // Each that fails leaves half as much to the next, so that a text of such patterns is not slow to compile.
        self.patterns += pattern.as_ref().map_or(left / 2, |pattern| pattern.size);
        pattern.map_err(|problem| Flaw::new(at, format!("{text:?} {problem}")))
    }
}

fn calendar(args: &[Expr]) -> Flaw {
    let at = args.first().map_or(0, |arg| arg.at);
    let name = args.first().and_then(Expr::text);
    let problem = name.map(|name| format!("{name:?} is not one of the policy's calendars"));
    Flaw::new(at, problem.unwrap_or_else(|| "during takes a calendar's name in quotes".into()))
}

fn moment(kind: Kind, text: &str) -> Option<Constant> {
    match kind {
        Kind::Time => moment::timestamp(text).map(Constant::Time),
        _ => moment::duration(text).map(Constant::Span),
    }
}

fn not_a_moment(at: usize, kind: Kind, text: &str) -> Flaw {
    let example = if kind == Kind::Time { "2026-12-25T09:00:00Z" } else { "1h30m" };
    Flaw::new(at, format!("{text:?} is not {}, such as {example:?}", kind.word()))
}
