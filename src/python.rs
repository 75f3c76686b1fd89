//! The boundary: the only file that knows Python. Takes arguments apart, lets go of the interpreter,
//! calls the core, and turns results and errors into Python's.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use half::f16;
use numpy::{PyArray2, PyArrayMethods, PyReadwriteArray2, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::error::{Error, Place, Result};
use crate::output::Mapping;
use crate::plan::inspect::{self as inspection, ColumnFacts};
use crate::plan::{
    Choice, Dtype, Extra, Fill, Inf, MissingColumns, Options, Order, Output, Overflowing, Plan,
    Target,
};
use crate::run::crew::panic_message;
use crate::run::load::Matrix;
use crate::run::{Destination, Loaded, Progress, Report, Watch, load};

#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Buffer>()?;
    module.add_class::<PyPlan>()?;
    module.add_function(wrap_pyfunction!(plan, module)?)?;
    module.add_function(wrap_pyfunction!(inspect, module)?)
}

/// Runs the core without the interpreter; a panic becomes an error like any other.
fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> Result<R> + Send) -> Result<R> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work)))
        .unwrap_or_else(|panic: Box<dyn Any + Send>| Err(Error::Internal(panic_message(&*panic))))
}

/// The Python error of an error.
fn raised(py: Python<'_>, error: Error) -> PyErr {
    let message = error.to_string();
    let (class, place) = match error {
        Error::Io { path, source } => return os_error(py, &path.to_string_lossy(), &source),
        Error::Argument(message) => return PyValueError::new_err(message),
        Error::Corrupt { place, .. } => ("CorruptFileError", place),
        Error::Unsupported { place, .. } => ("UnsupportedTypeError", place),
        Error::UnsupportedColumns(_) => ("UnsupportedTypeError", Place::default()),
        Error::ColumnNotFound { path, column, .. } => {
            let place = Place {
                path,
                row_group: None,
                column: Some(column),
            };
            ("ColumnNotFoundError", place)
        }
        Error::Mismatch { place, .. } => ("SchemaMismatchError", place),
        Error::CastOverflow { .. } => ("CastOverflowError", Place::default()),
        Error::MissingTarget(_) => ("MissingTargetError", Place::default()),
        Error::InputChanged { path, .. } => ("InputChangedError", Place::file(&path)),
        Error::MemoryLimit(_) => ("MemoryLimitError", Place::default()),
        Error::Scarce { place, .. } => ("MemoryLimitError", place),
        Error::Interrupted | Error::Internal(_) => ("InternalError", Place::default()),
    };
    let built = || -> PyResult<PyErr> {
        let told = PyDict::new(py);
        if place.path != PathBuf::new() {
            told.set_item("path", place.path.to_string_lossy())?;
        }
        told.set_item("row_group", place.row_group)?;
        told.set_item("column", place.column)?;
        let class = py.import("onecopy._errors")?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&told))?))
    };
    built().unwrap_or_else(|error| error)
}

fn os_error(py: Python<'_>, path: &str, error: &std::io::Error) -> PyErr {
    let Some(code) = error.raw_os_error() else {
        let code = match error.kind() {
            std::io::ErrorKind::IsADirectory => 21,
            _ => 5,
        };
        return PyOSError::new_err((code, error.to_string(), path.to_owned()));
    };
    let words = py
        .import("os")
        .and_then(|os| os.call_method1("strerror", (code,))?.extract::<String>())
        .unwrap_or_else(|_| error.to_string());
    // Python picks FileNotFoundError and its kin by the number.
    PyOSError::new_err((code, words, path.to_owned()))
}

/// Memory of the core that NumPy makes an array of.
#[pyclass(frozen, module = "onecopy._native")]
struct Buffer {
    mapping: Mapping,
    shape: Vec<usize>,
    dtype: Dtype,
    order: Order,
}

#[pymethods]
impl Buffer {
    /// The address, shape and type, as `numpy.asarray` asks for them.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("shape", PyTuple::new(py, &self.shape)?)?;
        interface.set_item("typestr", self.dtype.code())?;
        interface.set_item("data", (self.mapping.address(), false))?;
        if self.order == Order::F && self.shape.len() == 2 {
            let item = self.dtype.bytes();
            interface.set_item("strides", (item, item * self.shape[0]))?;
        }
        Ok(interface)
    }
}

