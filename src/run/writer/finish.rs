//! The end of a writer: all rows are there, so numbers of texts become codes, gaps are filled, rows are put
//! in order, and files get their names. It is the end of a load, over arrays that stand already.

use crate::dataset::Table;
use crate::error::{Checkpoint, Error, Result};
use crate::fit::fill::Poured as PouredMatrix;
use crate::kernel::{Real, Tally};
use crate::output::arrange::{PartOrder, arrange};
use crate::output::columns::columns_of_rows;
use crate::output::growing::GrownArray;
use crate::output::{Draft, GrowingArray, npy};
use crate::plan::{Extra, Plan, TextColumn};
use crate::run::destination::{Loaded, WriterPlace};
use crate::run::extras::extra_arrays;
use crate::run::files::{DraftArray, TextTarget, sinks};
use crate::run::join::ColumnState;
use crate::run::load::{Load, misfit, no_matrix};
use crate::run::report::{Report, step};
use crate::run::text::{Longest, Places, Spool, TextArray, TextSink};
use crate::run::writer::arrays::{WriterArrays, is_same};
use crate::run::writer::codes::WriterCodes;
use crate::run::writer::onto::FinishedSet;
use crate::run::writer::texts::GrowingTexts;
use crate::run::writer::{LastBatch, Poured, Writer};
use crate::types::{ArraySpec, Dtype, Order};
use crate::workers::{Caller, Stage, drop_detached};

/// Returns the bytes of the file that describes the arrays.
pub type WriterSidecar<'a> = &'a mut (dyn FnMut(&Plan, &Report) -> Result<Vec<u8>> + Send);

/// What a writer has made.
pub struct Written {
    /// The load that would have made it.
    pub plan: Plan,
    /// Its arrays, where they are in memory.
    pub loaded: Loaded,
}

/// The arrays when all rows are there.
struct Grown {
    matrix: GrownArray,
    extras: Vec<GrownArray>,
    texts: Vec<GrowingTexts>,
}

/// Where files go.
struct FileTarget<'a> {
    texts: TextTarget<'a>,
    /// The set that they replace.
    onto: Option<&'a FinishedSet>,
    /// The draft of the file that vouches for the others.
    last: Draft,
}

impl Grown {
    /// Arrays that end with so many rows.
    fn of(arrays: &mut WriterArrays, rows: usize) -> Result<Self> {
        let matrix = std::mem::replace(&mut arrays.matrix, GrowingArray::in_memory(0)?);
        let extras = std::mem::take(&mut arrays.extras).into_iter();
        let extras = extras.map(|own| own.array.finish(rows));
        Ok(Self {
            matrix: matrix.finish(rows)?,
            extras: extras.collect::<Result<_>>()?,
            texts: std::mem::take(&mut arrays.texts),
        })
    }
}

impl Writer {
    /// Ends it. A set of files is there as a whole or not at all.
    pub fn finish(
        mut self,
        sidecar: Option<WriterSidecar<'_>>,
        caller: &mut dyn Caller,
    ) -> Result<Written> {
        if self.has_failed {
            let what = "a batch failed while it was written, so nothing is";
            return Err(Error::Argument(format!("close: {what}")));
        }
        let (Some(mut poured), Some(last)) = (self.poured.take(), self.last.take()) else {
            let what = "no batch was appended, so there are no columns; nothing is written";
            return Err(Error::Argument(format!("close: {what}")));
        };
        let plan = self.plan(&poured, last);
        let mut load = Load::new(&plan);
        load.report = std::mem::take(&mut poured.report);
        let mut grown = Grown::of(&mut poured.arrays, plan.rows)?;
        let orders = load.orders(caller)?;
        let mut end = End {
            tallies: &poured.tallies,
            codes: &mut poured.codes,
            orders: &orders,
        };
        match plan.options.dtype {
            Dtype::F16 => end.matrix::<half::f16>(&mut load, &mut grown.matrix, caller)?,
            Dtype::F32 => end.matrix::<f32>(&mut load, &mut grown.matrix, caller)?,
            Dtype::F64 => end.matrix::<f64>(&mut load, &mut grown.matrix, caller)?,
            other => return Err(no_matrix(other)),
        }
        end.extras(&mut load, &mut grown.extras, caller)?;
        let mut loaded = Loaded {
            matrix: None,
            extras: Vec::new(),
            texts: Vec::new(),
            report: Report::default(),
        };
        match (&self.place, self.drafts, sidecar) {
            (WriterPlace::Memory, ..) => {
                for own in grown.texts {
                    loaded.texts.extend(end.text(&load, own)?);
                }
                loaded.matrix = Some(grown.matrix.mapping);
                let roles = plan.extras.iter().map(|extra| extra.role);
                let extras = grown.extras.into_iter().map(|own| own.mapping);
                loaded.extras = roles.zip(extras).collect();
            }
            (WriterPlace::File { path, overwrite }, Some(drafts), Some(describe)) => {
                let target = FileTarget {
                    texts: TextTarget {
                        path,
                        rows: plan.rows,
                        overwrite: *overwrite,
                    },
                    onto: self.onto.as_ref(),
                    last: drafts.last,
                };
                end.files(&mut load, grown, target, describe, caller)?;
            }
            _ => return Err(Error::Internal("files have no drafts".to_owned())),
        }
        loaded.report = load.report;
        Ok(Written { plan, loaded })
    }

