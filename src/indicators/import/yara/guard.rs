//! Conditions that every signed program meets, or that only say what kind of file is meant: leaving them out is no loss.

use std::collections::{HashMap, HashSet};

use super::hex_string::Cell;
use super::syntax::{Expr, ExprKind, Operator, Path, Rule, Step, StringRule, StringValue};

/// Recognises the guards of one rule.
#[derive(Debug)]
pub(super) struct Guards<'r, 'a> {
    strings: HashMap<&'a str, &'r StringRule<'a>>,
    /// Earlier rules that are nothing but guards.
    rules: &'r HashSet<&'a str>,
}

impl<'r, 'a> Guards<'r, 'a> {
    pub(super) fn new(rule: &'r Rule<'a>, rules: &'r HashSet<&'a str>) -> Self {
        Self { strings: rule.strings.iter().map(|string| (string.name, string)).collect(), rules }
    }

    /// Whether an expression is a guard, or several.
    pub(super) fn is_guard(&self, expr: &Expr<'_>) -> bool {
        match &expr.kind {
            ExprKind::And(list) | ExprKind::Or(list) => list.iter().all(|one| self.is_guard(one)),
            ExprKind::Compare(left, operator, right) => {
                is_guard_comparison(left, *operator, right)
                    || operator.mirrored().is_some_and(|mirrored| is_guard_comparison(right, mirrored, left))
            }
            ExprKind::Path(path) => is_pe(path) || (path.steps.is_empty() && self.rules.contains(path.root)),
            ExprKind::String { name, place: Some(place) } => place.as_integer() == Some(0) && self.is_magic(name),
            _ => false,
        }
    }

    /// Whether a string is the two letters at the start of every program.
    fn is_magic(&self, name: &str) -> bool {
        self.strings.get(name).is_some_and(|string| match &string.value {
            StringValue::Text(octets) => octets == b"MZ",
            StringValue::Hex(cells) => *cells == [Cell::Octet(b'M'), Cell::Octet(b'Z')],
            StringValue::Regex => false,
        })
    }
}

fn is_guard_comparison(left: &Expr<'_>, operator: Operator, right: &Expr<'_>) -> bool {
    let Some(number) = right.as_integer() else { return false };
    let Some(path) = left.as_path() else { return false };
    match (path.root, path.steps.as_slice()) {
        ("filesize", []) => true,
        ("pe", [Step::Field("is_pe")]) => operator == Operator::Equal && number == 1,
        ("pe", [Step::Field("number_of_signatures")]) => {
            matches!((operator, number), (Operator::Greater | Operator::NotEqual, 0) | (Operator::GreaterOrEqual, 1))
        }
        // `uint16(0) == 0x5A4D`, `uint32(uint32(0x3C)) == 0x4550`.
        (root, [Step::Call(arguments)]) => operator == Operator::Equal && arguments.len() == 1 && reads_integer(root),
        _ => false,
    }
}

fn reads_integer(function: &str) -> bool {
    let rest = function.strip_prefix('u').unwrap_or(function);
    let bits = rest.strip_prefix("int").unwrap_or_default();
    matches!(bits.strip_suffix("be").unwrap_or(bits), "8" | "16" | "32")
}

fn is_pe(path: &Path<'_>) -> bool {
    path.root == "pe" && matches!(path.steps.as_slice(), [Step::Field("is_pe")])
}