/// What fills missing values: "median", "mean", a number or None.
struct PyFill(Fill);

impl FromPyObject<'_, '_> for PyFill {
    type Error = PyErr;

    fn extract(fill: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if fill.is_none() {
            return Ok(Self(Fill::Nothing));
        }
        if let Ok(value) = fill.extract::<f64>() {
            return Ok(Self(Fill::Value(value)));
        }
        match fill.extract::<String>()?.as_str() {
            "median" => Ok(Self(Fill::Median)),
            "mean" => Ok(Self(Fill::Mean)),
            other => Err(unknown("fill", other)),
        }
    }
}

/// One column name alone, or several.
#[derive(FromPyObject)]
enum Names {
    One(String),
    Several(Vec<String>),
}

fn unknown(option: &str, found: &str) -> PyErr {
    PyValueError::new_err(format!("{option}: {found:?} is not one of its values"))
}

fn choice<T: Copy>(option: &str, found: &str, values: &[(&str, T)]) -> PyResult<T> {
    let value = values.iter().find(|(name, _)| *name == found);
    value
        .map(|(_, value)| *value)
        .ok_or_else(|| unknown(option, found))
}

/// Reads the footers and decides everything.
#[pyfunction]
#[pyo3(signature = (paths, *, columns, exclude, target, weight, group, dtype, order, inf,
    target_missing, fill, fill_columns, overflow, missing_columns, memory_limit, output, threads))]
