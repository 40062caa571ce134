//! STIX patterns to alternatives of conditions on one certificate.

use super::test::{Meaning, Test, meaning};
use super::token::{Kind, Token, Unread, tokens, unread};
use crate::indicators::cause::Cause;
use crate::indicators::indicator::{Condition, Note};

/// A pattern, read.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) alternatives: Vec<Vec<Condition>>,
    pub(super) notes: Vec<Note>,
}

/// Reads a pattern into alternatives. Nested brackets are lists here, not recursion.
pub(super) fn read_pattern(pattern: &str) -> Result<Pattern, Unread> {
    let tokens = tokens(pattern)?;
    let mut machine = Machine::default();
    let mut rest = tokens.as_slice();
    while let [token, after @ ..] = rest {
        rest = after;
        match &token.kind {
            Kind::Mark('[') => machine.open(Operator::Object, token.at)?,
            Kind::Mark('(') => machine.open(Operator::Group, token.at)?,
            Kind::Mark(']') => machine.close(Operator::Object, token.at)?,
            Kind::Mark(')') => machine.close(Operator::Group, token.at)?,
            Kind::Word(word) => match word.as_str() {
                "AND" => machine.operator(machine.and(), token.at)?,
                "OR" => machine.operator(Operator::Or, token.at)?,
                "FOLLOWEDBY" => machine.operator(Operator::Both, token.at)?,
                "EXISTS" => rest = machine.exists(token, rest)?,
                "WITHIN" | "REPEATS" | "START" => rest = machine.qualifier(token, rest)?,
                other => return Err(unread(token.at, &format!("{other} does not belong here"))),
            },
            Kind::Path(object, steps) => rest = machine.test(token, object, steps, rest)?,
            _ => return Err(unread(token.at, "a comparison or an operator belongs here")),
        }
    }
    machine.finish()
}

/// What waits for its second operand, or for its closing bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// `(`
    Group,
    /// `[`: from here to `]` all is about one object.
    Object,
    Or,
    /// `AND` between comparisons of one object.
    And,
    /// `AND` or `FOLLOWEDBY` between observations: of two objects.
    Both,
}

/// An alternative in the making.
#[derive(Debug, Clone, Default)]
struct Alternative {
    conditions: Vec<Condition>,
    notes: Vec<Note>,
    /// What of it cannot be matched, in a sentence, and for all of it.
    refusal: Option<String>,
}

/// Alternatives of an operand.
type Operand = Vec<Alternative>;

/// Operators and operands by precedence.
#[derive(Debug, Default)]
struct Machine {
    operators: Vec<Operator>,
    operands: Vec<Operand>,
    /// Whether an operator or the end belongs next, and not an operand.
    has_operand: bool,
}

impl Machine {
    /// What `AND` is here.
    fn and(&self) -> Operator {
        if self.operators.contains(&Operator::Object) { Operator::And } else { Operator::Both }
    }

    fn open(&mut self, bracket: Operator, at: usize) -> Result<(), Unread> {
        /// Levels of brackets: more than any pattern has.
        const MAX_DEPTH: usize = 64;
        if self.has_operand {
            return Err(unread(at, "an operator belongs here"));
        }
        if bracket == Operator::Object && self.operators.contains(&Operator::Object) {
            return Err(unread(at, "an observation within an observation"));
        }
        if self.operators.len() >= MAX_DEPTH {
            return Err(unread(at, "brackets nested too deep"));
        }
        self.operators.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: Operator, at: usize) -> Result<(), Unread> {
        if !self.has_operand {
            return Err(unread(at, "a comparison belongs here"));
        }
        loop {
            match self.operators.pop() {
                Some(open) if open == bracket => return Ok(()),
                Some(Operator::Group | Operator::Object) | None => {
                    return Err(unread(at, "a bracket that was not opened"));
                }
                Some(operator) => self.apply(operator, at)?,
            }
        }
    }

    fn operator(&mut self, operator: Operator, at: usize) -> Result<(), Unread> {
        if !self.has_operand {
            return Err(unread(at, "a comparison belongs here"));
        }
        // AND binds tighter than OR, and left to right.
        while let Some(&waiting) = self.operators.last() {
            let is_bracket = matches!(waiting, Operator::Group | Operator::Object);
            if is_bracket || (waiting == Operator::Or && operator != Operator::Or) {
                break;
            }
            self.operators.pop();
            self.apply(waiting, at)?;
        }
        self.operators.push(operator);
        self.has_operand = false;
        Ok(())
    }

