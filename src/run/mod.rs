//! Floor 4: a plan becomes a matrix. Pours the columns, fits and writes what fills the gaps, and
//! reports what was met.

pub mod crew;
pub mod destination;
pub mod files;
pub mod joined;
pub mod joiner;
pub mod load;
pub mod marks;
pub mod medians;
pub mod narrowing;
pub mod passing;
pub mod placer;
pub mod populate;
pub mod pour;
pub mod report;
pub mod rules;
pub mod search;
pub mod seeker;
pub mod settle;
pub mod sheets;
pub mod sift;
pub mod stripes;
pub mod tables;
pub mod tasks;
pub mod turn;

pub use crew::{Progress, Stage, Watch};
pub use destination::{Destination, Loaded, Matrix};
pub use load::load;
pub use report::{ColumnReport, Report, TableReport};
