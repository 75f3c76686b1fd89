//! Floor 14: the boundary, the only room that knows Python. Reads options, releases the interpreter,
//! calls the core, and turns results and errors into Python's.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`options`] | the options of a load, read from Python's object |
//! | [`words`] | words that mean a value |
//! | [`rows`] | those of them about rows |
//! | [`filter`] | filters, and their constants |
//! | [`plan`] | the call that makes a plan, and the one that carries it out |
//! | [`inspect`] | facts from footers, and about the order of rows |
//! | [`report`] | what a load found and did |
//! | [`buffer`] | memory of the core, for NumPy |
//! | [`batch`] | what is done batch by batch: orders, fills, and files that grow |
//! | [`serve`] | rows that are in memory already |
//! | [`text`] | texts as objects of Python |
//! | [`interrupts`] | Ctrl-C and progress |
//! | [`peak`] | the memory that a block of code holds at most |
//! | [`source`] | the files that a source stands for, and tables in memory |
//! | [`files`] | files beside a matrix, and locks |
//! | [`errors`] | errors as Python's exceptions |
#![expect(
    clippy::needless_pass_by_value,
    reason = "pyo3 hands over what it has made"
)]

/// A dict of these values by their names.
macro_rules! dict {
    ($py:expr, { $($name:literal: $value:expr),+ $(,)? }) => {{
        let dict = PyDict::new($py);
        $(dict.set_item($name, $value)?;)+
        PyResult::Ok(dict)
    }};
}

mod batch;
mod buffer;
mod errors;
mod files;
mod filter;
mod inspect;
mod interrupts;
mod options;
mod peak;
mod plan;
mod report;
mod rows;
mod serve;
mod source;
mod text;
mod words;

use pyo3::prelude::*;

use crate::kernel::isa::Isa;

#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("kernels", Isa::best().name())?;
    module.add_class::<buffer::Buffer>()?;
    module.add_class::<source::Frame>()?;
    module.add_class::<source::PyOrigins>()?;
    module.add_class::<source::remote::PyObjects>()?;
    module.add_class::<source::remote::PyListedObjects>()?;
    module.add_class::<source::remote::PyTicket>()?;
    module.add_class::<source::lake::PyFileOrigin>()?;
    module.add_class::<source::lake::PyLakeFile>()?;
    module.add_function(wrap_pyfunction!(source::remote::in_natural_order, module)?)?;
    module.add_function(wrap_pyfunction!(source::remote::chosen_objects, module)?)?;
    module.add_function(wrap_pyfunction!(source::remote::wants_folder, module)?)?;
    module.add_class::<source::stream::Stream>()?;
    module.add_function(wrap_pyfunction!(source::release::releases, module)?)?;
    module.add_class::<batch::writer::PyWriter>()?;
    #[cfg(feature = "tables")]
    module.add_class::<batch::table::PyTableWriter>()?;
    module.add_class::<buffer::MappedRows>()?;
    module.add_class::<peak::PySampler>()?;
    module.add_class::<plan::PyPlan>()?;
    module.add_function(wrap_pyfunction!(plan::plan, module)?)?;
    module.add_class::<serve::rules::PyRules>()?;
    module.add_class::<batch::fit::PyFit>()?;
    module.add_class::<batch::share::PySharedFit>()?;
    module.add_function(wrap_pyfunction!(batch::share::look, module)?)?;
    module.add_function(wrap_pyfunction!(batch::share::merge_told, module)?)?;
    module.add_function(wrap_pyfunction!(batch::share::merge_answers, module)?)?;
    module.add_function(wrap_pyfunction!(batch::share::write_fills, module)?)?;
    module.add_function(wrap_pyfunction!(batch::order::shuffled, module)?)?;
    module.add_class::<files::PyFolderLock>()?;
    module.add_function(wrap_pyfunction!(files::beside, module)?)?;
    module.add_function(wrap_pyfunction!(files::write_whole, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::inspect, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::inspect_order, module)?)
}