#[expect(
    clippy::too_many_arguments,
    reason = "one for each option of the public call"
)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]
fn plan(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    columns: Option<Names>,
    exclude: Vec<String>,
    target: Option<Names>,
    weight: Option<String>,
    group: Option<String>,
    dtype: &str,
    order: &str,
    inf: &str,
    target_missing: &str,
    fill: PyFill,
    fill_columns: &Bound<'_, PyDict>,
    overflow: &str,
    missing_columns: &str,
    memory_limit: Option<usize>,
    output: &str,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyPlan> {
    let options = Options {
        columns: match columns {
            None => Choice::All,
            Some(Names::One(_)) => Choice::Numeric,
            Some(Names::Several(names)) => Choice::Named(names),
        },
        exclude,
        target: target.map(|target| match target {
            Names::One(name) => Target {
                names: vec![name],
                flat: true,
            },
            Names::Several(names) => Target { names, flat: false },
        }),
        weight,
        group,
        dtype: Dtype::named(dtype).ok_or_else(|| unknown("dtype", dtype))?,
        order: choice("order", order, &[("C", Order::C), ("F", Order::F)])?,
        inf: choice(
            "inf",
            inf,
            &[("missing", Inf::Missing), ("keep", Inf::Keep)],
        )?,
        keep_missing_targets: choice(
            "target_missing",
            target_missing,
            &[("raise", false), ("keep", true)],
        )?,
        fill: fill.0,
        fill_columns: fill_columns
            .iter()
            .map(|(name, fill)| Ok((name.extract()?, fill.extract::<PyFill>()?.0)))
            .collect::<PyResult<_>>()?,
        overflow: choice(
            "overflow",
            overflow,
            &[
                ("raise", Overflowing::Raise),
                ("missing", Overflowing::Missing),
                ("clip", Overflowing::Clip),
            ],
        )?,
        missing_columns: choice(
            "missing_columns",
            missing_columns,
            &[
                ("raise", MissingColumns::Raise),
                ("missing", MissingColumns::Missing),
            ],
        )?,
        memory_limit,
        output: choice(
            "output",
            output,
            &[
                ("memory", Output::Memory),
                ("array", Output::Array),
                ("file", Output::File),
            ],
        )?,
        // More threads than fit a number are as many as there are.
        threads: threads.map(|threads| threads.extract().unwrap_or(usize::MAX)),
    };
    let plan = detached(py, || Plan::new(&paths, options));
    plan.map(PyPlan).map_err(|error| raised(py, error))
}

/// Everything that is decided before a data byte is read.
#[pyclass(frozen, name = "Plan", module = "onecopy._native")]
struct PyPlan(Plan);

fn shape(extra: &Extra, rows: usize) -> Vec<usize> {
    let columns = (!extra.flat).then_some(extra.names.len());
    [rows].into_iter().chain(columns).collect()
}

#[pymethods]
impl PyPlan {
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.0.rows, self.0.features.len())
    }
    #[getter]
    fn feature_names(&self) -> Vec<&str> {
        self.0
            .features
            .iter()
            .map(|feature| feature.name.as_str())
            .collect()
    }
    #[getter]
    fn dtype(&self) -> &'static str {
        self.0.options.dtype.name()
    }
    #[getter]
    fn order(&self) -> &'static str {
        if self.0.options.order == Order::F {
            "F"
        } else {
            "C"
        }
    }
    #[getter]
    fn output_bytes(&self) -> usize {
        self.0.output_bytes
    }
    #[getter]
    fn scratch_bytes(&self) -> usize {
        self.0.geometry.scratch_bytes
    }
    #[getter]
    fn read_bytes(&self) -> u64 {
        self.0.read_bytes
    }
    #[getter]
    fn passes(&self) -> usize {
        self.0.passes()
    }
    #[getter]
    fn threads(&self) -> usize {
        self.0.geometry.threads
    }
    #[getter]
    fn files(&self) -> usize {
        self.0.files.len()
    }
    #[getter]
    fn row_groups(&self) -> u64 {
        self.0.row_groups
    }
    #[getter]
    fn casts(&self) -> Vec<(&str, &str)> {
        let features = self.0.features.iter();
        features
            .map(|f| (f.name.as_str(), f.type_name.as_str()))
            .collect()
    }
    #[getter]
    fn skipped(&self) -> Vec<(&str, &str)> {
        let skipped = self.0.skipped.iter();
        skipped
            .map(|s| (s.name.as_str(), s.type_name.as_str()))
            .collect()
    }
    #[getter]
    fn extras<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Vec<(&'static str, Vec<String>, &'static str, Bound<'py, PyTuple>)>> {
        let extras = self.0.extras.iter();
        extras
            .map(|extra| {
                let shape = PyTuple::new(py, shape(extra, self.0.rows))?;
                Ok((
                    extra.role.name(),
                    extra.names.clone(),
                    extra.dtype.name(),
                    shape,
                ))
            })
            .collect()
    }

    /// Does it: into memory, into an array, or into a file.
    #[pyo3(signature = (out, *, overwrite, progress, sidecar))]
    fn pour<'py>(
        &self,
        py: Python<'py>,
        out: Option<&Bound<'py, PyAny>>,
        overwrite: bool,
        progress: Option<Py<PyAny>>,
        sidecar: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut caller = Caller {
            progress,
            error: None,
        };
        let loaded = match out {
            None => detached(py, || load(&self.0, Destination::Memory, &mut caller)),
            Some(out) if out.cast::<PyUntypedArray>().is_ok() => {
                return self.pour_into(py, out, &mut caller);
            }
            Some(path) => {
                let path: PathBuf = path.extract()?;
                let mut failed = None;
                let mut describe = |report: &Report| {
                    Python::attach(|py| described(py, sidecar.as_ref(), report)).map_err(|error| {
                        failed = Some(error);
                        Error::Interrupted
                    })
                };
                let destination = Destination::File {
                    path: &path,
                    overwrite,
                    sidecar: &mut describe,
                };
                let loaded = detached(py, || load(&self.0, destination, &mut caller));
                caller.error = caller.error.take().or(failed);
                loaded
            }
        };
        self.finished(py, loaded, caller)
    }
}

