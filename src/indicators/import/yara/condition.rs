//! A condition as alternatives of facts: tests of certificates, strings, and what is neither.

use std::collections::HashMap;
use std::ops::Range;

use super::certificate_test::{self, Outcome};
use super::dnf::{Dnf, FactId, TooMany};
use super::fact::{Fact, Test};
use super::guard::Guards;
use super::lexer::SyntaxError;
use super::place::{Binding, Scope, Target};
use super::spelling::merge;
use super::syntax::{Expr, ExprKind, For, Of, Operator, Over, Path, Quantifier, Rule, Set, Step, With};
use crate::indicators::role::Roles;

/// A condition that was read.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) dnf: Dnf,
    pub(super) facts: Vec<Fact>,
    pub(super) errors: Vec<SyntaxError>,
}

/// Whether a condition speaks of certificates, as YARA's module for programs shows them.
pub(super) fn names_signatures(condition: &Expr<'_>) -> bool {
    Scope::default().touches(condition)
}

/// Reads the condition of a rule.
pub(super) fn read<'a>(rule: &Rule<'a>, guards: &Guards<'_, 'a>) -> Result<Meaning, TooMany> {
    let mut strings: HashMap<&str, usize> = HashMap::new();
    for (index, string) in rule.strings.iter().enumerate() {
        strings.entry(string.name).or_insert(index);
    }
    let mut reader = Reader {
        rule,
        guards,
        strings,
        structured: names_signatures(&rule.condition),
        scope: Scope::default(),
        facts: Vec::new(),
        errors: Vec::new(),
    };
    let dnf = reader.expression(&rule.condition)?;
    Ok(Meaning { dnf, facts: reader.facts, errors: reader.errors })
}

struct Reader<'r, 'a> {
    rule: &'r Rule<'a>,
    guards: &'r Guards<'r, 'a>,
    strings: HashMap<&'a str, usize>,
    /// Whether signatures are spoken of; strings are context then.
    structured: bool,
    scope: Scope<'a>,
    facts: Vec<Fact>,
    errors: Vec<SyntaxError>,
}

