//! Hunts for root certificates that are installed on Linux: over process events, in trust stores, and over both.
//!
//!     cargo run --release --example hunt -- trust-store scan

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod cli;
mod event_lines;
mod hunt_events;
mod hunt_join;
mod hunt_store;

/// Finds root certificates that were installed on Linux systems.
#[derive(Debug, Parser)]
#[command(name = "hunt", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Events(hunt_events::EventArguments),
    Filters(hunt_events::FilterArguments),
    /// The authorities that a Linux system trusts: which are listed, which are odd, what has changed
    #[command(subcommand)]
    TrustStore(hunt_store::StoreCommand),
    Join(hunt_join::JoinArguments),
}

fn main() -> ExitCode {
    let ran = match Arguments::parse().command {
        Command::Events(arguments) => hunt_events::run(&arguments),
        Command::Filters(arguments) => hunt_events::run_filters(&arguments),
        Command::TrustStore(command) => hunt_store::run(&command),
        Command::Join(arguments) => hunt_join::run(&arguments),
    };
    match ran {
        Ok(status) => ExitCode::from(status),
        Err(problem) => {
            cli::complain(&problem);
            ExitCode::from(2)
        }
    }
}