    fn operand(&mut self, operand: Operand, at: usize) -> Result<(), Unread> {
        if self.has_operand {
            return Err(unread(at, "an operator belongs here"));
        }
        if !self.operators.contains(&Operator::Object) {
            return Err(unread(at, "a comparison outside of square brackets"));
        }
        self.operands.push(operand);
        self.has_operand = true;
        Ok(())
    }

    fn apply(&mut self, operator: Operator, at: usize) -> Result<(), Unread> {
        let (Some(right), Some(mut left)) = (self.operands.pop(), self.operands.pop()) else {
            return Err(unread(at, "a comparison is missing"));
        };
        let operand = match (operator, right.as_slice()) {
            (Operator::Or, _) => {
                left.extend(right);
                check(left.len(), 0)?;
                left
            }
            (_, [only]) => {
                // The sizes are only looked at where they multiply: one alternative after the other may grow long.
                if left.len() > 1 {
                    check(left.len(), said(&left).saturating_add(left.len().saturating_mul(only.said())))?;
                }
                left.iter_mut().for_each(|one| one.join(only, operator));
                left
            }
            _ => {
                let grown = said(&left).saturating_mul(right.len());
                let grown = grown.saturating_add(said(&right).saturating_mul(left.len()));
                check(left.len().saturating_mul(right.len()), grown)?;
                left.iter().flat_map(|one| right.iter().map(|other| one.and(other, operator))).collect()
            }
        };
        self.operands.push(operand);
        Ok(())
    }

    /// Reads what follows a path: perhaps NOT, an operator, and one constant or several.
    fn test<'t>(
        &mut self,
        path: &Token,
        object: &str,
        steps: &[String],
        rest: &'t [Token],
    ) -> Result<&'t [Token], Unread> {
        let (is_negated, rest) = match rest {
            [Token { kind: Kind::Word(word), .. }, after @ ..] if word == "NOT" => (true, after),
            _ => (false, rest),
        };
        let [operator, after @ ..] = rest else { return Err(unread(path.at, "a path without a comparison")) };
        let operator = match &operator.kind {
            Kind::Sign(sign) => *sign,
            Kind::Word(word) => match word.as_str() {
                "IN" => "IN",
                "LIKE" => "LIKE",
                "MATCHES" => "MATCHES",
                "ISSUBSET" | "ISSUPERSET" => "ISSUBSET",
                _ => return Err(unread(operator.at, "no operator of comparison")),
            },
            _ => return Err(unread(operator.at, "no operator of comparison")),
        };
        let (values, rest) = constants(after, path.at)?;
        let test = Test { object, steps, is_negated, operator, values: &values };
        self.operand(operand_of(meaning(&test).map_err(|problem| unread(path.at, &problem))?), path.at)?;
        Ok(rest)
    }

    /// `EXISTS path`.
    fn exists<'t>(&mut self, token: &Token, rest: &'t [Token]) -> Result<&'t [Token], Unread> {
        let [Token { kind: Kind::Path(..), .. }, rest @ ..] = rest else {
            return Err(unread(token.at, "EXISTS without a path"));
        };
        self.operand(operand_of(Meaning::Lost("EXISTS".to_owned())), token.at)?;
        Ok(rest)
    }

    /// A qualifier of an observation says when and how often, which no certificate knows.
    fn qualifier<'t>(&mut self, token: &Token, rest: &'t [Token]) -> Result<&'t [Token], Unread> {
        let length = match &token.kind {
            Kind::Word(word) if word == "START" => 3,
            _ => 2,
        };
        let (words, rest) =
            rest.split_at_checked(length).ok_or_else(|| unread(token.at, "a qualifier without its value"))?;
        let is_qualifier = words.iter().all(|word| matches!(word.kind, Kind::Constant(_) | Kind::Word(_)));
        let Some(observed) = self.operands.last_mut().filter(|_| self.has_operand && is_qualifier) else {
            return Err(unread(token.at, "a qualifier without its observation"));
        };
        for alternative in observed {
            alternative.notes.push(Note::new(Cause::ContextLost, "how often and when it was observed"));
        }
        Ok(rest)
    }

    fn finish(mut self) -> Result<Pattern, Unread> {
        let end = "the pattern ends before it is whole";
        if !self.has_operand {
            return Err(Unread::Malformed(end.to_owned()));
        }
        while let Some(operator) = self.operators.pop() {
            if matches!(operator, Operator::Group | Operator::Object) {
                return Err(Unread::Malformed(end.to_owned()));
            }
            self.apply(operator, 0)?;
        }
        let operand = self.operands.pop().unwrap_or_default();
        let (mut alternatives, mut notes, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for alternative in operand {
            let without = alternative.conditions.is_empty();
            match alternative.refusal.or_else(|| without.then(|| lost(&alternative.notes))) {
                Some(reason) => refusals.push(reason),
                None => {
                    notes.extend(alternative.notes);
                    alternatives.push(alternative.conditions);
                }
            }
        }
        if alternatives.is_empty() {
            return Err(Unread::NotMatched(refusals.into_iter().next().unwrap_or_default()));
        }
        notes.extend(refusals.into_iter().map(|reason| Note::new(Cause::BranchLost, reason)));
        Ok(Pattern { alternatives, notes })
    }
}

