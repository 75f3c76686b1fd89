//! Rows that come batch by batch, and whose number is not known before the last: a stream, or what a
//! program makes. Each batch is a load of its own, into the next rows of arrays that grow, with its gaps
//! left open; fills, codes and the order of rows follow when all rows are there.
//!
//! ```text
//! batch -> plan, against the columns of those before -> pour into the next rows -> tallies, texts
//! end   -> codes of texts -> fills -> order of rows -> files, and their names
//! ```
//!
//! What batches may differ in is what files of one source may: names in another order, types, nulls. A batch
//! that is refused while it is planned leaves the writer as it was, unless its keys were noted already; one
//! that fails later ends it.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`batch`] | the plan of a batch |
//! | [`arrays`] | the arrays that grow |
//! | `texts` | texts that are passed through, as they come |
//! | `codes` | texts that become codes, numbered as they come |
//! | [`onto`] | a finished set that a writer goes on with |
//! | [`finish`] | what is done when all rows are there |

pub mod arrays;
pub mod batch;
mod codes;
pub mod finish;
pub mod onto;
mod texts;

use std::cell::RefCell;

use crate::account::Account;
use crate::arrow::FrameStream;
use crate::dataset::constant::hive::FolderKeys;
use crate::dataset::table::SURVEY_BYTES;
use crate::dataset::{Origin, Origins, Outline, Table};
use crate::error::{Checkpoint, Error, Result};
use crate::kernel::Tally;
use crate::key::SeenKeys;
use crate::output::npy::beside;
use crate::output::{Draft, prefault::Prefault};
use crate::plan::{Fill, Options, Output, Plan, Role};
use crate::run::destination::WriterPlace;
use crate::run::load::{Beside, Load, Pages, no_matrix, view};
use crate::run::report::{CodesReport, Report};
use crate::run::writer::arrays::{Pieces, WriterArrays};
use crate::run::writer::batch::{Batch, BatchRequest};
use crate::run::writer::codes::WriterCodes;
use crate::run::writer::onto::FinishedSet;
use crate::sys::free::free_memory;
use crate::types::Dtype;
use crate::workers::{Caller, Progress};

/// Bytes of outputs that batches of a stream become together: small ones are poured as one.
const TOGETHER: usize = 8 << 20;
/// The same in rows, before it is known how long a row is.
const FIRST_TOGETHER: u64 = 1 << 14;

/// Drafts that are begun before the first batch, so that a name that cannot be had is refused at once.
struct FirstDrafts {
    matrix: Option<Draft>,
    last: Draft,
}

/// The last batch, in whose plan the columns of all are known.
struct LastBatch {
    plan: Plan,
    /// The fills of its features as the options have them.
    fills: Vec<Fill>,
}

/// What is known of the rows so far.
struct Poured {
    arrays: WriterArrays,
    codes: WriterCodes,
    tallies: Vec<Tally>,
    report: Report,
    /// The files, and of tables in memory one of a name.
    sources: Vec<Table>,
}

/// Takes batches, and makes arrays of them.
pub struct Writer {
    options: Options,
    place: WriterPlace,
    drafts: Option<FirstDrafts>,
    keys: Option<SeenKeys>,
    /// A finished set whose rows come first.
    onto: Option<FinishedSet>,
    /// The columns of all batches so far.
    outlines: Vec<Outline>,
    last: Option<LastBatch>,
    poured: Option<Poured>,
    duplicates: usize,
    has_failed: bool,
}

impl Writer {
    /// A writer without rows, or with those of a finished set. The options have to be some that need not
    /// know all rows before.
    pub fn new(options: Options, place: WriterPlace, onto: Option<FinishedSet>) -> Result<Self> {
        batch::refuse(&options)?;
        let drafts = match &place {
            WriterPlace::Memory => None,
            WriterPlace::File { path, overwrite } => {
                let draft = |path| Draft::new(path, 0, *overwrite, Checkpoint::NONE);
                Some(FirstDrafts {
                    last: draft(&beside(path, "json"))?,
                    matrix: Some(draft(path)?),
                })
            }
        };
        // Keys count on top of what the options allow.
        let free = || Account::new(free_memory().unwrap_or(usize::MAX));
        let unique = options.rows.unique.as_ref();
        Ok(Self {
            keys: unique.map(|_| SeenKeys::new(&free())),
            options: Options {
                output: match place {
                    WriterPlace::Memory => Output::Memory,
                    WriterPlace::File { .. } => Output::File,
                },
                ..options
            },
            place,
            drafts,
            onto,
            outlines: Vec::new(),
            last: None,
            poured: None,
            duplicates: 0,
            has_failed: false,
        })
    }

