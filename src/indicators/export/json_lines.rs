//! Our own JSON lines: an object a line, with the keys that an indicator has a value for.

use super::losses::Losses;
use super::record::json_object;
use crate::indicators::indicator::Indicator;

pub(super) fn write(indicators: &[&Indicator], losses: &mut Losses) -> String {
    indicators.iter().map(|indicator| json_object(indicator, losses) + "\n").collect()
}
