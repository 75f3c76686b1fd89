//! A whole file of any bytes, poured into a matrix.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use onecopy_fuzz::matrix::check;
use onecopy_fuzz::mutate;
use onecopy_fuzz::slot::Slot;

thread_local! {
    static SLOT: RefCell<Slot> = RefCell::default();
}

fuzz_target!(|data: &[u8]| SLOT.with_borrow_mut(|slot| check(slot, data)));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::file(&mut data[..max_size], size, seed, fuzzer_mutate)
});
