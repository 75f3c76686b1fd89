//! Pours files as the fuzz target `file` does: `pour PATH...`.

use onecopy_fuzz::matrix::check;
use onecopy_fuzz::slot::Slot;

fn main() -> std::io::Result<()> {
    let mut slot = Slot::new();
    for path in std::env::args_os().skip(1) {
        check(&mut slot, &std::fs::read(path)?);
    }
    Ok(())
}
