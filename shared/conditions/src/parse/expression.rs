//! The parser: one function for each part of CEL's grammar, with the operators by their binding power.

use super::cursor::Cursor;
use super::names::Names;
use super::operator::{CHOICE, PREFIX, TERNARY, comparison, operation, power};
use super::token::{Word, tokens};
use crate::flaw::Flaw;
use crate::tree::{Constant, Expr, Fold, Folding, Node, Operation};
use std::collections::BTreeSet;

/// Local invariant: no tree is higher and no recursion of the parser is deeper than this. *Why*: A stack must not overflow.
const MAX_HEIGHT: usize = 60;
/// Faults that are told of one text.
const MAX_FLAWS: usize = 20;
const CONSTANTS: [&str; 4] = ["true", "false", "null", "in"];

/// The tree of a condition whose calendars have these names, and every fault of it; without a tree where it cannot be read on.
pub(crate) fn parse(text: &str, calendars: &BTreeSet<&str>) -> (Option<Expr>, Vec<Flaw>) {
    let tokens = match tokens(text) {
        Ok(tokens) => tokens,
        Err(flaw) => return (None, vec![flaw]),
    };
    let mut parser = Parser { cursor: Cursor::new(tokens), depth: 0, names: Names::new(calendars) };
    let tree = parser.expression(0).and_then(|tree| parser.cursor.end().map(|()| tree));
    let mut flaws = parser.names.flaws;
    flaws.truncate(MAX_FLAWS);
    tree.map_err(|flaw| flaws.push(flaw)).map_or_else(|()| (None, flaws.clone()), |tree| (Some(tree), flaws.clone()))
}

struct Parser<'a> {
    cursor: Cursor,
    depth: usize,
    names: Names<'a>,
}

type Parsed = Result<Expr, Flaw>;

