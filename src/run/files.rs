//! A load into files: drafts first, so that all space is reserved before anything is read; then the
//! data, the headers, the sync, and last of all the names.

use std::cell::RefCell;
use std::iter;
use std::path::Path;

use crate::error::{Checkpoint, Error, Place, Result, Shortage};
use crate::output::npy::beside;
use crate::output::prefault::Prefault;
use crate::output::{Draft, npy, publish};
use crate::plan::{Extra, Role, TextColumn};
use crate::run::destination::Sidecar;
use crate::run::load::{Beside, Load, misfit};
use crate::run::report::TextTypeReport;
use crate::run::text::{FixedSink, Longest, Places, TextRead, TextSink};
use crate::sys::Mapping;
use crate::sys::free::fits_well;
use crate::types::{ArraySpec, Dtype, Order};
use crate::workers::{Caller, Stage, Workers, drop_detached, pause};

/// Bytes that are written back between two polls for cancellation.
const FLUSH_BYTES: usize = 16 << 20;

/// An array in the draft of a file.
pub(super) struct DraftArray {
    pub(super) draft: Draft,
    pub(super) mapping: Mapping,
    pub(super) header: Vec<u8>,
}

impl DraftArray {
    fn new(
        target: &Path,
        spec: &ArraySpec,
        overwrite: bool,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let header = npy::header(spec);
        Self::with_header(target, header, spec.bytes(), overwrite, checkpoint)
    }

    /// An array of so many bytes behind a header.
    fn with_header(
        target: &Path,
        header: Vec<u8>,
        bytes: usize,
        overwrite: bool,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Self> {
        let bytes = header.len().saturating_add(bytes);
        let draft = Draft::new(target, bytes as u64, overwrite, checkpoint)?;
        let mapping = Mapping::file(draft.file(), bytes, header.len());
        Ok(Self {
            mapping: mapping.map_err(|error| unmapped(target, error))?,
            draft,
            header,
        })
    }

    /// Syncs the data, and then writes the header, without which no program loads the file.
    pub(super) fn write(&self, workers: &Workers) -> Result<()> {
        for start in (0..self.mapping.bytes()).step_by(FLUSH_BYTES) {
            let flushed = self.mapping.flush(start..start + FLUSH_BYTES);
            flushed.map_err(|e| Error::io(self.draft.target(), e))?;
            workers.check()?;
        }
        self.draft.sync()?;
        self.draft.write_at(&self.header, 0)
    }
}

/// The error for a file that cannot be mapped.
fn unmapped(target: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::OutOfMemory => Shortage::new(format!(
            "{}: the address space of this process has no room for the file; raise its limit, or \
             take fewer columns",
            target.display()
        ))
        .at(Place::file(target))
        .into(),
        _ => Error::io(target, error),
    }
}

/// Where the files of texts go.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextTarget<'a> {
    pub(super) path: &'a Path,
    pub(super) rows: usize,
    pub(super) overwrite: bool,
}

impl TextTarget<'_> {
    /// The drafts of a column: its texts, and where it has nulls their mask.
    pub(super) fn drafts(
        self,
        text: &TextColumn,
        longest: &Longest,
        checkpoint: Checkpoint<'_>,
    ) -> Result<Vec<DraftArray>> {
        let Self {
            path,
            rows,
            overwrite,
        } = self;
        let mask = ArraySpec {
            shape: vec![rows],
            dtype: Dtype::Bool,
            order: Order::C,
        };
        let header = npy::header_as(&mask, &longest.descr());
        let bytes = rows.saturating_mul(longest.item());
        let target = beside(path, &format!("{}.npy", text.name));
        let texts = DraftArray::with_header(&target, header, bytes, overwrite, checkpoint)?;
        let mut drafts = vec![texts];
        if longest.has_nulls {
            let target = beside(path, &format!("{}.mask.npy", text.name));
            drafts.push(DraftArray::new(&target, &mask, overwrite, checkpoint)?);
        }
        Ok(drafts)
    }
}

/// What writes texts into their drafts.
pub(super) fn sinks<'a>(
    drafts: &'a mut [DraftArray],
    longest: &[Longest],
    rows: usize,
) -> Result<Vec<FixedSink<'a>>> {
    let mut drafts = drafts.iter_mut();
    let sinks = longest.iter().map(|longest| {
        let texts = drafts.next().ok_or_else(misfit)?;
        let out = texts.mapping.view((rows, longest.item()), Order::C);
        let mask = match drafts.by_ref().take(longest.has_nulls.into()).next() {
            Some(mask) => Some(mask.mapping.view((rows, 1), Order::C).ok_or_else(misfit)?),
            None => None,
        };
        Ok(FixedSink {
            text: longest.text,
            out: out.ok_or_else(misfit)?,
            mask,
        })
    });
    sinks.collect()
}

