//! Unit tests of arrays in memory, made by hand: what lanes read is what their bytes say, however rows are
//! taken, and every structure is released once.
#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::vec_box,
    reason = "small whole numbers, and nodes whose addresses must stay"
)]

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::arrow::array::Array;
use crate::arrow::c_data::ImportedArray;
use crate::arrow::import::{Step, batch_rows, column};
use crate::arrow::numbers::ArrayLane;
use crate::arrow::storage::{Scalar, Storage, Unit};
use crate::kernel::Rule;
use crate::parquet::Kind;

/// `struct ArrowArray` as a producer writes it.
#[repr(C)]
struct Made {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const c_void,
    children: *const *mut Self,
    dictionary: *mut Self,
    release: Option<unsafe extern "C" fn(*mut Self)>,
    private_data: *mut c_void,
}

/// What a node of a test owns.
struct Held {
    _buffers: Vec<Option<Box<[u8]>>>,
    _pointers: Box<[*const c_void]>,
    _children: Box<[*mut Made]>,
    nodes: Vec<Box<Made>>,
    released: &'static AtomicUsize,
}

#[expect(unsafe_code, reason = "what a producer does")]
unsafe extern "C" fn release(made: *mut Made) {
    // SAFETY: the consumer hands back what `made` has made, once.
    unsafe {
        drop_held((*made).private_data);
        (*made).release = None;
    }
}

#[expect(unsafe_code, reason = "what a producer does")]
fn drop_held(held: *mut c_void) {
    // SAFETY: it was made from such a box, and is released once.
    let held = unsafe { Box::from_raw(held.cast::<Held>()) };
    for node in &held.nodes {
        drop_held(node.private_data);
    }
    held.released.fetch_add(1, Ordering::Relaxed);
}

fn made(
    rows: usize,
    offset: usize,
    buffers: Vec<Option<Vec<u8>>>,
    mut nodes: Vec<Made>,
    released: &'static AtomicUsize,
) -> Made {
    let buffers: Vec<_> = buffers
        .into_iter()
        .map(|b| b.map(Vec::into_boxed_slice))
        .collect();
    let pointer = |b: &Option<Box<[u8]>>| b.as_ref().map_or(ptr::null(), |b| b.as_ptr().cast());
    let pointers: Box<[*const c_void]> = buffers.iter().map(pointer).collect();
    let mut nodes: Vec<Box<Made>> = nodes.drain(..).map(Box::new).collect();
    let children: Box<[*mut Made]> = nodes.iter_mut().map(|node| &raw mut **node).collect();
    Made {
        length: rows as i64,
        null_count: -1,
        offset: offset as i64,
        n_buffers: pointers.len() as i64,
        n_children: children.len() as i64,
        buffers: pointers.as_ptr(),
        children: children.as_ptr(),
        dictionary: ptr::null_mut(),
        release: Some(release),
        private_data: Box::into_raw(Box::new(Held {
            _buffers: buffers,
            _pointers: pointers,
            _children: children,
            nodes,
            released,
        }))
        .cast(),
    }
}

/// Values of 0 to `count`, of which those that are no multiple of 3 are there, behind `offset` others.
fn sample(count: usize, offset: usize, nulls: bool, released: &'static AtomicUsize) -> Array {
    let values = (0..count + offset).flat_map(|value| (value as i64).to_le_bytes());
    let mut bits = vec![0_u8; (count + offset).div_ceil(8)];
    for row in (0..count + offset).filter(|row| row % 3 != 0) {
        bits[row / 8] |= 1 << (row % 8);
    }
    let bits = nulls.then_some(bits);
    let child = made(
        count,
        offset,
        vec![bits, Some(values.collect())],
        Vec::new(),
        released,
    );
    let mut batch = made(count, 0, vec![None], vec![child], released);
    #[expect(unsafe_code, reason = "what a consumer does")]
    // SAFETY: it points to such a structure.
    let array =
        unsafe { ImportedArray::take(NonNull::from(&mut batch).cast(), |release| release()) }
            .unwrap();
    assert_eq!(batch_rows(array.root(), 1).unwrap(), count);
    let storage = Storage::Number(Scalar::I64, Unit::Same);
    column(array.root(), &[Step { at: 0, of: 1 }], &storage, 0..count).unwrap()
}

fn expected(row: usize, nulls: bool) -> f32 {
    if nulls && row.is_multiple_of(3) {
        -1.0
    } else {
        row as f32
    }
}

#[test]
fn lanes_read_what_is_there() {
    static RELEASED: AtomicUsize = AtomicUsize::new(0);
    let mut arrays = 0;
    for nulls in [false, true] {
        for (count, offset) in [(1, 0), (64, 3), (700, 1), (1500, 9), (2000, 64)] {
            let array = sample(count, offset, nulls, &RELEASED);
            arrays += 1;
            let rule = Rule::all(-1.0_f32);
            let mut lane = ArrayLane::new(&array, Kind::I64, &rule).unwrap();
            let mut out = vec![0.0; count];
            let (front, back) = out.split_at_mut(count / 3);
            lane.fill(front).unwrap();
            lane.fill(back).unwrap();
            let wanted: Vec<f32> = (offset..count + offset)
                .map(|row| expected(row, nulls))
                .collect();
            assert_eq!(out, wanted);
            let missing = wanted.iter().filter(|value| **value == -1.0).count();
            assert_eq!(lane.finish().unwrap().nulls, missing as u64);

            lane.reopen(&array, Kind::I64, &rule).unwrap();
            let skipped = count / 4;
            lane.skip(skipped).unwrap();
            let masks: Vec<u64> = (0..count.div_ceil(64))
                .map(|at| 0x5A5A_F0F0_1234_8001 << (at % 7))
                .collect();
            let left = count - skipped;
            let is_set = |row: &usize| masks[row / 64] >> (row % 64) & 1 == 1;
            let taken: Vec<f32> = (0..left)
                .filter(is_set)
                .map(|row| wanted[skipped + row])
                .collect();
            let mut out = vec![0.0; left + 128];
            let filled = lane.fill_wanted(left, &masks, &mut out).unwrap();
            assert_eq!(out[..filled], taken);
            assert!(lane.fill(&mut [0.0]).is_err());
        }
    }
    assert_eq!(RELEASED.load(Ordering::Relaxed), 2 * arrays);
}

#[test]
fn slices_are_rows_of_their_array() {
    static RELEASED: AtomicUsize = AtomicUsize::new(0);
    let array = sample(900, 5, true, &RELEASED);
    let slice = array.slice(100, 700).slice(13, 600);
    assert_eq!((slice.rows(), slice.nulls()), (600, None));
    let mut lane = ArrayLane::new(&slice, Kind::I64, &Rule::all(-1.0_f32)).unwrap();
    let mut out = [0.0; 600];
    lane.fill(&mut out).unwrap();
    let wanted: Vec<f32> = (118..718).map(|row| expected(row, true)).collect();
    assert_eq!(out[..], wanted);
    drop((array, slice));
    assert_eq!(
        RELEASED.load(Ordering::Relaxed),
        0,
        "the lane still holds it"
    );
    drop(lane);
    assert_eq!(RELEASED.load(Ordering::Relaxed), 2);
}
