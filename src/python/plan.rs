//! A plan in Python: what was decided, and the call that carries it out.

use std::path::PathBuf;

use half::f16;
use numpy::{PyArray2, PyArrayMethods, PyReadwriteArray2, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::dataset::{Origin, Table};
use crate::error::{Error, Result};
use crate::fit::shared::Sizes;
use crate::plan::{Encode, Extra, Fill, Need, Plan, Role};
use crate::python::buffer::Buffer;
use crate::python::errors::{detached, raised};
use crate::python::interrupts::PyCaller;
use crate::python::options::{Given, ORDERS};
use crate::python::report::run_report;
use crate::python::source::PyOrigins;
use crate::python::text::text_objects;
use crate::run::writer::batch::refuse;
use crate::run::{Destination, Loaded, Matrix, Report, load};
use crate::types::{Dtype, Order};

/// Reads the footers and decides everything.
#[pyfunction]
#[pyo3(signature = (options, /))]
pub(super) fn plan(py: Python<'_>, options: &Bound<'_, PyAny>) -> PyResult<PyPlan> {
    let given = Given(options);
    let origins: PyOrigins = given.option("origins")?;
    let options = given.options()?;
    let plan = PyCaller::run(py, |checkpoint| {
        if origins
            .0
            .all
            .iter()
            .any(|origin| matches!(origin, Origin::Outline(_)))
        {
            refuse(&options)?;
        }
        Plan::cancellable(&origins.0, options, checkpoint)
    });
    plan.map(PyPlan)
}

/// Everything that is decided before a data byte is read.
#[pyclass(frozen, name = "Plan", module = "onecopy._native")]
pub(super) struct PyPlan(pub(super) Plan);

/// Bytes that are needed and that are free, and whether these suffice.
fn need_info(py: Python<'_>, need: Need) -> PyResult<Bound<'_, PyDict>> {
    dict!(py, {
        "needed": need.needed,
        "free": need.free,
        "enough": need.is_met(),
    })
}

fn extra_info<'py>(py: Python<'py>, extra: &Extra, rows: usize) -> PyResult<Bound<'py, PyDict>> {
    let array = extra.array(rows);
    dict!(py, {
        "role": extra.role.name(),
        "names": &extra.names,
        "coded": extra.texts.is_some(),
        "dtype": array.dtype.name(),
        "bytes": array.bytes(),
        "shape": PyTuple::new(py, array.shape)?,
    })
}

/// What a table of a source is.
fn kind(table: &Table) -> &'static str {
    match table.object() {
        Some(_) => "object",
        None if table.is_in_memory() => "memory",
        None => "file",
    }
}

/// What a plan has decided.
pub(super) fn plan_facts<'py>(py: Python<'py>, plan: &Plan) -> PyResult<Bound<'py, PyDict>> {
    let sources = plan.all_files();
    let sources = sources.map(|file| (file.path.as_os_str(), file.identity.bytes, kind(file)));
    let extras = plan
        .extras
        .iter()
        .map(|extra| extra_info(py, extra, plan.rows));
    let chosen = plan.chosen.as_ref();
    let parts = chosen.into_iter().flat_map(|chosen| {
        let counts = chosen.selection.counts().iter();
        chosen.names.iter().zip(counts)
    });
    let texts = plan.texts.iter().map(|text| &text.name);
    let names = plan.features.iter().map(|feature| &feature.name);
    let casts = plan.features.iter().map(|f| (&f.name, &f.type_name));
    let clocks = plan.features.iter().filter_map(|f| match f.encode {
        Encode::Clock(epoch) => Some((&f.name, epoch.unit.name(), epoch.origin)),
        Encode::Number | Encode::Vector | Encode::Category => None,
    });
    let categories = plan.features.iter();
    let categories = categories.filter(|f| f.encode == Encode::Category);
    let categories = categories.map(|f| &f.name);
    let vectors = plan
        .fields
        .iter()
        .filter(|field| field.encode == Encode::Vector);
    let vectors = vectors.map(|field| (&field.name, field.columns.start, field.width()));
    let medians = plan.features.iter().filter(|f| f.fill == Fill::Median);
    let skipped = plan.skipped.iter().map(|s| (&s.name, &s.type_name));
    dict!(py, {
        "shape": (plan.rows, plan.features.len()),
        "feature_names": names.collect::<Vec<_>>(),
        "dtype": plan.options.dtype.name(),
        "order": order_name(plan),
        "output_bytes": plan.output_bytes,
        "scratch_bytes": plan.budget.scratch_bytes,
        "read_bytes": plan.read_bytes,
        "sources": sources.collect::<Vec<_>>(),
        "requests": plan.requests(),
        "fetch_bytes": plan.budget.fetch_bytes,
        "unpinned": plan.unpinned(),
        "window_rows": plan.window_rows,
        "passes": plan.passes(),
        "threads": plan.budget.threads,
        "row_groups": plan.row_groups,
        "source_rows": plan.source_rows(),
        "row_groups_skipped": chosen.map_or(0, |chosen| chosen.selection.skipped()),
        "columns_to_choose": chosen.map_or(&[][..], |chosen| &chosen.read),
        "bytes_to_choose": chosen.map_or(0, |chosen| chosen.bytes_read),
        "parts": parts.collect::<Vec<_>>(),
        "vectors": vectors.collect::<Vec<_>>(),
        "casts": casts.collect::<Vec<_>>(),
        "clocks": clocks.collect::<Vec<_>>(),
        "categories": categories.collect::<Vec<_>>(),
        "fitted": plan.features.iter().map(|f| matches!(f.fill, Fill::Median | Fill::Mean)).collect::<Vec<_>>(),
        "message_bytes": Sizes::message_bytes(medians.count(), plan.options.dtype.bytes()),
        "skipped": skipped.collect::<Vec<_>>(),
        "extras": extras.collect::<PyResult<Vec<_>>>()?,
        "texts": texts.collect::<Vec<_>>(),
        "text_bytes": plan.text_bytes,
    })
}

