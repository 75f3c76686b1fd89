//! A footer of any bytes, behind data that is a hole.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use onecopy_fuzz::footer::{DATA_END, walk};
use onecopy_fuzz::slot::Slot;

thread_local! {
    static SLOT: RefCell<Slot> = RefCell::default();
}

fuzz_target!(|data: &[u8]| {
    SLOT.with_borrow_mut(|slot| {
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let tail = [length.to_le_bytes(), *b"PAR1"].concat();
        let end = DATA_END + u64::from(length);
        walk(slot.put(&[(0, b"PAR1"), (DATA_END, data), (end, &tail)]));
    });
});
