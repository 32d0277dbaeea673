//! The `mailwright` command.

mod cli;

use std::process::ExitCode;

/// Many threads that allocate and free for each other leave the allocator of the system with several times the memory
/// in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
