//! The boundary: the only room that knows Python. Takes arguments apart, lets go of the interpreter,
//! calls the core, and turns results and errors into Python's.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `arguments` | the options of a call |
//! | `listing` | the files of a source |
//! | `inspect` | what footers say |
//! | `plan` | a plan, and the call that does it |
//! | `buffer` | memory that becomes an array |
//! | `files` | names, locks and room for the files of a matrix |
//! | `report` | what was met and done |
//! | `errors` | errors of the core as Python's |
//! | `interrupts` | Ctrl-C and progress |

mod arguments;
mod buffer;
mod errors;
mod files;
mod inspect;
mod interrupts;
mod listing;
mod plan;
mod report;

use pyo3::prelude::*;

use crate::kernel::isa::Isa;

#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("kernels", Isa::best().name())?;
    module.add_class::<buffer::Buffer>()?;
    module.add_class::<plan::PyPlan>()?;
    module.add_function(wrap_pyfunction!(arguments::plan, module)?)?;
    module.add_class::<files::PyFolderLock>()?;
    module.add_function(wrap_pyfunction!(files::beside, module)?)?;
    module.add_function(wrap_pyfunction!(files::write_whole, module)?)?;
    module.add_function(wrap_pyfunction!(files::free_memory, module)?)?;
    module.add_function(wrap_pyfunction!(files::free_disk, module)?)?;
    module.add_function(wrap_pyfunction!(listing::list_files, module)?)?;
    module.add_function(wrap_pyfunction!(inspect::inspect, module)?)
}
