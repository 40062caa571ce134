//! What is written can be read: by ourselves to the same indicators, by others' readers as what it says it is; and every indicator is in
//! the text or among the losses.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../corpus/shared_data.rs"]
mod shared_data;

mod formats;
mod hostile_texts;
mod lint;
mod losses;
mod made_up;
mod round_trip;
mod sample;
