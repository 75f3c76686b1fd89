//! The core from outside: files written by another library or by hand, loaded and compared with a
//! naive evaluation; and the architecture, read from the sources.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test fail by panicking, as tests do"
)]

mod arrange;
mod errors;
mod fit;
#[expect(
    dead_code,
    unreachable_pub,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "they are written for the fuzz targets, which use all of it and are tests throughout"
)]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;
mod inputs;
mod listing;
mod policies;
mod pour;
mod regressions;
mod remote;
mod rows;
mod sheets;
mod stripes;
#[expect(
    clippy::print_stdout,
    reason = "figures of the structure are read from its output"
)]
mod structure;
mod support;
mod threads;
mod writer;
