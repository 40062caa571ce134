//! [`Fact`]: something that a condition says, before it is known what becomes of it.

use std::ops::Range;

use super::place::Holder;
use crate::indicators::indicator::{Condition, Note};
use crate::indicators::role::Roles;

/// Something a condition says.
#[derive(Debug)]
pub(super) enum Fact {
    Test(Test),
    /// A string is there; its position in the rule.
    String(usize),
    /// Something that no indicator can hold, and where it is said.
    Context(Range<usize>),
    /// An identity is denied.
    Denied(Range<usize>),
    /// A comparison with a value that is none: it never holds, and an error says so.
    Malformed,
}

/// A test of a certificate.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) holder: Holder,
    pub(super) roles: Roles,
    pub(super) condition: Condition,
    /// What is to be said of the way it is written.
    pub(super) notes: Vec<Note>,
}
