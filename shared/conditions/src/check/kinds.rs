//! The kinds of values that an expression can give, and what can never hold because of them.

use crate::flaw::Flaw;
use crate::function::Function;
use crate::kind::Kind;
use crate::tree::{Comparison, Constant, Expr, Fold, Folding, Node, Operation, Variable};

/// Faults of one text that are told.
const MAX_FLAWS: usize = 20;

/// What is wrong with a condition's tree.
pub(crate) fn check(tree: &Expr) -> Vec<Flaw> {
    let mut check = Check { flaws: Vec::new() };
    check.boolean(tree, "a condition");
    check.flaws.truncate(MAX_FLAWS);
    check.flaws
}

/// The kind of an expression; none if only the facts tell it.
type Known = Option<Kind>;

struct Check {
    flaws: Vec<Flaw>,
}

impl Check {
    fn fault(&mut self, expr: &Expr, problem: String) {
        self.flaws.push(Flaw::new(expr.at, problem));
    }

    /// Checks an expression that must be true or false.
    fn boolean(&mut self, expr: &Expr, whose: &str) {
        let known = self.kind(expr);
        if let Some(kind) = known.filter(|kind| *kind != Kind::Bool) {
            self.fault(expr, format!("{whose} must be true or false, but this is {}", kind.word()));
        }
        if known.is_none() && matches!(expr.node, Node::Compute(..) | Node::Negative(_)) {
            self.fault(expr, format!("{whose} must be true or false, but this is computed"));
        }
    }

    fn kind(&mut self, expr: &Expr) -> Known {
        match &expr.node {
            Node::Constant(constant) => Some(constant.kind()),
            Node::Variable(variable) => Some(variable.kind()),
            Node::Local(_) | Node::Unknown => None,
            Node::Field(of, _) => self.field(expr, of),
            Node::Has(of, _) => self.has(expr, of),
            Node::Index(two) => self.index(two),
            Node::List(items) => self.all(items, Kind::List),
            Node::Map(entries) => self.map(entries),
            Node::Not(of) => self.operand(of, "what ! turns round"),
            Node::Negative(of) => self.negative(of),
            Node::And(all) => self.operands(all, "each side of &&"),
            Node::Or(all) => self.operands(all, "each side of ||"),
            Node::Compare(comparison, two) => self.compare(expr, *comparison, two),
            Node::Compute(operation, two) => self.compute(expr, *operation, two),
            Node::If(three) => self.choice(three),
            Node::Call(function, args, _) => self.call(*function, args),
            Node::Fold(fold) => self.fold(fold),
        }
    }

    fn all(&mut self, items: &[Expr], kind: Kind) -> Known {
        items.iter().for_each(|item| _ = self.kind(item));
        Some(kind)
    }

    /// A field; those of `requester` and `origin` are texts.
    fn field(&mut self, expr: &Expr, of: &Expr) -> Known {
        if let Some(kind) = self.kind(of).filter(|kind| *kind != Kind::Map) {
            self.fault(expr, format!("{} has no fields", kind.word()));
        }
        matches!(of.node, Node::Variable(Variable::Requester | Variable::Origin)).then_some(Kind::Text)
    }

    fn has(&mut self, expr: &Expr, of: &Expr) -> Known {
        self.field(expr, of);
        Some(Kind::Bool)
    }

    fn index(&mut self, two: &[Expr; 2]) -> Known {
        let [of, key] = two;
        let (whole, by) = (self.kind(of), self.kind(key));
        match (whole, by) {
            (Some(Kind::List), Some(by)) if !by.is_number() => {
                self.fault(key, format!("an item of a list is found by a number, not by {}", by.word()));
            }
            (Some(Kind::List | Kind::Map) | None, _) => {}
            (Some(kind), _) => self.fault(of, format!("{} has no items", kind.word())),
        }
        None
    }

    fn map(&mut self, entries: &[[Expr; 2]]) -> Known {
        for [key, value] in entries {
            let kind = self.kind(key);
            if let Some(kind) = kind.filter(|kind| !kind.is_number() && !matches!(kind, Kind::Text | Kind::Bool)) {
                self.fault(key, format!("a key cannot be {}", kind.word()));
            }
            self.kind(value);
        }
        Some(Kind::Map)
    }

    fn operand(&mut self, of: &Expr, whose: &str) -> Known {
        self.boolean(of, whose);
        Some(Kind::Bool)
    }

    fn operands(&mut self, all: &[Expr], whose: &str) -> Known {
        all.iter().for_each(|one| self.boolean(one, whose));
        Some(Kind::Bool)
    }

    fn negative(&mut self, of: &Expr) -> Known {
        let kind = self.kind(of);
        if let Some(wrong) = kind.filter(|kind| !matches!(kind, Kind::Int | Kind::Double)) {
            let what = if wrong == Kind::Uint { "an unsigned number" } else { wrong.word() };
            self.fault(of, format!("{what} has no negative"));
            return None;
        }
        kind
    }