impl PyPlan {
    /// Fills the caller's array.
    fn pour_into<'py>(
        &self,
        py: Python<'py>,
        out: &Bound<'py, PyAny>,
        caller: &mut Caller,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut run = |matrix: Matrix<'_>| {
            let destination = Destination::Array(matrix);
            detached(py, || load(&self.0, destination, caller))
        };
        let loaded = match self.0.options.dtype {
            Dtype::F16 => run(Matrix::F16(self.borrow::<f16>(out)?.as_array_mut())),
            Dtype::F32 => run(Matrix::F32(self.borrow::<f32>(out)?.as_array_mut())),
            _ => run(Matrix::F64(self.borrow::<f64>(out)?.as_array_mut())),
        };
        let error = caller.error.take();
        self.finished(
            py,
            loaded,
            Caller {
                progress: None,
                error,
            },
        )
    }

    /// Borrows an array for writing, if it is the one that the plan needs.
    fn borrow<'py, T: numpy::Element>(
        &self,
        out: &Bound<'py, PyAny>,
    ) -> PyResult<PyReadwriteArray2<'py, T>> {
        let array = out.cast::<PyUntypedArray>()?;
        let flags = out.getattr("flags")?;
        let flag = |name: &str| flags.get_item(name)?.extract::<bool>();
        let in_order = match self.0.options.order {
            Order::C => array.is_c_contiguous(),
            Order::F => array.is_fortran_contiguous(),
        };
        let needed = (self.0.rows, self.0.features.len());
        let fits = array.shape() == [needed.0, needed.1] && in_order;
        let typed = out.cast::<PyArray2<T>>();
        match typed {
            Ok(typed) if fits && flag("ALIGNED")? && flag("WRITEABLE")? => typed
                .try_readwrite()
                .map_err(|error| PyValueError::new_err(format!("out: {error}"))),
            _ => Err(PyValueError::new_err(format!(
                "out: expected a writeable {}-contiguous array of shape {needed:?} and dtype {}, \
                 found shape {:?} and dtype {}{}",
                self.order(),
                self.dtype(),
                array.shape(),
                array.dtype(),
                if flag("WRITEABLE")? {
                    ""
                } else {
                    ", read-only"
                }
            ))),
        }
    }

    fn finished<'py>(
        &self,
        py: Python<'py>,
        loaded: Result<Loaded>,
        caller: Caller,
    ) -> PyResult<Bound<'py, PyDict>> {
        // Whatever Python raised on the way is the reason; ours only says that it stopped.
        if let Some(error) = caller.error {
            return Err(error);
        }
        let loaded = loaded.map_err(|error| raised(py, error))?;
        let poured = PyDict::new(py);
        for name in ["X", "y", "weight", "group"] {
            poured.set_item(name, py.None())?;
        }
        if let Some(mapping) = loaded.matrix {
            let shape = vec![self.0.rows, self.0.features.len()];
            let (dtype, order) = (self.0.options.dtype, self.0.options.order);
            poured.set_item(
                "X",
                Py::new(
                    py,
                    Buffer {
                        mapping,
                        shape,
                        dtype,
                        order,
                    },
                )?,
            )?;
        }
        for ((role, mapping), extra) in loaded.extras.into_iter().zip(&self.0.extras) {
            let shape = shape(extra, self.0.rows);
            let (dtype, order) = (extra.dtype, Order::C);
            poured.set_item(
                role.name(),
                Py::new(
                    py,
                    Buffer {
                        mapping,
                        shape,
                        dtype,
                        order,
                    },
                )?,
            )?;
        }
        poured.set_item("report", told(py, &loaded.report)?)?;
        Ok(poured)
    }
}

/// The Python caller, who may press Ctrl-C and may want to see progress.
struct Caller {
    progress: Option<Py<PyAny>>,
    error: Option<PyErr>,
}

impl Caller {
    fn answer(&mut self, answer: PyResult<()>) -> Result<()> {
        answer.map_err(|error| {
            self.error = Some(error);
            Error::Interrupted
        })
    }
}

impl Watch for Caller {
    fn look(&mut self) -> Result<()> {
        let answer = Python::attach(|py| py.check_signals());
        self.answer(answer)
    }

