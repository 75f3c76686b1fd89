//! The order of blocks and rows in an epoch: a function of seed, epoch and buffer, the same on every
//! machine.

use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

use crate::key::canonical::split_mix;
use crate::select::permutation::TOGETHER;
use crate::select::{Permutation, Purpose};

/// The numbers below `count` in a seeded order: those of the blocks of an epoch, or of the rows of one
/// of its buffers.
#[pyfunction]
#[pyo3(signature = (count, /, *, seed, epoch, buffer))]
pub(in crate::python) fn shuffled(
    py: Python<'_>,
    count: usize,
    seed: u64,
    epoch: u64,
    buffer: Option<usize>,
) -> PyResult<Bound<'_, PyArray1<i64>>> {
    let purpose = buffer.map_or(Purpose::Blocks, Purpose::Buffer);
    let permutation = Permutation::new(count, split_mix(seed, epoch), purpose);
    let mut order: Vec<i64> = Vec::new();
    let reserved = order.try_reserve_exact(count);
    reserved.map_err(|error| PyMemoryError::new_err(error.to_string()))?;
    py.detach(|| {
        for first in (0..count).step_by(TOGETHER) {
            let places = permutation.places(first as u64);
            let left = TOGETHER.min(count - first);
            let places = places[..left].iter();
            order.extend(places.map(|place| i64::try_from(*place).unwrap_or(i64::MAX)));
        }
    });
    Ok(order.into_pyarray(py))
}
