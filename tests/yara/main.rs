//! YARA rules to indicators and back.
//!
//! `CERTSIFT_INDICATORS` names the folder of facts about published rules; without one those tests are skipped, unless
//! `CERTSIFT_REQUIRE_CORPUS` is set.
#![cfg(all(feature = "export", feature = "import"))]
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../corpus/shared_data.rs"]
mod shared_data;
#[path = "../support/mod.rs"]
mod support;

mod exported;
mod fields;
mod hostile;
mod octets;
mod published;
mod told;