    fn tell(&mut self, progress: Progress) -> Result<()> {
        let Some(callback) = &self.progress else {
            return Ok(());
        };
        let answer = Python::attach(|py| {
            let Progress {
                rows_done,
                rows_total,
                bytes_done,
                seconds,
                ..
            } = progress;
            let told = (
                progress.stage.name(),
                rows_done,
                rows_total,
                bytes_done,
                seconds,
            );
            callback.call1(py, told).map(drop)
        });
        self.answer(answer)
    }
}

fn described(py: Python<'_>, sidecar: Option<&Py<PyAny>>, report: &Report) -> PyResult<Vec<u8>> {
    match sidecar {
        Some(sidecar) => sidecar.call1(py, (told(py, report)?,))?.extract(py),
        None => Err(PyTypeError::new_err("a file needs a sidecar")),
    }
}

fn told<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let each = report.columns.iter();
    columns.set_item("name", PyList::new(py, each.clone().map(|c| &c.name))?)?;
    columns.set_item(
        "nulls",
        PyList::new(py, each.clone().map(|c| c.tally.nulls))?,
    )?;
    columns.set_item("nans", PyList::new(py, each.clone().map(|c| c.tally.nans))?)?;
    columns.set_item(
        "pos_infs",
        PyList::new(py, each.clone().map(|c| c.tally.pos_infs))?,
    )?;
    columns.set_item(
        "neg_infs",
        PyList::new(py, each.clone().map(|c| c.tally.neg_infs))?,
    )?;
    columns.set_item(
        "overflowed",
        PyList::new(py, each.clone().map(|c| c.tally.overflowed))?,
    )?;
    columns.set_item("filled", PyList::new(py, each.clone().map(|c| c.filled))?)?;
    columns.set_item("fill", PyList::new(py, each.clone().map(|c| c.fill))?)?;
    columns.set_item("empty", PyList::new(py, each.map(|c| c.empty))?)?;
    let seconds = PyDict::new(py);
    for (stage, spent) in &report.seconds {
        let before = seconds.get_item(stage.name())?;
        let before = before.map_or(Ok(0.0), |before| before.extract::<f64>())?;
        seconds.set_item(stage.name(), before + spent)?;
    }
    let run = PyDict::new(py);
    run.set_item("rows", report.rows)?;
    run.set_item("bytes_read", report.bytes_read)?;
    run.set_item("seconds", seconds)?;
    run.set_item("peak_scratch", report.peak_scratch)?;
    run.set_item("threads", report.threads)?;
    run.set_item("columns", columns)?;
    Ok(run)
}

/// Tells what the footers say.
#[pyfunction]
fn inspect(py: Python<'_>, paths: Vec<PathBuf>) -> PyResult<Bound<'_, PyDict>> {
    let facts = detached(py, || inspection::inspect(&paths)).map_err(|error| raised(py, error))?;
    let files = PyList::empty(py);
    for file in &facts.files {
        let told = PyDict::new(py);
        told.set_item("path", file.path.as_os_str())?;
        told.set_item("bytes", file.identity.bytes())?;
        told.set_item("rows", file.rows)?;
        told.set_item("row_groups", file.row_groups())?;
        files.append(told)?;
    }
    let columns = PyList::empty(py);
    for column in &facts.columns {
        columns.append(column_told(py, column)?)?;
    }
    let inspection = PyDict::new(py);
    inspection.set_item("files", files)?;
    inspection.set_item("columns", columns)?;
    Ok(inspection)
}

fn column_told<'py>(py: Python<'py>, column: &ColumnFacts) -> PyResult<Bound<'py, PyDict>> {
    let told = PyDict::new(py);
    told.set_item("name", &column.name)?;
    told.set_item("type", &column.type_name)?;
    told.set_item("nullable", column.nullable)?;
    told.set_item("nulls", column.nulls)?;
    told.set_item("min", column.range.map(|range| range.0))?;
    told.set_item("max", column.range.map(|range| range.1))?;
    told.set_item("codecs", &column.codecs)?;
    told.set_item("encodings", &column.encodings)?;
    told.set_item("compressed_bytes", column.bytes)?;
    told.set_item("taken", column.refusal.is_none())?;
    told.set_item("reason", column.refusal)?;
    Ok(told)
}
