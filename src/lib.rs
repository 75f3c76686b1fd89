//! Parquet poured straight into one matrix, ready to fit, at one copy of memory.
//!
//! ```text
//! path -> Source -> Plan -> lanes of pages -> tile -> sheets -> output
//! ```
//!
//! A plan is made from footers alone. Then every value is decoded once, cast and cleaned in passing,
//! and written into the memory of the matrix, where rows are put in order while their gaps are filled;
//! so the peak of memory is the matrix plus a small scratch whose bound does not depend on the data.
//!
//! # Floors
//!
//! Each floor uses only the ones below it.
//!
//! | floor | module | what it does |
//! | --- | --- | --- |
//! | 5 | `python` | the boundary: arguments in, arrays and errors out |
//! | 4 | [`run`] | workers, the pour, the fills, the files |
//! | 3 | [`join`] | which row of a table belongs to which row of the source |
//! | 2 | [`plan`], [`output`] | which columns go where; the memory they go to |
//! | 1 | [`read`] | footers, pages, decoders: one column of one row group as a stream |
//! | 0 | [`kernel`] | pure numbers: cast, clean, select, transpose |
//!
//! [`error`] and [`account`] serve all floors but the lowest.
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | source | one opened file |
//! | layout | a schema that files share |
//! | plan | everything decided before a data byte is read |
//! | lane | one column of one row group, streaming |
//! | tile | rows of a column that are decoded before they are stored |
//! | sheet | rows of the output whose columns lie one behind the other until it is turned |
//! | stripe | row groups that are turned together, before their pages are given back |
//! | band | columns of a joined table that are made side by side |
//! | rule | what to write for what is not plain, as six numbers |
//! | tally | what was met in a column |
//! | table | a file joined to the source on a key |
//! | key, form | what rows are matched by; how it is written alike for all files |
//! | match | the row of a table that a row of the source gets its values from |
//! | pour, settle | write the matrix; find and write the fills |
//!
//! # Example
//!
//! ```no_run
//! use onecopy::plan::{Options, Plan};
//! use onecopy::run::{Destination, load};
//!
//! let plan = Plan::new(&["train.parquet".into()], Options::default())?;
//! let loaded = load(&plan, Destination::Memory, &mut ())?;
//! assert_eq!(loaded.report.rows, plan.rows as u64);
//! # Ok::<(), onecopy::error::Error>(())
//! ```

pub mod account;
pub mod dataset;
pub mod error;
pub mod fit;
pub mod io;
pub mod kernel;
pub mod key;
pub mod output;
pub mod parquet;
pub mod plan;
pub mod run;
pub mod select;
pub mod sys;
pub mod types;
pub mod workers;

#[cfg(feature = "python")]
mod python;