impl<'a> Reader<'_, 'a> {
    fn fact(&mut self, fact: Fact) -> FactId {
        self.facts.push(fact);
        self.facts.len().saturating_sub(1)
    }

    fn context(&mut self, span: &Range<usize>) -> Dnf {
        Dnf::fact(self.fact(Fact::Context(span.clone())))
    }

    /// No deeper than the parser lets expressions be.
    fn expression(&mut self, expr: &Expr<'a>) -> Result<Dnf, TooMany> {
        if self.guards.is_guard(expr) {
            return Ok(Dnf::always());
        }
        match &expr.kind {
            ExprKind::Boolean(true) => return Ok(Dnf::always()),
            ExprKind::Boolean(false) => return Ok(Dnf::never()),
            ExprKind::And(list) => return self.all(list),
            _ => {}
        }
        if self.structured && !self.scope.touches(expr) {
            return Ok(self.context(&expr.span));
        }
        match &expr.kind {
            ExprKind::Or(list) => self.any(list),
            ExprKind::Not(inner) => self.negated(expr, inner),
            ExprKind::Defined(_) if self.structured => Ok(Dnf::always()),
            ExprKind::Compare(left, operator, right) => self.comparison(expr, left, *operator, right),
            ExprKind::For(one) => self.for_loop(expr, one),
            ExprKind::With(with) => self.with(expr, with),
            ExprKind::Of(of) => self.of(expr, of),
            ExprKind::String { name, place } => {
                let Some(index) = self.string(name) else { return Ok(self.context(&expr.span)) };
                let found = Dnf::fact(self.fact(Fact::String(index)));
                if place.is_some() { found.and(self.context(&expr.span)) } else { Ok(found) }
            }
            _ => Ok(self.context(&expr.span)),
        }
    }

    fn all(&mut self, list: &[Expr<'a>]) -> Result<Dnf, TooMany> {
        list.iter().try_fold(Dnf::always(), |all, one| all.and(self.expression(one)?))
    }

    fn any(&mut self, list: &[Expr<'a>]) -> Result<Dnf, TooMany> {
        let any = list.iter().try_fold(Dnf::never(), |any, one| any.or(self.expression(one)?))?;
        Ok(merge(any, &mut self.facts))
    }

    fn negated(&mut self, expr: &Expr<'a>, inner: &Expr<'a>) -> Result<Dnf, TooMany> {
        if let ExprKind::Not(twice) = &inner.kind {
            return self.expression(twice);
        }
        Ok(self.denied(expr))
    }

    /// An expression that is not to hold, or holds where something does not.
    fn denied(&mut self, expr: &Expr<'a>) -> Dnf {
        if self.structured && expr.any_path(&names_identity) {
            return Dnf::fact(self.fact(Fact::Denied(expr.span.clone())));
        }
        self.context(&expr.span)
    }

    fn comparison(
        &mut self,
        expr: &Expr<'a>,
        left: &Expr<'a>,
        operator: Operator,
        right: &Expr<'a>,
    ) -> Result<Dnf, TooMany> {
        if let (ExprKind::Figure { count_of: Some(name), .. }, Some(number)) = (&left.kind, right.as_integer()) {
            return self.count(expr, name, operator, number);
        }
        let sides = match (self.scope.target(left), operator.mirrored()) {
            (Some(target), _) => Some((target, left, operator, right)),
            (None, Some(mirrored)) => self.scope.target(right).map(|target| (target, right, mirrored, left)),
            (None, None) => None,
        };
        let Some((target, path, operator, value)) = sides else { return Ok(self.context(&expr.span)) };
        match certificate_test::read(target, operator, value) {
            Outcome::Test(condition, notes) => {
                let (holder, roles) = match target {
                    Target::Field(list, holder, _) => (holder, list.roles()),
                    Target::SignerField(holder, _) => (holder, Roles::SIGNERS),
                    _ => return Ok(self.context(&expr.span)),
                };
                let found = Dnf::fact(self.fact(Fact::Test(Test { holder, roles, condition, notes })));
                // `pe.signatures[0]` is one of them, and here any.
                if self.scope.has_constant_index(path) { found.and(self.context(&path.span)) } else { Ok(found) }
            }
            Outcome::Denied => Ok(Dnf::fact(self.fact(Fact::Denied(expr.span.clone())))),
            Outcome::Context => Ok(self.context(&expr.span)),
            Outcome::Always => Ok(Dnf::always()),
            Outcome::Malformed(error) => {
                self.errors.push(error);
                Ok(Dnf::fact(self.fact(Fact::Malformed)))
            }
        }
    }

    /// `#a > 0` is `$a`; any other number asks for more.
    fn count(&mut self, expr: &Expr<'a>, name: &str, operator: Operator, number: i64) -> Result<Dnf, TooMany> {
        let name = format!("${}", name.get(1..).unwrap_or_default());
        let least = match operator {
            Operator::Greater => number.saturating_add(1),
            Operator::GreaterOrEqual | Operator::Equal => number,
            Operator::NotEqual if number == 0 => 1,
            _ => return Ok(self.context(&expr.span)),
        };
        let Some(index) = self.string(&name).filter(|_| least >= 1) else { return Ok(self.context(&expr.span)) };
        let found = Dnf::fact(self.fact(Fact::String(index)));
        if least == 1 && operator != Operator::Equal {
            return Ok(found);
        }
        found.and(self.context(&expr.span))
    }

    fn string(&self, name: &str) -> Option<usize> {
        self.strings.get(name).copied()
    }

    fn for_loop(&mut self, expr: &Expr<'a>, one: &For<'a>) -> Result<Dnf, TooMany> {
        let number = match &one.quantifier {
            Quantifier::None => return Ok(self.denied(expr)),
            Quantifier::Any => Some(1),
            Quantifier::Number(number) => number.as_integer(),
            Quantifier::All | Quantifier::Percent(_) => None,
        };
        if number == Some(0) {
            return Ok(self.denied(expr));
        }
        let header = expr.span.start..one.body.span.start;
        let depth = self.scope.depth();
        let exact = match &one.over {
            Over::Strings(set) => return self.for_strings(expr, one, set),
            Over::Range(names, ends) if self.structured => {
                let holder = self.scope.new_holder();
                names.first().into_iter().for_each(|name| self.scope.bind(name, Binding::Index(holder)));
                let [from, to] = ends.as_ref();
                from.as_integer() == Some(0) && self.is_count(to)
            }
            Over::List(names, _) if self.structured => {
                let holder = self.scope.new_holder();
                names.first().into_iter().for_each(|name| self.scope.bind(name, Binding::Index(holder)));
                false
            }
            Over::Each(names, each) => match (self.scope.target(each), names.as_slice()) {
                (Some(Target::List(list)), [name]) => {
                    let holder = self.scope.new_holder();
                    self.scope.bind(name, Binding::Target(Target::One(list, holder)));
                    true
                }
                _ => return Ok(self.context(&expr.span)),
            },
            Over::Range(..) | Over::List(..) => return Ok(self.context(&expr.span)),
        };
        let body = self.expression(&one.body);
        self.scope.leave(depth);
        if exact && number == Some(1) { body } else { body?.and(self.context(&header)) }
    }

    /// Whether an expression is the number of the certificates a loop can count, or one less.
    fn is_count(&self, expr: &Expr<'a>) -> bool {
        let counts = |expr: &Expr<'a>| {
            let Some(path) = expr.as_path() else { return false };
            let last = path.steps.last();
            matches!(last, Some(Step::Field(field)) if field.starts_with("number_of_"))
                || matches!(last, Some(Step::Call(arguments)) if arguments.is_empty())
        };
        match &expr.kind {
            ExprKind::Other(list) => {
                matches!(list.as_slice(), [count, one] if counts(count) && one.as_integer() == Some(1))
            }
            _ => counts(expr),
        }
    }

    /// `for any of ($a*) : ( $ )`.
    fn for_strings(&mut self, expr: &Expr<'a>, one: &For<'a>, set: &Set<'a>) -> Result<Dnf, TooMany> {
        let ExprKind::String { name: "$", place } = &one.body.kind else { return Ok(self.context(&expr.span)) };
        let found = self.some_of(expr, &one.quantifier, set)?;
        if place.is_some() { found.and(self.context(&expr.span)) } else { Ok(found) }
    }

    fn with(&mut self, expr: &Expr<'a>, with: &With<'a>) -> Result<Dnf, TooMany> {
        /// Nobody names more, and each is looked for whenever a name is read.
        const MAX_NAMES: usize = 50;
        if with.names.len() > MAX_NAMES {
            return Ok(self.context(&expr.span));
        }
        let depth = self.scope.depth();
        for (name, value) in &with.names {
            let target = self.scope.target(value).unwrap_or(Target::Unknown);
            self.scope.bind(name, Binding::Target(target));
        }
        let body = self.expression(&with.body);
        self.scope.leave(depth);
        body
    }

    fn of(&mut self, expr: &Expr<'a>, of: &Of<'a>) -> Result<Dnf, TooMany> {
        let found = self.some_of(expr, &of.quantifier, &of.set)?;
        if of.is_placed { found.and(self.context(&expr.span)) } else { Ok(found) }
    }

    /// So many of a set.
    fn some_of(&mut self, expr: &Expr<'a>, quantifier: &Quantifier<'a>, set: &Set<'a>) -> Result<Dnf, TooMany> {
        let operands = match set {
            Set::Expressions(list) => list.iter().map(|one| self.expression(one)).collect::<Result<Vec<_>, _>>()?,
            Set::Them | Set::Strings(_) => {
                let members = self.members(set);
                members.into_iter().map(|index| Dnf::fact(self.fact(Fact::String(index)))).collect()
            }
        };
        let count = operands.len();
        let number = match quantifier {
            Quantifier::All => Some(count),
            Quantifier::Any => Some(1),
            Quantifier::Number(number) => number.as_integer().and_then(|number| usize::try_from(number).ok()),
            Quantifier::Percent(percent) => {
                let percent = percent.as_integer().and_then(|percent| usize::try_from(percent).ok());
                percent.map(|percent| percent.saturating_mul(count).div_ceil(100))
            }
            Quantifier::None => Some(0),
        };
        match number {
            Some(0) => Ok(self.denied(expr)),
            Some(number) => choose(operands, number),
            None => Ok(self.context(&expr.span)),
        }
    }

    fn members(&self, set: &Set<'a>) -> Vec<usize> {
        let Set::Strings(items) = set else { return (0..self.rule.strings.len()).collect() };
        let (prefixes, names): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.is_prefix);
        let mut members: Vec<usize> = names.iter().filter_map(|item| self.string(item.name)).collect();
        let mut prefixes: Vec<&str> = prefixes.iter().map(|item| item.name).collect();
        prefixes.sort_unstable();
        // What begins with a longer prefix begins with the shorter one too.
        prefixes.dedup_by(|longer, shorter| longer.starts_with(&**shorter));
        if !prefixes.is_empty() {
            let mut sorted: Vec<(&str, usize)> = self.rule.strings.iter().map(|string| string.name).zip(0..).collect();
            sorted.sort_unstable();
            for prefix in prefixes {
                let begin = sorted.partition_point(|(name, _)| *name < prefix);
                let named = sorted.iter().skip(begin).take_while(|(name, _)| name.starts_with(prefix));
                members.extend(named.map(|(_, index)| *index));
            }
        }
        members.sort_unstable();
        members.dedup();
        members
    }
}
/// Alternatives of which each takes `number` of the operands.
fn choose(operands: Vec<Dnf>, number: usize) -> Result<Dnf, TooMany> {
    if number > operands.len() {
        return Ok(Dnf::never());
    }
    if number == operands.len() {
        return operands.into_iter().try_fold(Dnf::always(), Dnf::and);
    }
    // `taken[k]` is what it takes to have k of the operands seen so far.
    let mut taken = vec![Dnf::never(); number.saturating_add(1)];
    taken.first_mut().into_iter().for_each(|none| *none = Dnf::always());
    for (seen, operand) in operands.into_iter().enumerate() {
        for k in (1..=number.min(seen.saturating_add(1))).rev() {
            let Some(fewer) = taken.get(k.saturating_sub(1)).cloned() else { continue };
            let more = fewer.and(operand.clone())?;
            if let Some(slot) = taken.get_mut(k) {
                *slot = std::mem::replace(slot, Dnf::never()).or(more)?;
            }
        }
    }
    Ok(taken.pop().unwrap_or_else(Dnf::never))
}

/// Whether a path leads to something that tells one certificate from another.
fn names_identity(path: &Path<'_>) -> bool {
    path.steps
        .iter()
        .any(|step| matches!(step, Step::Field("serial" | "subject" | "issuer" | "thumbprint" | "program_name")))
}

impl std::fmt::Debug for Reader<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("facts", &self.facts.len()).finish_non_exhaustive()
    }
}