    fn compare(&mut self, expr: &Expr, comparison: Comparison, two: &[Expr; 2]) -> Known {
        let [left, right] = two;
        let kinds = (self.kind(left), self.kind(right));
        match (comparison, kinds) {
            (Comparison::In, (left, container)) => self.within(left, container, right),
            (Comparison::Equal | Comparison::NotEqual, (Some(a), Some(b))) if !a.may_equal(b) => {
                self.fault(expr, format!("{} never equals {}", a.word(), b.word()));
            }
            (Comparison::Equal | Comparison::NotEqual, _) => {}
            (_, (Some(a), Some(b))) if !a.may_equal(b) => {
                self.fault(expr, format!("{} cannot be compared with {}", a.word(), b.word()));
            }
            (_, (a, b)) => {
                if let Some(kind) = a.or(b).filter(|kind| !kind.has_order()) {
                    self.fault(expr, format!("{} is neither less nor greater than another", kind.word()));
                }
            }
        }
        Some(Kind::Bool)
    }

    /// `item in container`.
    fn within(&mut self, item: Known, container: Known, right: &Expr) {
        if let Some(kind) = container.filter(|kind| !matches!(kind, Kind::List | Kind::Map)) {
            self.fault(right, format!("in is followed by a list or an object, but this is {}", kind.word()));
        }
        let Node::List(items) = &right.node else { return };
        let Some(item) = item else { return };
        let kinds: Vec<Known> = items.iter().map(literal).collect();
        let never = |kind: &Known| kind.is_some_and(|kind| !kind.may_equal(item));
        if !items.is_empty() && kinds.iter().all(never) {
            self.fault(right, format!("{} is never in this list", item.word()));
        }
    }

    fn compute(&mut self, expr: &Expr, operation: Operation, two: &[Expr; 2]) -> Known {
        let [left, right] = two;
        let (Some(a), Some(b)) = (self.kind(left), self.kind(right)) else { return None };
        let kind = computed(operation, a, b);
        if kind.is_none() {
            self.fault(expr, format!("{} and {} cannot be computed with this sign", a.word(), b.word()));
        }
        kind
    }

    fn choice(&mut self, three: &[Expr; 3]) -> Known {
        let [test, yes, no] = three;
        self.boolean(test, "what is before ?");
        let (yes, no) = (self.kind(yes), self.kind(no));
        yes.filter(|_| yes == no)
    }

    fn call(&mut self, function: Function, args: &[Expr]) -> Known {
        for (position, arg) in args.iter().enumerate() {
            let takes = function.takes(position);
            let kind = self.kind(arg);
            if let Some(kind) = kind.filter(|kind| !takes.is_empty() && !takes.contains(kind)) {
                self.fault(arg, format!("{} does not take {}", function.name(), kind.word()));
            }
        }
        function.gives()
    }

    fn fold(&mut self, fold: &Fold) -> Known {
        let range = self.kind(&fold.range);
        if let Some(kind) = range.filter(|kind| !matches!(kind, Kind::List | Kind::Map)) {
            self.fault(&fold.range, format!("a macro goes over a list or an object, but this is {}", kind.word()));
        }
        fold.test.iter().for_each(|test| self.boolean(test, "a macro's test"));
        fold.each.iter().for_each(|each| _ = self.kind(each));
        Some(if matches!(fold.fold, Folding::Map | Folding::Filter) { Kind::List } else { Kind::Bool })
    }
}

/// The kind of a literal.
fn literal(expr: &Expr) -> Known {
    match &expr.node {
        Node::Constant(Constant::Null) => None,
        Node::Constant(constant) => Some(constant.kind()),
        Node::List(_) => Some(Kind::List),
        Node::Map(_) => Some(Kind::Map),
        _ => None,
    }
}

/// The kind of a result, if there is one.
fn computed(operation: Operation, a: Kind, b: Kind) -> Known {
    use Kind::{Bytes, Double, Int, List, Span, Text, Time, Uint};
    let adds = operation == Operation::Add;
    let adds_or_subtracts = adds || operation == Operation::Subtract;
    match (a, b) {
        (Int, Int) | (Uint, Uint) => Some(a),
        (Double, Double | Int | Uint) | (Int | Uint, Double) => (operation != Operation::Remainder).then_some(Double),
        (Text, Text) | (Bytes, Bytes) | (List, List) => adds.then_some(a),
        (Time, Span) => adds_or_subtracts.then_some(Time),
        (Span, Time) => adds.then_some(Time),
        (Time, Time) => (operation == Operation::Subtract).then_some(Span),
        (Span, Span) => adds_or_subtracts.then_some(Span),
        _ => None,
    }
}
