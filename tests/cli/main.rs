//! The example programs, run as a person or a pipeline runs them: arguments in, exit status and both streams out.

#![cfg(all(feature = "digest", feature = "export", feature = "fold", feature = "import", feature = "scan"))]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot run its program must stop")]

mod context;
#[path = "../findings/ecs_fields.rs"]
mod ecs_fields;
mod hunt_events;
mod hunting_page;
mod indicators;
mod inspect;
mod join;
mod many_files;
mod program;
mod rematch;
mod resume;
mod scan;
mod scan_folders;
mod trust_store;
mod verify;
