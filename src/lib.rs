//! Parquet poured straight into one matrix, ready to fit, at one copy of memory.
//!
//! A plan is made from footers, and from columns that choose rows. Then each value is decoded once, cast and cleaned on the way, and
//! written into the memory of the matrix, where rows are put in order while their gaps are filled. The
//! peak of memory is the matrix plus a small scratch whose bound does not depend on the data.
//!
//! # The data path
//!
//! ```text
//! WHERE FROM               WHICH ROWS        WHAT THEY BECOME      WHERE THEY GO
//!
//! io::Input                select::Rows      dataset::Lane         run::pour::Target, one each
//! bytes by position        all, runs, or     open, fill, skip,     for X, y, weight and group,
//!     |                    tiles of parts    finish                and in it a place for each part
//! parquet::Footer               |                 |                         |
//! row groups and chunks         |                 |                         |
//!     |                         |                 |                         |
//! dataset::Scan -- RowGroup ----+------------> Lane -- tile ----------> ColumnPiece
//!                  Cells of each column:       pages, decoded,              |
//!                  Chunk, Array, Constant      cast, cleaned by         Sheets -- turn --> output:
//!                                              a Rule; a Tally                     ^       memory, an
//!                                                   |                              |       array, or
//!                                                   +-> fit::observer -- fills ----+       a .npy file
//!
//! key::stream -- keys of the source and of each table --> Matches --> run::join
//!                which row of a table for each row of the source      columns of tables, placed,
//!                                                                     filled, beside the others
//! ```
//!
//! A [`plan`] decides all of it beforehand, as plain data. [`run`] carries it out, with the threads of
//! [`workers`], and every buffer whose size depends on a file is leased from an [`account`]. The pour
//! itself is one loop, [`run::pour::place`]: it knows cells, rows, places and an observer, and nothing
//! of files, options or fills. `DESIGN.md` says why, and where a new source, output or option would go.
//!
//! # Floors
//!
//! Each floor uses only the ones below it; `tests/rust/structure/floors.rs` checks this.
//!
//! | floor | module | what it does |
//! | --- | --- | --- |
//! | 14 | `python` | the boundary: options in, arrays and errors out |
//! | 13 | [`run`], `table` | a plan becomes arrays: the pour, the join, the files; tables that are written batch by batch |
//! | 12 | [`fit`] | what is learned of columns, and what fills their gaps |
//! | 11 | [`output`] | the memory that rows go to, and the file that it becomes |
//! | 10 | [`plan`] | which columns go where, and what that takes |
//! | 9 | [`select`] | which rows of the source are poured, and in which part each |
//! | 8 | [`key`] | values of keys in one form, their order, and which rows they match |
//! | 7 | [`dataset`] | any source as row groups of cells |
//! | 6 | [`arrow`] | tables in memory, by the Arrow C data interface |
//! | 5 | [`parquet`] | footers, pages, decoders: one column of one row group as a stream |
//! | 4 | [`io`] | bytes by position |
//! | 3 | [`workers`] | threads, and the caller that watches them |
//! | 2 | [`sys`], [`texts`] | the operating system; different texts and their codes |
//! | 1 | [`account`], [`types`] | bytes of scratch; dtypes, orders, arrays |
//! | 0 | [`kernel`], [`error`] | pure numbers: cast, clean, select, transpose; reasons to refuse a load |
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | input | something that has bytes: a file |
//! | source | an opened input; in a join, the files that give the rows |
//! | table | a file as its footer describes it; in a join, a file that is matched to the source |
//! | frame | a table in memory, which another program hands out |
//! | outline | the columns of a source whose rows are read later, or were read before |
//! | layout | a schema that files share |
//! | plan | everything decided before a data byte is read |
//! | scan | the walk along the row groups of files |
//! | cells | one column of one row group, before it is read |
//! | lane | the same as a stream of elements |
//! | rows, run | the rows of a row group that are poured; some to skip, and some to take after them |
//! | selection | the rows of a whole source that are poured, and the part that each is in |
//! | part | a contiguous range of rows of the output; fills are fitted on the first |
//! | batch, writer | rows that come before it is known how many there are; what takes them |
//! | spool | texts on the disk until it is known how wide their file is |
//! | window | rows of a source that are loaded by themselves, one window after the other |
//! | share | the rows of one of several processes, which fit together |
//! | glimpse, look | what a share shows at first; what all shares count to find a fill |
//! | served | of rows: in memory already, and treated as a load treats those of files |
//! | arrange | to put the rows of a part in order, in place |
//! | tile | rows of a column that are decoded before they are stored |
//! | rule | what to write for values that are not plain, as six numbers |
//! | tally | how many of them a column had |
//! | target | an array that is poured, and how |
//! | place | where one column of one row group goes |
//! | sheet | rows of the output whose columns lie one behind the other until it is turned |
//! | turn | to put the rows of a sheet in order |
//! | stripe | row groups that are poured and turned together, before their pages are given back |
//! | prefault | to have the system find pages before they are written |
//! | pour | to write the arrays |
//! | fill | what replaces missing values; to find it and write it |
//! | bracket | two values with the middle of a column between them |
//! | observer | what sees pieces of columns while they are poured |
//! | question, answer | what is to be counted of a column; the counts, which add up |
//! | key, form | what rows are matched by; how it is written alike for all files |
//! | match | the row of a table that a row of the source gets its values from |
//! | sentinel | a number that stands for what is not plain until its row is known |
//! | band | columns of a joined table that are made side by side |
//! | account, lease | the scratch that all threads share; a part of it that one buffer holds |
//! | fault, error | what is wrong with some bytes; the same with its place |
//! | checkpoint | where a long step is polled for cancellation |
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
pub mod arrow;
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
#[cfg(feature = "tables")]
pub mod table;
pub mod texts;
pub mod types;
pub mod workers;

#[cfg(feature = "python")]
mod python;