    /// The plan of a load of all rows.
    fn plan(&self, poured: &Poured, last: LastBatch) -> Plan {
        let LastBatch { mut plan, fills } = last;
        for (feature, fill) in plan.features.iter_mut().zip(fills) {
            feature.fill = fill;
        }
        let extras = poured.arrays.extras.iter();
        // A batch without nulls may know nothing of a mask.
        plan.extras = extras
            .map(|own| {
                let mut found = plan.extras.iter();
                let found = found.find(|extra| is_same(extra, &own.extra));
                found.unwrap_or(&own.extra).clone()
            })
            .collect();
        let limit = plan.options.memory_limit;
        plan.options = self.options.clone();
        plan.options.memory_limit = limit;
        plan.rows = poured.arrays.rows();
        plan.window_rows = plan.rows;
        plan.output_bytes = poured.arrays.bytes();
        plan.chosen = None;
        plan.files.clone_from(&poured.sources);
        plan.row_groups = plan.files.iter().map(Table::row_groups).sum();
        plan.read_bytes = poured.report.bytes_read;
        plan
    }
}

/// What is done with all rows.
struct End<'a> {
    tallies: &'a [Tally],
    codes: &'a mut WriterCodes,
    orders: &'a [PartOrder],
}

impl End<'_> {
    /// Codes, fills and order of the matrix.
    fn matrix<T: Real>(
        &mut self,
        load: &mut Load<'_>,
        grown: &mut GrownArray,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = load.plan;
        let shape = (plan.rows, plan.features.len());
        let release = grown.mapping.release();
        let out = grown.mapping.view::<T>(shape, Order::C);
        let mut out = out.ok_or_else(misfit)?;
        let fills: Vec<_> = plan.features.iter().map(|feature| feature.fill).collect();
        let codes = load.stage(Stage::Categories, 1, caller, |team| {
            self.codes.finish_features(out.view_mut(), &fills, team)
        })?;
        let tallies = self.tallies.iter();
        let states = tallies.map(|tally| ColumnState::poured(&[*tally]));
        let mut states: Vec<ColumnState> = states.collect();
        for codes in codes {
            states[codes.column].texts = Some(codes.texts);
        }
        load.report.columns_are(plan, &states, step::<T>)?;
        let poured = PouredMatrix {
            out: out.view_mut(),
            fitted: plan.rows,
            sheet_rows: None,
            medians: None,
            codes: Vec::new(),
            release: &release,
        };
        load.fill(poured, &states, caller)?;
        let is_turned = plan.options.order == Order::F;
        if self.orders.is_empty() && !is_turned {
            return Ok(());
        }
        load.stage(Stage::Arrange, 1, caller, |team| {
            arrange(out.view_mut(), self.orders, team)?;
            if is_turned {
                columns_of_rows(out, team)?;
            }
            Ok(())
        })
    }

    /// Codes and order of the arrays beside it.
    fn extras(
        &mut self,
        load: &mut Load<'_>,
        grown: &mut [GrownArray],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = load.plan;
        let mut coded = Vec::new();
        let pieces = grown.iter_mut().map(|own| own.mapping.piece(0)).collect();
        let arrays = extra_arrays(plan, pieces, &mut coded)?;
        let orders = self.orders;
        let of_texts: Vec<&Extra> = plan.extras.iter().filter(|e| e.texts.is_some()).collect();
        let found = load.stage(Stage::Arrange, 1, caller, |team| {
            for mut array in arrays {
                array.arrange(orders, team)?;
            }
            let mut found = Vec::new();
            for (extra, memory) in of_texts.iter().zip(coded) {
                let out = memory.view::<i64>((plan.rows, 1), Order::C);
                let mut out = out.ok_or_else(misfit)?;
                found.extend(self.codes.finish_array(extra.role, out.view_mut(), team)?);
                arrange(out, orders, team)?;
            }
            Ok(found)
        })?;
        load.report.codes.extend(found);
        Ok(())
    }

    /// Texts in memory, in order.
    fn text(&self, load: &Load<'_>, own: GrowingTexts) -> Result<Option<TextArray>> {
        let GrowingTexts::Memory(mut texts) = own else {
            return Ok(None);
        };
        texts.shorten(load.plan.rows);
        if !self.orders.is_empty() {
            let account = load.text_account();
            let mut places = Places::new(load.plan, self.orders, &account)?;
            texts.reorder(|| places.next(0))?;
        }
        Ok(Some(texts))
    }

    /// Writes the files, and gives them their names.
    fn files(
        &self,
        load: &mut Load<'_>,
        grown: Grown,
        target: FileTarget<'_>,
        sidecar: WriterSidecar<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = load.plan;
        let specs = plan.extras.iter().map(|extra| extra.array(plan.rows));
        let mut arrays = Vec::new();
        for (own, spec) in grown.extras.into_iter().zip(specs) {
            arrays.push(draft_array(own, &spec)?);
        }
        let mut longest = Vec::new();
        for own in grown.texts {
            if let GrowingTexts::File(mut spool) = own {
                spool.flush()?;
                longest.push(spool.longest);
                let column = plan.texts.get(longest.len() - 1).ok_or_else(misfit)?;
                arrays.extend(self.text_files(load, column, &spool, target.texts, caller)?);
            }
        }
        arrays.push(draft_array(grown.matrix, &plan.matrix())?);
        load.note_texts(&longest);
        let FileTarget { texts, onto, last } = target;
        let written = load
            .write_files(&arrays, caller)
            .and_then(|()| last.write_at(&sidecar(plan, &load.report)?, 0))
            .and_then(|()| onto.map_or(Ok(()), FinishedSet::verify));
        match written {
            Ok(()) => load.name_files(arrays, last, texts.overwrite, caller),
            Err(error) => {
                abandon(arrays, &error);
                Err(error)
            }
        }
    }

    /// The files of texts that were put by.
    fn text_files(
        &self,
        load: &Load<'_>,
        column: &TextColumn,
        spool: &Spool,
        target: TextTarget<'_>,
        caller: &mut dyn Caller,
    ) -> Result<Vec<DraftArray>> {
        let plan = load.plan;
        let polled = std::cell::RefCell::new(caller);
        let poll = |_| polled.borrow_mut().check();
        let checkpoint = Checkpoint::new(&poll);
        let longest: Longest = spool.longest;
        let mut arrays = target.drafts(column, &longest, checkpoint)?;
        let account = load.text_account();
        let mut places = Places::new(plan, self.orders, &account)?;
        for mut sink in sinks(&mut arrays, &[longest], plan.rows)? {
            spool.read(
                &mut sink as &mut dyn TextSink,
                || places.next(0),
                checkpoint,
            )?;
        }
        Ok(arrays)
    }
}

/// An array in its draft, which lacks its header.
fn draft_array(own: GrownArray, spec: &ArraySpec) -> Result<DraftArray> {
    let gone = || Error::Internal("an array has no draft".to_owned());
    Ok(DraftArray {
        draft: own.draft.ok_or_else(gone)?,
        mapping: own.mapping,
        header: npy::header(spec),
    })
}

/// Lets go of drafts: the system waits for what is on its way to the disk; the caller should not.
fn abandon(mut arrays: Vec<DraftArray>, error: &Error) {
    if matches!(error, Error::Interrupted) {
        for array in &mut arrays {
            array.draft.give_up();
        }
        drop_detached(arrays);
    }
}
