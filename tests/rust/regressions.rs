//! Inputs that fuzzing has found: every file in `tests/fuzz/regressions` passes the checks of its fuzz
//! target.

use std::fs;
use std::path::Path;

use crate::fuzz::slot::Slot;
use crate::fuzz::{footer, matrix, pages};

/// Shows each file of a target to it.
fn each(target: &str, check: fn(&mut Slot, &[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regressions");
    let mut slot = Slot::new();
    let mut files = 0;
    for entry in fs::read_dir(folder.join(target)).unwrap() {
        let path = entry.unwrap().path();
        check(&mut slot, &fs::read(&path).unwrap());
        files += 1;
    }
    assert!(files > 0, "no file for {target}");
}

#[test]
fn footers() {
    each("footer", footer::check);
}

#[test]
fn chunks() {
    each("pages", pages::check);
}

#[test]
fn whole_files() {
    each("file", matrix::check);
}
