//! What holds for any input. Each property is a function of bytes that panics where it does not hold: cargo-fuzz feeds
//! it what it likes, and `cargo test --no-default-features` the seeds and mutations of them on the stable toolchain.

pub mod wire;

/// Every target by its name, which is also that of its folder of seeds.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[("wire", wire::framing)];