    /// Rows that were taken.
    pub fn rows(&self) -> usize {
        self.poured
            .as_ref()
            .map_or(0, |poured| poured.arrays.rows())
    }

    /// Rows that were left out because earlier ones have their keys.
    pub const fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Whether the columns are known.
    pub const fn has_begun(&self) -> bool {
        self.poured.is_some()
    }

    /// Takes the rows of files or of tables in memory, behind those before.
    pub fn append(&mut self, origins: &Origins, caller: &mut dyn Caller) -> Result<()> {
        if self.has_failed {
            let what =
                "an earlier batch failed while it was written, so there is nothing to go on with";
            return Err(Error::Argument(format!("append: {what}; begin anew")));
        }
        // Keys of a batch that is refused would be taken for those of rows.
        self.has_failed = self.keys.is_some();
        let polled = RefCell::new(&mut *caller);
        let poll = |_| polled.borrow_mut().check();
        let batch = self.request().plan(origins, Checkpoint::new(&poll))?;
        self.has_failed = true;
        self.pour(batch, caller)?;
        self.has_failed = false;
        Ok(())
    }

    /// Takes all rows of a stream, until it ends.
    pub fn append_stream(
        &mut self,
        stream: &mut FrameStream,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        loop {
            let account = Account::new(SURVEY_BYTES);
            let next = stream.next_frame(self.together(), &account);
            caller.check()?;
            let Some(frame) = next? else {
                break;
            };
            let origins = Origin::Frame(frame.into());
            self.append(&Origins::new(vec![origins], FolderKeys::default()), caller)?;
        }
        if self.has_begun() {
            return Ok(());
        }
        let outline = Origin::Outline(Outline {
            name: stream.name().to_path_buf(),
            leaves: stream.schema().leaves,
            schema: stream.schema().clone(),
        });
        self.append(&Origins::new(vec![outline], FolderKeys::default()), caller)
    }

    /// How many rows of a stream are poured together.
    fn together(&self) -> u64 {
        let row = self.poured.as_ref().map(|poured| poured.arrays.row_bytes());
        row.map_or(FIRST_TOGETHER, |row| (TOGETHER / row.max(1)).max(1) as u64)
    }

    fn request(&self) -> BatchRequest<'_> {
        BatchRequest {
            options: &self.options,
            outlines: &self.outlines,
            known: self.last.as_ref().map(|last| &last.plan),
            keys: self.keys.as_ref(),
            held: match (&self.place, &self.poured) {
                (WriterPlace::Memory, Some(poured)) => poured.arrays.bytes(),
                _ => 0,
            },
        }
    }

    /// Pours a batch behind the rows that are there.
    fn pour(&mut self, batch: Batch, caller: &mut dyn Caller) -> Result<()> {
        let Batch {
            plan,
            fills,
            outlines,
            duplicates,
            earlier,
        } = batch;
        let mut poured = match self.poured.take() {
            Some(poured) => poured,
            None => self.begin(&plan, caller)?,
        };
        let polled = RefCell::new(&mut *caller);
        let poll = |_| polled.borrow_mut().check();
        poured.arrays.reserve(&plan, Checkpoint::new(&poll))?;
        let mut load = Load::new(&plan);
        let mut behind = Behind {
            rows: poured.arrays.rows() as u64,
            caller,
        };
        poured.load(&mut load, &mut behind)?;
        poured.note(load.report, &plan);
        batch::add_sources(&mut poured.sources, &plan.files[earlier..]);
        self.poured = Some(poured);
        self.last = Some(LastBatch { plan, fills });
        self.outlines = outlines;
        self.duplicates += duplicates;
        Ok(())
    }

    /// The arrays of a plan, with the rows of a finished set if there is one.
    fn begin(&mut self, plan: &Plan, caller: &mut dyn Caller) -> Result<Poured> {
        let matrix = self.drafts.as_mut().and_then(|drafts| drafts.matrix.take());
        let mut poured = Poured {
            arrays: WriterArrays::new(plan, &self.place, matrix)?,
            codes: WriterCodes::new(plan, &self.options),
            tallies: vec![Tally::default(); plan.features.len()],
            report: Report::default(),
            sources: Vec::new(),
        };
        if let Some(onto) = &self.onto {
            let polled = RefCell::new(caller);
            let poll = |_| polled.borrow_mut().check();
            let masks = onto.masks(plan);
            let masked = masks.iter().map(|mask| mask.name().to_owned());
            poured.report.masked.extend(masked);
            poured.report.rows = onto.rows as u64;
            poured.arrays.add_extras(&masks)?;
            onto.copy(plan, &mut poured.arrays, Checkpoint::new(&poll))?;
            if let Some(texts) = &onto.group_texts {
                poured.codes.begin_with(Role::Group, texts)?;
            }
        }
        Ok(poured)
    }
}

