//! The `mailwright` command.

fn main() {}
