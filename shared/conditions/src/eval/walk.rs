//! Visits the tree. Each expression costs one step; work that grows with its input costs more.

use super::budget::{ALLOCATION, Budget, ZONE};
use super::doubt::Fail;
use super::value::{Dict, List, Value};
use super::{access, compare, compute, convert, part, text};
use crate::facts::Facts;
use crate::function::{Function, Part};
use crate::kind::Kind;
use crate::tree::{Comparison, Expr, Fold, Folding, Node, Prepared, Variable};
use crate::zone;
use jiff::tz::TimeZone;

/// Whether a condition is true of the facts.
pub(crate) fn holds(tree: &Expr, facts: &Facts<'_>, budget: &mut Budget) -> Result<bool, Fail> {
    Walk { facts, budget, locals: Vec::new() }.boolean(tree)
}

struct Walk<'a> {
    facts: &'a Facts<'a>,
    budget: &'a mut Budget,
    /// The values of the macros' variables, the outermost first.
    locals: Vec<Value<'a>>,
}

type Found<'a> = Result<Value<'a>, Fail>;

impl<'a> Walk<'a> {
    /// The value of an expression; a doubt is about the innermost expression that has it.
    fn value(&mut self, expr: &'a Expr) -> Found<'a> {
        self.budget.spend(1)?;
        self.node(expr).map_err(|fail| fail.of(&expr.quote))
    }

    fn boolean(&mut self, expr: &'a Expr) -> Result<bool, Fail> {
        self.value(expr)?.boolean().map_err(|fail| fail.of(&expr.quote))
    }

    fn node(&mut self, expr: &'a Expr) -> Found<'a> {
        match &expr.node {
            Node::Constant(constant) => Ok(Value::constant(constant)),
            Node::Variable(variable) => Ok(self.variable(*variable)),
            Node::Local(place) => self.locals.get(*place).cloned().ok_or_else(unknown),
            Node::Unknown => Err(unknown()),
            Node::Field(of, name) => self.field(of, name)?.ok_or_else(|| Fail::doubt("{} is not there")),
            Node::Has(of, name) => self.field(of, name).map(|field| Value::Bool(field.is_some())),
            Node::Index(two) => self.index(two),
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Not(of) => self.boolean(of).map(|b| Value::Bool(!b)),
            Node::Negative(of) => compute::negative(&self.value(of)?),
            Node::And(all) => self.chain(all, false),
            Node::Or(all) => self.chain(all, true),
            Node::Compare(comparison, two) => self.compare(*comparison, two),
            Node::Compute(operation, two) => {
                let [left, right] = self.both(two)?;
                compute::compute(*operation, &left, &right, self.budget)
            }
            Node::If(three) => self.choice(three),
            Node::Call(function, args, prepared) => self.call(*function, args, prepared.as_ref()),
            Node::Fold(fold) => self.fold(fold),
        }
    }

    fn variable(&self, variable: Variable) -> Value<'a> {
        let Facts { requester, origin, .. } = self.facts;
        match variable {
            Variable::Action => Value::lent(self.facts.action),
            Variable::Params => Value::Map(Dict::Lent(self.facts.params)),
            Variable::Agent => Value::lent(self.facts.agent),
            Variable::Workspace => Value::lent(self.facts.workspace),
            Variable::Justification => Value::lent(self.facts.justification),
            Variable::Now => Value::Time(self.facts.now),
            Variable::Requester => Value::record(&[
                ("id", Some(requester.id)),
                ("source", Some(requester.source)),
                ("display", requester.display),
            ]),
            Variable::Origin => Value::record(&[
                ("repo", Some(origin.repo)),
                ("branch", origin.branch),
                ("pr", origin.pr),
                ("run_id", origin.run_id),
            ]),
        }
    }

    fn field(&mut self, of: &'a Expr, name: &'a str) -> Result<Option<Value<'a>>, Fail> {
        let of = self.value(of)?;
        access::field(&of, name, self.budget)
    }

    fn both(&mut self, two: &'a [Expr; 2]) -> Result<[Value<'a>; 2], Fail> {
        let [left, right] = two;
        Ok([self.value(left)?, self.value(right)?])
    }