fn order_name(plan: &Plan) -> &'static str {
    let order = ORDERS.iter().find(|order| order.1 == plan.options.order);
    order.map_or("", |order| order.0)
}

/// Asks Python for the content of the file that describes the arrays.
fn describe(py: Python<'_>, sidecar: Option<&Py<PyAny>>, report: &Report) -> PyResult<Vec<u8>> {
    let Some(sidecar) = sidecar else {
        return Err(PyTypeError::new_err("a file needs a sidecar"));
    };
    sidecar.call1(py, (run_report(py, report)?,))?.extract(py)
}

#[pymethods]
impl PyPlan {
    /// What was decided.
    fn facts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        plan_facts(py, &self.0)
    }

    /// The memory that the load takes.
    fn memory<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        need_info(py, self.0.memory())
    }

    /// The disk that the outputs take in a folder.
    fn disk<'py>(&self, py: Python<'py>, folder: PathBuf) -> PyResult<Bound<'py, PyDict>> {
        need_info(py, self.0.disk(&folder))
    }

    /// Some of the rows, as a plan of their own.
    fn window(&self, py: Python<'_>, start: usize, stop: usize) -> PyResult<Self> {
        let window = self.0.window(start..stop);
        window.map(Self).map_err(|error| raised(py, error))
    }

    /// The rows of one of several processes, as a plan of their own.
    fn share(&self, py: Python<'_>, start: usize, stop: usize) -> PyResult<Self> {
        let share = self.0.share(start..stop);
        share.map(Self).map_err(|error| raised(py, error))
    }

    /// Carries the plan out: into memory, into an array, or into a file.
    #[pyo3(signature = (out, *, overwrite, progress, sidecar, gather=None))]
    fn pour<'py>(
        &self,
        py: Python<'py>,
        out: Option<&Bound<'py, PyAny>>,
        overwrite: bool,
        progress: Option<Py<PyAny>>,
        sidecar: Option<Py<PyAny>>,
        gather: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let mut caller = PyCaller::new(progress);
        caller.gather = gather;
        let loaded = match out {
            None => detached(py, || load(&self.0, Destination::Memory, &mut caller)),
            Some(out) if out.cast::<PyUntypedArray>().is_ok() => {
                return self.pour_into(py, out, &mut caller);
            }
            Some(path) => {
                let path: PathBuf = path.extract()?;
                let mut failed = None;
                let mut content = |report: &Report| {
                    Python::attach(|py| describe(py, sidecar.as_ref(), report)).map_err(|error| {
                        failed = Some(error);
                        Error::Interrupted
                    })
                };
                let destination = Destination::File {
                    path: &path,
                    overwrite,
                    sidecar: &mut content,
                };
                let loaded = detached(py, || load(&self.0, destination, &mut caller));
                caller.error = caller.error.take().or(failed);
                loaded
            }
        };
        self.finished(py, loaded, caller.error)
    }
}

impl PyPlan {
    /// Fills the caller's array.
    fn pour_into<'py>(
        &self,
        py: Python<'py>,
        out: &Bound<'py, PyAny>,
        caller: &mut PyCaller,
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
        self.finished(py, loaded, caller.error.take())
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
            _ => {
                let found = match (array.is_c_contiguous(), array.is_fortran_contiguous()) {
                    (true, _) => "order C",
                    (_, true) => "order F",
                    _ => "neither order",
                };
                Err(PyValueError::new_err(format!(
                    "out: expected a writeable array of shape {needed:?}, dtype {} and order {}; \
                     found shape {:?}, dtype {} and {found}{}",
                    self.0.options.dtype.name(),
                    order_name(&self.0),
                    array.shape(),
                    array.dtype(),
                    if flag("WRITEABLE")? {
                        ""
                    } else {
                        ", read-only"
                    }
                )))
            }
        }
    }

    /// The arrays in new memory, by their names, and the report.
    pub(super) fn finished<'py>(
        &self,
        py: Python<'py>,
        loaded: Result<Loaded>,
        error: Option<PyErr>,
    ) -> PyResult<Bound<'py, PyDict>> {
        // An exception of Python comes first: then the core failed only because it was stopped.
        if let Some(error) = error {
            return Err(error);
        }
        let loaded = loaded.map_err(|error| raised(py, error))?;
        let matrix = loaded.matrix.map(|mapping| Buffer {
            mapping,
            array: self.0.matrix(),
        });
        let poured = PyDict::new(py);
        poured.set_item("X", matrix)?;
        for role in [Role::Target, Role::Weight, Role::Group] {
            poured.set_item(role.name(), py.None())?;
        }
        let passed = PyDict::new(py);
        let masks = PyDict::new(py);
        for ((role, mapping), extra) in loaded.extras.into_iter().zip(&self.0.extras) {
            let array = Buffer {
                mapping,
                array: extra.array(self.0.rows),
            };
            match role {
                Role::Target | Role::Weight | Role::Group => {
                    poured.set_item(role.name(), array)?;
                }
                Role::Passthrough => passed.set_item(extra.name(), array)?,
                Role::Mask => masks.set_item(extra.name(), array)?,
            }
        }
        for text in loaded.texts {
            let objects = text_objects(py, &text)?;
            passed.set_item(text.name(), objects)?;
        }
        poured.set_item("passthrough", passed)?;
        poured.set_item("masks", masks)?;
        poured.set_item("report", run_report(py, &loaded.report)?)?;
        Ok(poured)
    }
}