impl Load<'_> {
    /// Loads into `path` and the files beside it.
    pub(super) fn files(
        &mut self,
        path: &Path,
        overwrite: bool,
        sidecar: Sidecar<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let polled = RefCell::new(&mut *caller);
        let poll = |_| polled.borrow_mut().check();
        let checkpoint = Checkpoint::new(&poll);
        let last = Draft::new(&beside(path, "json"), 0, overwrite, checkpoint)?;
        let mut matrix = DraftArray::new(path, &plan.matrix(), overwrite, checkpoint)?;
        if plan.options.memory_limit.is_none() && fits_well(matrix.mapping.bytes()) {
            matrix.mapping.hold();
        }
        let mut arrays = Vec::with_capacity(plan.extras.len() + 1);
        for extra in &plan.extras {
            let target = beside(path, &extra.ending());
            let array = extra.array(plan.rows);
            arrays.push(DraftArray::new(&target, &array, overwrite, checkpoint)?);
        }
        let longest = self.longest(*polled.borrow_mut())?;
        let target = TextTarget {
            path,
            rows: plan.rows,
            overwrite,
        };
        for (text, longest) in plan.texts.iter().zip(&longest) {
            arrays.extend(target.drafts(text, longest, checkpoint)?);
        }
        arrays.push(matrix);
        if let Err(error) = self.fill_files(&mut arrays, &longest, &last, sidecar, caller) {
            if matches!(error, Error::Interrupted) {
                // The system waits for what is on its way to the disk; the caller should not.
                for array in &mut arrays {
                    array.draft.give_up();
                }
                drop_detached(arrays);
            }
            return Err(error);
        }
        self.name_files(arrays, last, overwrite, caller)
    }

    /// Gives files their names: the arrays beside the matrix in their order, then others. Masks that
    /// nothing needs have none; of a share that was told, others know.
    pub(super) fn name_files(
        &self,
        arrays: Vec<DraftArray>,
        last: Draft,
        overwrite: bool,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let unmasked = |extra: &Extra| {
            extra.role == Role::Mask
                && self.report.told.is_empty()
                && !self.report.masked.iter().any(|name| name == extra.name())
        };
        let roles = self.plan.extras.iter().map(|extra| !unmasked(extra));
        let kept = roles.chain(iter::repeat(true));
        let kept = arrays
            .into_iter()
            .zip(kept)
            .filter_map(|(array, kept)| kept.then_some(array.draft));
        let mut drafts: Vec<Draft> = kept.collect();
        drafts.push(last);
        let polled = RefCell::new(caller);
        let poll = |_| {
            pause();
            polled.borrow_mut().check()
        };
        publish(drafts, overwrite, Checkpoint::new(&poll))
    }

    /// Writes arrays whose values are all there to the disk, and their headers.
    pub(super) fn write_files(
        &mut self,
        arrays: &[DraftArray],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        self.stage(Stage::Write, self.plan.features.len(), caller, |team| {
            let workers = team.workers;
            let write = || arrays.iter().try_for_each(|array| array.write(workers));
            workers.run(1, team.caller, write)
        })?;
        self.report.peak_scratch = self.account.peak().max(self.report.peak_scratch);
        Ok(())
    }

    /// Notes the types of texts in files.
    pub(super) fn note_texts(&mut self, longest: &[Longest]) {
        for (text, longest) in self.plan.texts.iter().zip(longest) {
            self.report.text_types.push(TextTypeReport {
                name: text.name.clone(),
                descr: longest.descr(),
            });
            if longest.has_nulls {
                self.report.masked.push(text.name.clone());
            }
        }
    }

    /// How long the longest text of each column is, which decides the width of its file.
    fn longest(&mut self, caller: &mut dyn Caller) -> Result<Vec<Longest>> {
        let plan = self.plan;
        let mut found = Vec::with_capacity(plan.texts.len());
        for column in &plan.texts {
            let account = self.text_account();
            let mut longest = Longest::new(column.text);
            self.stage(Stage::Rows, 1, caller, |team| {
                let read = TextRead::new(plan, column, &account, team.workers);
                read.run(&mut Places::unordered(plan), &mut longest, team.caller)
            })?;
            found.push(longest);
        }
        Ok(found)
    }

    /// Fills the arrays, of which the matrix is the last, and writes the sidecar.
    fn fill_files(
        &mut self,
        arrays: &mut [DraftArray],
        longest: &[Longest],
        last: &Draft,
        sidecar: Sidecar<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let Some((matrix, others)) = arrays.split_last_mut() else {
            return Ok(());
        };
        if !matrix.mapping.release().is_some() && plan.join.is_none() {
            // All pages before anything is poured, so that the page cache has them in file order.
            if let Some(prefault) = Prefault::of(&matrix.mapping, plan.read_bytes) {
                self.stage(Stage::Pour, 0, caller, |team| {
                    let workers = team.workers;
                    team.run(|| prefault.run(workers))
                })?;
            }
        }
        let (extras, texts) = others.split_at_mut(plan.extras.len());
        let mut texts = sinks(texts, longest, plan.rows)?;
        let beside = Beside {
            extras: extras
                .iter_mut()
                .map(|array| array.mapping.piece(0))
                .collect(),
            texts: texts
                .iter_mut()
                .map(|text| text as &mut dyn TextSink)
                .collect(),
        };
        self.arrays_in(matrix.mapping.piece(0), None, beside, caller)?;
        drop(texts);
        self.note_texts(longest);
        self.write_files(arrays, caller)?;
        last.write_at(&sidecar(&self.report)?, 0)
    }
}