    fn index(&mut self, two: &'a [Expr; 2]) -> Found<'a> {
        let [of, key] = self.both(two)?;
        access::item(&of, &key, self.budget)
    }

    fn list(&mut self, items: &'a [Expr]) -> Found<'a> {
        let made: Result<Vec<_>, _> = items.iter().map(|item| self.value(item)).collect();
        Ok(Value::List(List::Made(made?.into())))
    }

    fn map(&mut self, entries: &'a [[Expr; 2]]) -> Found<'a> {
        let mut made: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let [key, value] = self.both(entry)?;
            if !matches!(key.kind(), Kind::Int | Kind::Uint | Kind::Bool | Kind::Text) {
                return Err(Fail::doubt(format!("{{}} has {} as a key", key.kind().word())));
            }
            if compare::among(&made, &key, self.budget)?.is_some() {
                return Err(Fail::doubt("{} has a key twice"));
            }
            made.push((key, value));
        }
        Ok(Value::Map(Dict::Made(made.into())))
    }

    /// `&&` and `||`: one side that decides is enough, even if another side is in doubt.
    fn chain(&mut self, all: &'a [Expr], deciding: bool) -> Found<'a> {
        let mut doubt = None;
        for one in all {
            if self.decides(one, deciding, &mut doubt)? {
                return Ok(Value::Bool(deciding));
            }
        }
        doubt.map_or(Ok(Value::Bool(!deciding)), Err)
    }

    /// Whether an expression has the value that decides. The first doubt is remembered.
    fn decides(&mut self, one: &'a Expr, deciding: bool, doubt: &mut Option<Fail>) -> Result<bool, Fail> {
        match self.boolean(one) {
            Ok(found) => Ok(found == deciding),
            Err(Fail::Spent) => Err(Fail::Spent),
            Err(fail) => {
                doubt.get_or_insert(fail);
                self.budget.spend(ALLOCATION)?;
                Ok(false)
            }
        }
    }

    fn compare(&mut self, comparison: Comparison, two: &'a [Expr; 2]) -> Found<'a> {
        let [left, right] = self.both(two)?;
        let budget = &mut *self.budget;
        Ok(Value::Bool(match comparison {
            Comparison::Equal => compare::equal(&left, &right, budget)?,
            Comparison::NotEqual => !compare::equal(&left, &right, budget)?,
            Comparison::In => compare::within(&left, &right, budget)?,
            Comparison::Less => compare::order(&left, &right, budget)?.is_lt(),
            Comparison::LessOrEqual => compare::order(&left, &right, budget)?.is_le(),
            Comparison::Greater => compare::order(&left, &right, budget)?.is_gt(),
            Comparison::GreaterOrEqual => compare::order(&left, &right, budget)?.is_ge(),
        }))
    }

    fn choice(&mut self, three: &'a [Expr; 3]) -> Found<'a> {
        let [test, yes, no] = three;
        if self.boolean(test)? { self.value(yes) } else { self.value(no) }
    }

    fn call(&mut self, function: Function, args: &'a [Expr], prepared: Option<&'a Prepared>) -> Found<'a> {
        let first = args.first().ok_or_else(unknown)?;
        let value = self.value(first)?;
        match function {
            Function::Size => access::size(&value, self.budget),
            Function::During => self.during(&value),
            Function::To(kind) => convert::convert(kind, &value, self.budget),
            Function::Dyn => Ok(value),
            Function::Type => Ok(Value::Kind(value.kind())),
            Function::Part(part) => self.part(part, &value, args.get(1), prepared),
            _ => {
                let other = self.value(args.get(1).ok_or_else(unknown)?)?;
                text::test(function, (&value, &other), prepared, self.budget).map(Value::Bool)
            }
        }
    }

    fn during(&mut self, name: &Value<'a>) -> Found<'a> {
        self.budget.spend(ALLOCATION)?;
        let calendar = self.facts.calendars.get(text::text(name)?);
        let covers = calendar.map(|calendar| calendar.covers(self.facts.now));
        covers.map(Value::Bool).ok_or_else(|| Fail::doubt("the calendar of {} is not there"))
    }

    fn part(&mut self, part: Part, of: &Value<'a>, zone: Option<&'a Expr>, ready: Option<&'a Prepared>) -> Found<'a> {
        self.budget.spend(ALLOCATION)?;
        match (of, zone) {
            (Value::Time(time), zone) => Ok(part::of_time(part, *time, self.zone(zone, ready)?)),
            (Value::Span(span), None) => part::of_span(part, *span),
            (other, _) => Err(Fail::doubt(format!("{{}} is asked of {}", other.kind().word()))),
        }
    }

    fn zone(&mut self, zone: Option<&'a Expr>, ready: Option<&'a Prepared>) -> Result<TimeZone, Fail> {
        match (zone, ready) {
            (None, _) => Ok(TimeZone::UTC),
            (_, Some(Prepared::Zone(zone))) => Ok(zone.clone()),
            (Some(expr), _) => {
                let name = self.value(expr)?;
                self.budget.spend(ZONE)?;
                let zone = zone::named_or_fixed(text::text(&name)?);
                zone.ok_or_else(|| Fail::doubt("the time zone of {} is not known"))
            }
        }
    }

    fn fold(&mut self, fold: &'a Fold) -> Found<'a> {
        let items = match self.value(&fold.range)? {
            Value::List(list) => list,
            Value::Map(dict) => {
                self.budget.spend(dict.len())?;
                dict.keys()
            }
            other => {
                let fail = Fail::kind(other.kind(), "a list or an object");
                return Err(fail.of(&fold.range.quote));
            }
        };
        match fold.fold {
            Folding::All => self.any(fold, &items, false),
            Folding::Exists => self.any(fold, &items, true),
            Folding::ExistsOne => self.one(fold, &items),
            Folding::Map | Folding::Filter => self.chosen(fold, &items),
        }
    }

    /// Computes with an item as the macro's variable.
    fn with<T>(&mut self, item: Value<'a>, ask: impl FnOnce(&mut Self) -> Result<T, Fail>) -> Result<T, Fail> {
        self.locals.push(item);
        let answer = ask(self);
        self.locals.pop();
        answer
    }

    /// `all` and `exists`: as `&&` and `||` of the items.
    fn any(&mut self, fold: &'a Fold, items: &List<'a>, deciding: bool) -> Found<'a> {
        let test = fold.test.as_ref().ok_or_else(unknown)?;
        let mut doubt = None;
        for item in (0..items.len()).filter_map(|at| items.get(at)) {
            if self.with(item, |walk| walk.decides(test, deciding, &mut doubt))? {
                return Ok(Value::Bool(deciding));
            }
        }
        doubt.map_or(Ok(Value::Bool(!deciding)), Err)
    }

    fn one(&mut self, fold: &'a Fold, items: &List<'a>) -> Found<'a> {
        let test = fold.test.as_ref().ok_or_else(unknown)?;
        let mut count = 0;
        for item in (0..items.len()).filter_map(|at| items.get(at)) {
            count += usize::from(self.with(item, |walk| walk.boolean(test))?);
        }
        Ok(Value::Bool(count == 1))
    }

    /// `map` and `filter`: the items that pass, and what is made of each.
    fn chosen(&mut self, fold: &'a Fold, items: &List<'a>) -> Found<'a> {
        let mut chosen = Vec::new();
        for item in (0..items.len()).filter_map(|at| items.get(at)) {
            let made = self.with(item.clone(), |walk| {
                let passes = fold.test.as_ref().map_or(Ok(true), |test| walk.boolean(test))?;
                let each = fold.each.as_ref().filter(|_| passes).map(|each| walk.value(each)).transpose()?;
                Ok(if passes { Some(each.unwrap_or(item)) } else { None })
            })?;
            chosen.extend(made);
        }
        self.budget.spend(chosen.len())?;
        Ok(Value::List(List::Made(chosen.into())))
    }
}

/// For a tree that the parser never makes.
fn unknown() -> Fail {
    Fail::doubt("{} is not known")
}
