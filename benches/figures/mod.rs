//! Ratios of neighbouring runs, and where they are told to programs.

#![allow(dead_code, reason = "every bench compiles this module for itself and uses its own part of it")]

use std::io::Write;
use std::time::Duration;

/// Where the figures go too, where this names a file: a line each, name and value with a tab between.
const FIGURES: &str = "CERTSIFT_FIGURES";

/// Values, in order.
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// Ratios of so many pairs of times. One pair more comes first, and warms the caches.
    pub(crate) fn of_ratios(pairs: usize, mut pair: impl FnMut() -> (Duration, Duration)) -> Self {
        pair();
        Self::of((0..pairs).map(|_| pair()).map(|(over, under)| over.as_secs_f64() / under.as_secs_f64()))
    }

    pub(crate) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn lowest(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn highest(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }
}

/// Tells a figure to the program that asked for figures, if one did.
pub(crate) fn tell(name: &str, value: f64) {
    if let Some(path) = std::env::var_os(FIGURES) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| writeln!(file, "{name}\t{value:.3}")).expect("the file of figures can be written to");
    }
}