/// Why nothing is left of an alternative.
fn lost(notes: &[Note]) -> String {
    let details: Vec<&str> = notes.iter().map(|note| note.detail.as_ref()).collect();
    format!("nothing that names a certificate: {}", details.join(", "))
}

/// One constant, or several in brackets.
fn constants(rest: &[Token], at: usize) -> Result<(Vec<String>, &[Token]), Unread> {
    let constant = |token: &Token| match &token.kind {
        Kind::Constant(text) => Some(text.clone()),
        Kind::Word(word) if word == "true" || word == "false" => Some(word.clone()),
        _ => None,
    };
    let missing = || unread(at, "a comparison without a value");
    let [first, after @ ..] = rest else { return Err(missing()) };
    if first.kind != Kind::Mark('(') {
        return Ok((vec![constant(first).ok_or_else(missing)?], after));
    }
    let mut values = Vec::new();
    let mut rest = after;
    loop {
        let [value, end, after @ ..] = rest else { return Err(missing()) };
        values.push(constant(value).ok_or_else(missing)?);
        rest = after;
        match end.kind {
            Kind::Mark(',') => {}
            Kind::Mark(')') => return Ok((values, rest)),
            _ => return Err(unread(end.at, "a comma or a closing bracket belongs here")),
        }
    }
}

fn operand_of(meaning: Meaning) -> Operand {
    match meaning {
        Meaning::Conditions(alternatives) => alternatives
            .into_iter()
            .map(|(conditions, notes)| Alternative { conditions, notes, refusal: None })
            .collect(),
        Meaning::Lost(what) => {
            vec![Alternative { notes: vec![Note::new(Cause::ContextLost, what)], ..Alternative::default() }]
        }
        Meaning::Refused(why) => vec![Alternative { refusal: Some(why), ..Alternative::default() }],
    }
}

/// That a pattern does not grow beyond what anybody writes.
fn check(alternatives: usize, said: usize) -> Result<(), Unread> {
    /// Alternatives of a whole pattern: ten times those of the longest list published in one rule.
    const MAX_ALTERNATIVES: usize = 10_000;
    /// Conditions and notes in all of them.
    const MAX_SAID: usize = 100_000;
    if alternatives > MAX_ALTERNATIVES {
        Err(Unread::NotMatched(format!("more than {MAX_ALTERNATIVES} alternatives")))
    } else if said > MAX_SAID {
        Err(Unread::NotMatched(format!("more than {MAX_SAID} comparisons in all alternatives")))
    } else {
        Ok(())
    }
}

/// How much is said in all alternatives.
fn said(operand: &Operand) -> usize {
    operand.iter().map(Alternative::said).fold(0, usize::saturating_add)
}

impl Alternative {
    /// Conditions and notes.
    const fn said(&self) -> usize {
        self.conditions.len().saturating_add(self.notes.len())
    }

    fn and(&self, other: &Self, operator: Operator) -> Self {
        let mut both = self.clone();
        both.join(other, operator);
        both
    }

    fn join(&mut self, other: &Self, operator: Operator) {
        let are_two = operator == Operator::Both && !self.conditions.is_empty() && !other.conditions.is_empty();
        self.conditions.extend(other.conditions.iter().cloned());
        self.notes.extend(other.notes.iter().cloned());
        if are_two {
            self.refusal = Some("two certificates at once, and here one is looked at at a time".to_owned());
        } else if self.refusal.is_none() {
            self.refusal.clone_from(&other.refusal);
        }
    }
}

#[cfg(test)]
mod tests;
