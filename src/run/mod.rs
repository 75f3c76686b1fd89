//! Floor 3: a plan becomes a matrix. Pours the columns, fits and writes what fills the gaps, and
//! reports what was met.

pub mod crew;
pub mod destination;
pub mod load;
pub mod medians;
pub mod passing;
pub mod pour;
pub mod report;
pub mod settle;
pub mod tasks;

pub use crew::{Progress, Stage, Watch};
pub use destination::{Destination, Loaded, Matrix};
pub use load::load;
pub use report::{ColumnReport, Report};
