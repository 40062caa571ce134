//! Whether an expression is true of an event, and by which value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::Witness;
use super::expression::{Expression, Number, Order, Test, Wanted};
use crate::event::fields::Fields;

impl Expression {
    pub(super) fn holds(&self, event: &impl Fields) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|(part, _)| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|(part, _)| part.holds(event)),
            Self::Not(inner) => !inner.holds(event),
            Self::Test(test) => test.holds(event),
            Self::Constant(is_true) => *is_true,
        }
    }

    /// The first value by which an expression is true that is: of a part that must hold, or that does.
    pub(super) fn witness(&self, event: &impl Fields) -> Witness {
        let nothing = Witness { field: None, value: None };
        match self {
            Self::All(parts) => {
                let witnesses = parts.iter().map(|(part, _)| part.witness(event));
                let mut first = nothing;
                for witness in witnesses {
                    if witness.value.is_some() {
                        return witness;
                    }
                    if first.field.is_none() {
                        first = witness;
                    }
                }
                first
            }
            Self::Any(parts) => {
                parts.iter().find(|(part, _)| part.holds(event)).map_or(nothing, |(part, _)| part.witness(event))
            }
            Self::Not(inner) => match &**inner {
                Self::Test(test) => Witness { field: Some(test.path.clone()), value: None },
                _ => nothing,
            },
            Self::Test(test) => Witness { field: Some(test.path.clone()), value: test.value(event) },
            Self::Constant(_) => nothing,
        }
    }
}

impl Test {
    fn holds(&self, event: &impl Fields) -> bool {
        let is_there = self.visit(event, |_| ());
        let is_so = match &self.wanted {
            Wanted::Nothing => !is_there,
            Wanted::Equal { or_nothing: true, .. } => is_there || !self.has_value(event),
            _ => is_there,
        };
        is_so != self.is_negated
    }

    fn value(&self, event: &impl Fields) -> Option<String> {
        let mut found = None;
        if self.is_negated {
            return None;
        }
        self.visit(event, |value| found = Some(value.into_owned()));
        found
    }

    fn has_value(&self, event: &impl Fields) -> bool {
        event.values(&self.path, &mut |_| ControlFlow::Break(())).is_break()
    }

    /// Tells the first value that is as wanted, or of those that are not wanted any; whether there is one.
    fn visit(&self, event: &impl Fields, mut tell: impl FnMut(Cow<'_, str>)) -> bool {
        let visited = event.values(&self.path, &mut |value| {
            if self.wanted.is(&value) {
                tell(value);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        visited.is_break()
    }
}

impl Wanted {
    fn is(&self, value: &str) -> bool {
        match self {
            Self::Nothing => true,
            Self::OneOf(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Self::Equal { texts, ignore_case: false, .. } => texts.iter().any(|text| text == value),
            Self::Equal { texts, .. } => texts.iter().any(|text| text.eq_ignore_ascii_case(value)),
            Self::Compared(order, number) => {
                let compared = Number::parse(value).and_then(|value| value.compare(*number));
                compared.is_some_and(|compared| order.is(compared))
            }
        }
    }
}

impl Order {
    const fn is(self, compared: Ordering) -> bool {
        match self {
            Self::Less => compared.is_lt(),
            Self::LessOrEqual => compared.is_le(),
            Self::Greater => compared.is_gt(),
            Self::GreaterOrEqual => compared.is_ge(),
        }
    }
}
