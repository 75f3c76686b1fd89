//! Pages of any bytes under any claims.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use onecopy_fuzz::pages::check;
use onecopy_fuzz::slot::Slot;

thread_local! {
    static SLOT: RefCell<Slot> = RefCell::default();
}

fuzz_target!(|data: &[u8]| SLOT.with_borrow_mut(|slot| check(slot, data)));