/// The caller of a batch, which is told of the rows before it as well.
struct Behind<'a> {
    rows: u64,
    caller: &'a mut dyn Caller,
}

impl Caller for Behind<'_> {
    fn check(&mut self) -> Result<()> {
        self.caller.check()
    }

    fn report(&mut self, progress: Progress) -> Result<()> {
        self.caller.report(Progress {
            rows_done: self.rows + progress.rows_done,
            rows_total: self.rows + progress.rows_total,
            ..progress
        })
    }
}

impl Poured {
    /// Carries the plan of a batch out.
    fn load(&mut self, load: &mut Load<'_>, caller: &mut dyn Caller) -> Result<()> {
        if load.plan.rows == 0 {
            return Ok(());
        }
        match load.plan.options.dtype {
            Dtype::F16 => self.load_as::<half::f16>(load, caller),
            Dtype::F32 => self.load_as::<f32>(load, caller),
            Dtype::F64 => self.load_as::<f64>(load, caller),
            other => Err(no_matrix(other)),
        }
    }

    fn load_as<T: crate::kernel::Real>(
        &mut self,
        load: &mut Load<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = load.plan;
        let first = self.arrays.rows();
        let Pieces {
            matrix,
            extras,
            mut texts,
            prefaulted,
        } = self.arrays.pieces(plan)?;
        let pages = Pages {
            release: matrix.release(),
            prefault: prefaulted.map(|(handle, bytes)| Prefault::new(handle, &bytes)),
        };
        let beside = Beside {
            extras,
            texts: texts.iter_mut().map(|sink| sink as _).collect(),
        };
        load.arrays(view::<T>(plan, matrix)?, pages, beside, caller)?;
        drop(texts);
        self.codes
            .number::<T>(&load.report, plan, &mut self.arrays, first)?;
        self.arrays.commit(plan.rows);
        Ok(())
    }

    /// Notes what was found in a batch.
    fn note(&mut self, report: Report, plan: &Plan) {
        for (tally, column) in self.tallies.iter_mut().zip(&report.columns) {
            tally.add(&column.tally);
        }
        let own = &mut self.report;
        own.rows += report.rows;
        let chosen = plan.chosen.as_ref().map_or(0, |chosen| chosen.bytes_read);
        own.bytes_read += report.bytes_read + chosen;
        own.peak_scratch = own.peak_scratch.max(report.peak_scratch);
        own.threads = own.threads.max(report.threads);
        for (stage, spent) in report.seconds {
            match own.seconds.iter_mut().find(|(known, _)| *known == stage) {
                Some((_, sum)) => *sum += spent,
                None => own.seconds.push((stage, spent)),
            }
        }
        for name in report.masked {
            if !own.masked.contains(&name) {
                own.masked.push(name);
            }
        }
        let is_known = |codes: &CodesReport| self.codes.is_known(codes.role);
        let known: Vec<CodesReport> = report.codes.into_iter().filter(is_known).collect();
        if !known.is_empty() {
            own.codes = known;
        }
    }
}