impl Parser<'_> {
    /// An expression that began at a byte and ends before the next token.
    fn made(&self, at: usize, node: Node) -> Parsed {
        let height = 1 + node.children().iter().map(|child| child.height).max().unwrap_or_default();
        if height > MAX_HEIGHT {
            return Err(Flaw::new(at, "the condition is nested too deeply"));
        }
        Ok(Expr { at, quote: at..self.cursor.end_before(), height, node })
    }

    /// An expression whose operators bind at least so tightly.
    fn expression(&mut self, least: u8) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_HEIGHT {
            return Err(Flaw::new(self.cursor.at(), "the condition is nested too deeply"));
        }
        let mut left = self.operand()?;
        while let Some(power) = power(self.cursor.sign()).filter(|power| *power >= least) {
            left = self.operator(left, power)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operator(&mut self, left: Expr, power: u8) -> Parsed {
        let at = left.at;
        let sign = self.cursor.sign();
        if let "&&" | "||" = sign {
            return self.chain(left, sign, power);
        }
        self.cursor.take();
        if sign == "?" {
            let yes = self.expression(CHOICE)?;
            self.cursor.need(":")?;
            let no = self.expression(TERNARY)?;
            return self.made(at, Node::If(Box::new([left, yes, no])));
        }
        let two = Box::new([left, self.expression(power + 1)?]);
        let node = match (comparison(sign), operation(sign)) {
            (Some(comparison), _) => Node::Compare(comparison, two),
            (_, operation) => Node::Compute(operation.unwrap_or(Operation::Add), two),
        };
        self.made(at, node)
    }

    /// `a && b && …` in one node, so that a long chain is not a deep one.
    fn chain(&mut self, first: Expr, sign: &str, power: u8) -> Parsed {
        let at = first.at;
        let mut all = vec![first];
        while self.cursor.accept(sign) {
            all.push(self.expression(power + 1)?);
        }
        self.made(at, if sign == "&&" { Node::And(all) } else { Node::Or(all) })
    }

    fn operand(&mut self) -> Parsed {
        let at = self.cursor.at();
        let negative = self.cursor.accept("-");
        if let (true, Word::Whole(_) | Word::Decimal(_)) = (negative, self.cursor.peek()) {
            let number = self.number(at, true)?;
            return self.members(number);
        }
        if negative {
            let of = self.expression(PREFIX)?;
            return self.made(at, Node::Negative(Box::new(of)));
        }
        if self.cursor.accept("!") {
            let of = self.expression(PREFIX)?;
            return self.made(at, Node::Not(Box::new(of)));
        }
        let primary = self.primary()?;
        self.members(primary)
    }

    fn number(&mut self, at: usize, negative: bool) -> Parsed {
        let constant = match self.cursor.take() {
            Word::Whole(n) if negative => 0_i64.checked_sub_unsigned(n).map(Constant::Int),
            Word::Whole(n) => i64::try_from(n).ok().map(Constant::Int),
            Word::Decimal(n) => Some(Constant::Double(if negative { -n } else { n })),
            Word::Unsigned(n) => Some(Constant::Uint(n)),
            _ => None,
        };
        let too_large = "this number is too large for a whole number; with .0 it is a decimal one";
        self.made(at, Node::Constant(constant.ok_or_else(|| Flaw::new(at, too_large))?))
    }

    fn primary(&mut self) -> Parsed {
        let at = self.cursor.at();
        match self.cursor.peek().clone() {
            Word::Whole(_) | Word::Unsigned(_) | Word::Decimal(_) => self.number(at, false),
            Word::Text(text) => self.constant(Constant::Text(text)),
            Word::Bytes(bytes) => self.constant(Constant::Bytes(bytes)),
            Word::Name(name) if name != "in" => self.named(&name),
            Word::Sign("(") => self.group(),
            Word::Sign("[") => self.list(),
            Word::Sign("{") => self.map(),
            _ => Err(self.cursor.unexpected("a value is expected")),
        }
    }

    fn constant(&mut self, constant: Constant) -> Parsed {
        let at = self.cursor.at();
        self.cursor.take();
        self.made(at, Node::Constant(constant))
    }

    /// `(…)`
    fn group(&mut self) -> Parsed {
        let at = self.cursor.at();
        self.cursor.take();
        let inside = self.expression(0)?;
        self.cursor.need(")")?;
        Ok(Expr { at, ..inside })
    }

    fn list(&mut self) -> Parsed {
        let at = self.cursor.at();
        self.cursor.take();
        let items = self.until("]")?;
        self.made(at, Node::List(items))
    }

    fn map(&mut self) -> Parsed {
        let at = self.cursor.at();
        self.cursor.take();
        let mut entries = Vec::new();
        while !self.cursor.accept("}") {
            let key = self.expression(0)?;
            self.cursor.need(":")?;
            entries.push([key, self.expression(0)?]);
            self.comma("}")?;
        }
        self.made(at, Node::Map(entries))
    }

    /// Expressions with commas between, to the closing bracket.
    fn until(&mut self, close: &str) -> Result<Vec<Expr>, Flaw> {
        let mut all = Vec::new();
        while !self.cursor.accept(close) {
            all.push(self.expression(0)?);
            self.comma(close)?;
        }
        Ok(all)
    }

    fn comma(&mut self, close: &str) -> Result<(), Flaw> {
        if self.cursor.sign() == close { Ok(()) } else { self.cursor.need(",") }
    }

    /// A constant, a variable or a function's call.
    fn named(&mut self, name: &str) -> Parsed {
        let at = self.cursor.at();
        self.cursor.take();
        if self.cursor.accept("(") {
            return if name == "has" { self.has(at) } else { self.call(at, name, None) };
        }
        let node = self.names.value(at, name);
        self.made(at, node)
    }

    fn call(&mut self, at: usize, name: &str, on: Option<Expr>) -> Parsed {
        let (start, on_value) = (on.as_ref().map_or(at, |on| on.at), on.is_some());
        let mut args: Vec<Expr> = on.into_iter().collect();
        args.extend(self.until(")")?);
        let node = self.names.call((at, name), on_value, args);
        self.made(start, node)
    }

    fn has(&mut self, at: usize) -> Parsed {
        let of = self.expression(0)?;
        self.cursor.need(")")?;
        match of.node {
            Node::Field(of, name) => self.made(at, Node::Has(of, name)),
            _ => Err(Flaw::new(of.at, "has takes a field, as has(params.country)")),
        }
    }

    /// The fields, items and methods behind a value.
    fn members(&mut self, mut of: Expr) -> Parsed {
        loop {
            if self.cursor.accept(".") {
                of = self.member(of)?;
            } else if self.cursor.accept("[") {
                let (at, key) = (of.at, self.expression(0)?);
                self.cursor.need("]")?;
                of = self.made(at, Node::Index(Box::new([of, key])))?;
            } else {
                return Ok(of);
            }
        }
    }

    fn member(&mut self, of: Expr) -> Parsed {
        let (at, start) = (self.cursor.at(), of.at);
        let name = match self.cursor.peek().clone() {
            Word::Name(name) if !CONSTANTS.contains(&name.as_str()) => name,
            Word::Quoted(name) => name,
            _ => return Err(self.cursor.unexpected("a field's name is expected")),
        };
        let quoted = matches!(self.cursor.take(), Word::Quoted(_));
        if !quoted && self.cursor.accept("(") {
            return match Folding::named(&name) {
                Some(folding) => self.fold(of, folding, &name),
                None => self.call(at, &name, Some(of)),
            };
        }
        let node = self.names.field(at, of, name);
        self.made(start, node)
    }

    /// A macro, behind its opening bracket.
    fn fold(&mut self, range: Expr, fold: Folding, name: &str) -> Parsed {
        let (at, start) = (self.cursor.at(), range.at);
        let variable = match self.cursor.take() {
            Word::Name(variable) if !CONSTANTS.contains(&variable.as_str()) => variable,
            _ => return Err(Flaw::new(at, format!("{name} takes a variable and a test, as {name}(x, x > 1)"))),
        };
        self.cursor.need(",")?;
        self.names.enter(at, variable);
        let mut bodies = self.until(")")?;
        self.names.leave();
        let most = if fold == Folding::Map { 2 } else { 1 };
        if !(1..=most).contains(&bodies.len()) {
            return Err(Flaw::new(at, format!("{name} takes a variable and a test, as {name}(x, x > 1)")));
        }
        let each = if fold == Folding::Map { bodies.pop() } else { None };
        let test = bodies.pop();
        self.made(start, Node::Fold(Box::new(Fold { fold, range, test, each })))
    }
}
