//! Rows of a divided load that are in memory already: looked at for fills, and filled. What all shares
//! have told comes together here, where no process waits for another.

use half::f16;
use numpy::{Element, PyArray2, PyArrayMethods, PyReadonlyArray2, PyReadwriteArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::account::Account;
use crate::error::Result;
use crate::fit::gaps::ColumnFill;
use crate::fit::shared::{self, HeldRows, Look};
use crate::kernel::Real;
use crate::python::errors::{detached, raised};
use crate::python::interrupts::PyCaller;
use crate::python::plan::PyPlan;
use crate::python::report::run_report;
use crate::run::Shares;
use crate::run::share::write_fills as write;
use crate::run::told::Told;
use crate::sys::pages::PageRelease;
use crate::types::Dtype;
use crate::workers::{Call, Stage, Team, Workers};

/// The fills of a divided load, found from what all shares tell.
#[pyclass(name = "SharedFit", module = "onecopy._native")]
pub(in crate::python) struct PySharedFit {
    shares: Shares,
    dtype: Dtype,
}

#[pymethods]
impl PySharedFit {
    /// From what each share told after its pour; values that are refused are an error.
    #[new]
    fn new(py: Python<'_>, plan: &PyPlan, told: Vec<Vec<u8>>) -> PyResult<Self> {
        let plan = &plan.0;
        let dtype = plan.options.dtype;
        let shares = detached(py, || {
            let texts = Shares::known_texts(plan)?;
            Shares::new(plan, texts, &told)
        });
        let shares = shares.map_err(|error| raised(py, error))?;
        Ok(Self { shares, dtype })
    }

    /// What all shares are asked next; None once all fills are found.
    fn look<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let look = self.shares.fit.look();
        look.map(|look| PyBytes::new(py, &look.to_bytes()))
    }

    /// Takes what each share has answered.
    fn hear(&mut self, py: Python<'_>, answers: Vec<Vec<u8>>) -> PyResult<()> {
        let heard = self.shares.fit.hear(&answers);
        heard.map_err(|error| raised(py, error))
    }

    /// The fills that were found, each with the number of its column.
    fn fills(&self) -> Vec<(usize, f64)> {
        self.shares.fills(self.dtype)
    }

    /// The report of all rows, with the fills that were found.
    fn report<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let fills = self.fills();
        self.shares.report.fills_are(fills);
        run_report(py, &self.shares.report)
    }
}

/// Has threads work on rows.
fn with_team<R: Send>(
    py: Python<'_>,
    threads: usize,
    work: impl FnOnce(&mut Team<'_>) -> Result<R> + Send,
) -> PyResult<R> {
    let mut caller = PyCaller::new(None);
    let done = detached(py, || {
        let workers = Workers::new(Stage::Fill, 0, 0, Call::begin());
        work(&mut Team {
            workers: &workers,
            caller: &mut caller,
            threads,
            account: &Account::new(usize::MAX),
        })
    });
    done.map_err(|error| caller.reason(py, error))
}

/// Answers what all shares are asked from the rows of one, of which the first `fitted` count.
#[pyfunction]
pub(in crate::python) fn look<'py>(
    rows: &Bound<'py, PyAny>,
    asked: &[u8],
    fitted: usize,
    threads: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = rows.py();
    let answers = match rows.getattr("dtype")?.getattr("itemsize")?.extract()? {
        2_usize => answer::<f16>(py, &borrow(rows)?, asked, fitted, threads),
        4 => answer::<f32>(py, &borrow(rows)?, asked, fitted, threads),
        _ => answer::<f64>(py, &borrow(rows)?, asked, fitted, threads),
    };
    Ok(PyBytes::new(py, &answers?))
}

fn answer<T: Real + Element>(
    py: Python<'_>,
    rows: &PyReadonlyArray2<'_, T>,
    asked: &[u8],
    fitted: usize,
    threads: usize,
) -> PyResult<Vec<u8>> {
    let rows = rows.as_array();
    with_team(py, threads, |team| {
        let asked = Look::from_bytes(asked, rows.ncols())?;
        let held = HeldRows::new(&rows, None, fitted)?;
        let answers = shared::look(&held, &asked, team)?;
        Ok(asked.write(&answers, size_of::<T>()))
    })
}

/// One message that says what several shares have told after their pour.
#[pyfunction]
pub(in crate::python) fn merge_told(
    py: Python<'_>,
    told: Vec<Vec<u8>>,
) -> PyResult<Bound<'_, PyBytes>> {
    let merged = detached(py, || Told::merged(&told));
    let merged = merged.map_err(|error| raised(py, error))?;
    Ok(PyBytes::new(py, &merged))
}

/// One message that says what several shares have answered; values have so many bytes.
#[pyfunction]
pub(in crate::python) fn merge_answers<'py>(
    py: Python<'py>,
    asked: &[u8],
    width: usize,
    answers: Vec<Vec<u8>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let merged = detached(py, || {
        let asked = Look::from_bytes(asked, usize::MAX)?;
        shared::merged(&asked, width.min(8), &answers)
    });
    let merged = merged.map_err(|error| raised(py, error))?;
    Ok(PyBytes::new(py, &merged))
}

/// Writes fills, each with the number of its column, into the gaps of rows.
#[pyfunction]
pub(in crate::python) fn write_fills(
    rows: &Bound<'_, PyAny>,
    fills: Vec<(usize, f64)>,
    threads: usize,
) -> PyResult<()> {
    match rows.getattr("dtype")?.getattr("itemsize")?.extract()? {
        2_usize => fill::<f16>(rows, &fills, threads),
        4 => fill::<f32>(rows, &fills, threads),
        _ => fill::<f64>(rows, &fills, threads),
    }
}

fn fill<T: Real + Element>(
    rows: &Bound<'_, PyAny>,
    fills: &[(usize, f64)],
    threads: usize,
) -> PyResult<()> {
    let borrowed = rows.cast::<PyArray2<T>>()?.try_readwrite();
    let mut borrowed: PyReadwriteArray2<'_, T> =
        borrowed.map_err(|error| PyValueError::new_err(format!("rows: {error}")))?;
    let out = borrowed.as_array_mut();
    let is_known = |(column, _): &(usize, f64)| *column < out.ncols();
    if !fills.iter().all(is_known) || !fills.is_sorted_by_key(|(column, _)| *column) {
        return Err(PyValueError::new_err(
            "fills: expected columns of the rows, ascending",
        ));
    }
    let columns: Vec<usize> = fills.iter().map(|(column, _)| *column).collect();
    let fills = fills.iter().map(|(column, value)| ColumnFill {
        column: *column,
        value: T::nearest(*value),
    });
    let fills: Vec<ColumnFill<T>> = fills.collect();
    with_team(rows.py(), threads, |team| {
        write(out, &fills, &columns, &PageRelease::default(), team)
    })
}

fn borrow<'py, T: Element>(rows: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, T>> {
    let borrowed = rows.cast::<PyArray2<T>>()?.try_readonly();
    borrowed.map_err(|error| PyValueError::new_err(format!("rows: {error}")))
}
