//! Shows inputs to a target without a fuzzer: `replay TARGET PATH...`; of a folder, what is in it.

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use onecopy_fuzz::slot::Slot;
use onecopy_fuzz::{footer, matrix, pages};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let target = arguments.next();
    let check = match target.as_deref().and_then(OsStr::to_str) {
        Some("footer") => footer::check,
        Some("pages") => pages::check,
        Some("file") => matrix::check,
        // Without the other reader, whose faults are not ours.
        Some("pour") => matrix::pour,
        _ => return Err("usage: replay footer|pages|file|pour PATH...".into()),
    };
    let mut slot = Slot::new();
    for path in arguments.map(PathBuf::from) {
        if path.is_dir() {
            for entry in fs::read_dir(path)? {
                check(&mut slot, &fs::read(entry?.path())?);
            }
        } else {
            check(&mut slot, &fs::read(path)?);
        }
    }
    Ok(())
}
