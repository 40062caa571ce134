//! Which context filters are asked.

use std::fs;

use certsift::{Filters, Time};

use super::complain;

/// The filters of `seed`, `hardened`, `none`, or a file. Those that have expired are told and left out.
pub(crate) fn load(name: &str, now: Time) -> Result<Filters, String> {
    let mut filters = match name {
        "none" => Filters::default(),
        name if Filters::PROFILES.contains(&name) => Filters::builtin(name),
        path => {
            let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            Filters::from_json(&text).map_err(|error| format!("{path}: {error}"))?
        }
    };
    let today = now.to_string().chars().take("YYYY-MM-DD".len()).collect::<String>();
    for filter in filters.take_expired(&today) {
        let last = filter.expires.unwrap_or_default();
        complain(&format!("filter {} has expired ({last}) and is left out", filter.id));
    }
    Ok(filters)
}
