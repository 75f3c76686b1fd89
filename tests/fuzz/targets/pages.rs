//! Pages of any bytes under any claims.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use onecopy_fuzz::claims::Claims;
use onecopy_fuzz::pages::{START, check};
use onecopy_fuzz::slot::Slot;

thread_local! {
    static SLOT: RefCell<Slot> = RefCell::default();
}

fuzz_target!(|data: &[u8]| {
    let Some((claims, pages)) = Claims::split(data) else {
        return;
    };
    SLOT.with_borrow_mut(|slot| {
        let bytes = pages.len() as u64;
        let path = slot.put(&[(0, b"PAR1"), (START, pages), (START + bytes, b"tail")]);
        check(&claims, path, bytes);
    });
});
