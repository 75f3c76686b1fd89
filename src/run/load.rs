//! One load from plan to result: the matrix, the arrays beside it, and the files that hold them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use half::f16;
use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::error::{Error, Result, poison};
use crate::fit::fill::{FillKind, GapColumn, settle};
use crate::fit::observer::Observer;
use crate::fit::streaming::StreamingMedians;
use crate::kernel::{Element, Real, Rule, Tally};
use crate::key::Matcher;
use crate::output::prefault::Prefault;
use crate::output::sheets::Sheets;
use crate::plan::rules::rule;
use crate::plan::{Extra, Fill, JoinPlan, Plan, Role};
use crate::run::join::pour;
use crate::run::join::{ColumnState, JoinPour};
use crate::run::pour::queue::Scan;
use crate::run::pour::stripes::{pour_and_turn, pour_in_stripes};
use crate::run::pour::worker::{ALL, Pour};
use crate::run::{ColumnReport, Report, report};
use crate::run::{Destination, Loaded, Matrix};
use crate::sys::Mapping;
use crate::sys::free::fits_well;
use crate::sys::pages::PageRelease;
use crate::types::{Dtype, Order};
use crate::workers::Team;
use crate::workers::{Caller, Stage, Workers};

/// What all stages of one load share.
pub(super) struct Load<'a> {
    pub(super) plan: &'a Plan,
    pub(super) account: Arc<Account>,
    began: Instant,
    pub(super) report: Report,
}

/// Runs a plan.
pub fn load(plan: &Plan, destination: Destination<'_>, caller: &mut dyn Caller) -> Result<Loaded> {
    let mut load = Load {
        plan,
        account: plan.account(),
        began: Instant::now(),
        report: Report {
            rows: plan.rows as u64,
            threads: plan.budget.threads,
            ..Report::default()
        },
    };
    load.account.keep();
    let (matrix, extras) = match destination {
        Destination::Memory => {
            let mut matrix = load.memory(plan.features.len(), plan.options.dtype)?;
            let fresh = Prefault::of(&matrix, plan.read_bytes);
            load.matrix_in(&mut matrix, fresh, caller)?;
            (Some(matrix), load.extras(caller)?)
        }
        Destination::Array(matrix) => {
            let returns = PageRelease::default();
            matrix.check(plan)?;
            match matrix {
                Matrix::F16(out) => load.matrix(out, (&returns, None), caller)?,
                Matrix::F32(out) => load.matrix(out, (&returns, None), caller)?,
                Matrix::F64(out) => load.matrix(out, (&returns, None), caller)?,
            }
            (None, load.extras(caller)?)
        }
        Destination::File {
            path,
            overwrite,
            sidecar,
        } => {
            load.files(path, overwrite, sidecar, caller)?;
            (None, Vec::new())
        }
    };
    load.report.peak_scratch = load.account.peak();
    Ok(Loaded {
        matrix,
        extras,
        report: load.report,
    })
}

impl Load<'_> {
    /// When the call began, and what it has read.
    pub(super) const fn elapsed(&self) -> (Instant, u64) {
        (self.began, self.report.bytes_read)
    }

    fn memory(&self, columns: usize, dtype: Dtype) -> Result<Mapping> {
        let bytes = self.plan.rows * columns * dtype.bytes();
        Mapping::anonymous(bytes).map_err(|error| {
            let largest = self.plan.files.iter().max_by_key(|file| file.rows);
            let path = largest.map_or_else(PathBuf::new, |file| file.path.clone());
            Error::MemoryLimit(format!(
                "{bytes} bytes for the matrix cannot be had ({error}); most of its rows are those \
                 of {}; write it to a file with out=\"X.npy\", halve it with dtype=\"float16\", or \
                 take fewer columns",
                path.display()
            ))
        })
    }

    fn extras(&mut self, caller: &mut dyn Caller) -> Result<Vec<(Role, Mapping)>> {
        let plan = self.plan;
        let mut extras = Vec::with_capacity(plan.extras.len());
        for extra in &plan.extras {
            let mut mapping = self.memory(extra.names.len(), extra.dtype)?;
            self.extra(extra, &mut mapping, caller)?;
            extras.push((extra.role, mapping));
        }
        Ok(extras)
    }

    /// The matrix into `mapping`, some pages of which may be `fresh`.
    pub(super) fn matrix_in(
        &mut self,
        mapping: &mut Mapping,
        fresh: Option<Prefault>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        match self.plan.options.dtype {
            Dtype::F16 => self.matrix_of::<f16>(mapping, fresh, caller),
            Dtype::F32 => self.matrix_of::<f32>(mapping, fresh, caller),
            Dtype::F64 => self.matrix_of::<f64>(mapping, fresh, caller),
            other => Err(Error::Argument(format!(
                "dtype must be float16, float32 or float64, not {}",
                other.name()
            ))),
        }
    }

    fn matrix_of<T: Real>(
        &mut self,
        mapping: &mut Mapping,
        fresh: Option<Prefault>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let shape = (self.plan.rows, self.plan.features.len());
        let returns = mapping.returns();
        let view = mapping.view::<T>(shape, self.plan.options.order);
        self.matrix(view.ok_or_else(misfit)?, (&returns, fresh), caller)
    }

    /// Pours the features, refuses what does not fit, and fills.
    fn matrix<T: Real>(
        &mut self,
        mut out: ArrayViewMut2<'_, T>,
        (returns, fresh): (&PageRelease, Option<Prefault>),
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let names: Vec<String> = plan.features.iter().map(|f| f.name.clone()).collect();
        let rules: Vec<Rule<T>> = plan.features.iter().map(|f| rule(plan, f.fill)).collect();
        let began = Instant::now();
        let passing = self.passing::<T>();
        let workers = Workers::new(Stage::Pour, plan.rows, names.len(), self.elapsed());
        let in_sheets = self.stays_in_sheets(&out, returns);
        let view = out.view_mut();
        let made = match &plan.join {
            None => {
                let pour = Pour {
                    files: &plan.files,
                    selection: &plan.selection,
                    names: &names,
                    rules: &rules,
                    order: plan.options.order,
                    budget: plan.budget,
                    account: &self.account,
                    returns: returns.clone(),
                    fresh,
                    observer: passing.as_ref().map(|passing| passing as &dyn Observer<T>),
                };
                let tallies = poured(&pour, view, in_sheets, (&workers, caller))?;
                tallies.into_iter().map(ColumnState::poured).collect()
            }
            Some(join) => {
                let pages = (returns, fresh);
                self.joined((join, &names, &rules), view, pages, (&workers, caller))?
            }
        };
        self.report.bytes_read += workers.bytes_read();
        self.report
            .seconds
            .push((Stage::Pour, began.elapsed().as_secs_f64()));
        let known = (plan.rows as u64, &plan.options);
        self.report.columns = plan
            .features
            .iter()
            .zip(&made)
            .map(|(feature, made)| {
                let column = report::column(&feature.name, made.tally, feature.fill, known);
                ColumnReport {
                    fill: made.fill.or(column.fill),
                    ..column
                }
            })
            .collect();
        report::refuse_overflow(&self.report.columns, &plan.options)?;
        self.fill(out, (passing, &made, in_sheets), returns, caller)?;
        // However short the load was, whoever wants to be told is told once.
        caller.tell(workers.progress())
    }

    /// Pours the features of a source and of the tables that are joined to it.
    fn joined<T: Real>(
        &mut self,
        (join, names, rules): (&JoinPlan, &[String], &[Rule<T>]),
        out: ArrayViewMut2<'_, T>,
        (returns, fresh): (&PageRelease, Option<Prefault>),
        (workers, caller): (&Workers, &mut dyn Caller),
    ) -> Result<Vec<ColumnState>> {
        if let Some(fresh) = fresh {
            workers.run(self.plan.budget.threads, caller, || fresh.find(workers))?;
        }
        let keys = self.keys(join, caller)?;
        let pour = JoinPour {
            plan: self.plan,
            join,
            names,
            rules,
            keys: &*keys,
            account: &self.account,
            returns: returns.clone(),
        };
        let joined = pour.run(out, workers, caller)?;
        self.report.tables = joined.tables.into_iter().flatten().collect();
        Ok(joined.columns)
    }

    /// Whether the sheets of `out` are turned with the fills: unless their pages would have to come
    /// from the disk again. JoinPlan columns stand where they belong, and so does a single one.
    fn stays_in_sheets<T>(&self, out: &ArrayViewMut2<'_, T>, returns: &PageRelease) -> bool {
        let in_rows = self.plan.options.order == Order::C && out.ncols() > 1;
        let fits = || fits_well(out.len() * size_of::<T>());
        in_rows && self.plan.join.is_none() && (!returns.is_some() || fits())
    }

    /// Sieves for the medians of all columns, where there is room for them.
    fn passing<T: Real>(&self) -> Option<StreamingMedians<T>> {
        let wanted = self.plan.features.iter().map(|f| f.fill == Fill::Median);
        let wanted: Vec<bool> = wanted.collect();
        let bytes = self.plan.budget.sieve_bytes;
        (bytes > 0 && self.plan.join.is_none())
            .then(|| StreamingMedians::new(&wanted, self.plan.rows, bytes))
    }

    fn keys(&mut self, join: &JoinPlan, caller: &mut dyn Caller) -> Result<Box<dyn Matcher>> {
        let (plan, began) = (self.plan, Instant::now());
        let workers = Workers::new(Stage::Keys, plan.rows, 1, self.elapsed());
        let keys = pour::keys(plan, join, &self.account, &workers, caller);
        self.report.bytes_read += workers.bytes_read();
        let seconds = (Stage::Keys, began.elapsed().as_secs_f64());
        self.report.seconds.push(seconds);
        keys
    }

    fn fill<T: Real>(
        &mut self,
        out: ArrayViewMut2<'_, T>,
        (passing, made, in_sheets): (Option<StreamingMedians<T>>, &[ColumnState], bool),
        returns: &PageRelease,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        poison("load");
        let (plan, began) = (self.plan, Instant::now());
        let mut gaps = Vec::new();
        for (column, report) in self.report.columns.iter().enumerate() {
            if made[column].finished {
                continue;
            }
            let fit = match plan.features[column].fill {
                Fill::Median => FillKind::Median,
                Fill::Mean => FillKind::Mean,
                Fill::Value(_) | Fill::Nothing => continue,
            };
            gaps.push(GapColumn {
                column,
                count: report.count(plan.rows as u64),
                missing: report.filled > 0,
                fit: if report.empty { FillKind::Zero } else { fit },
            });
        }
        let sheets = in_sheets.then(|| plan.budget.sheet_rows(out.ncols(), size_of::<T>()));
        if gaps.is_empty() && sheets.is_none() {
            return Ok(());
        }
        let workers = Workers::new(Stage::Fill, plan.rows, gaps.len(), self.elapsed());
        let passes = Team {
            account: &self.account,
            returns,
            threads: plan.budget.threads,
            workers: &workers,
            caller,
        };
        for (column, fill) in settle(out, &gaps, (passing, sheets), passes)? {
            self.report.columns[column].fill = Some(fill.to_f64());
        }
        self.report
            .seconds
            .push((Stage::Fill, began.elapsed().as_secs_f64()));
        Ok(())
    }

    pub(super) fn extra(
        &mut self,
        extra: &Extra,
        out: &mut Mapping,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        match extra.dtype {
            Dtype::Bool => self.extra_of(extra, Rule::all(bool::MISSING), out, caller),
            Dtype::I8 => self.extra_of(extra, Rule::all(i8::MISSING), out, caller),
            Dtype::I16 => self.extra_of(extra, Rule::all(i16::MISSING), out, caller),
            Dtype::I32 => self.extra_of(extra, Rule::all(i32::MISSING), out, caller),
            Dtype::I64 => self.extra_of(extra, Rule::all(i64::MISSING), out, caller),
            Dtype::U8 => self.extra_of(extra, Rule::all(u8::MISSING), out, caller),
            Dtype::U16 => self.extra_of(extra, Rule::all(u16::MISSING), out, caller),
            Dtype::U32 => self.extra_of(extra, Rule::all(u32::MISSING), out, caller),
            Dtype::U64 => self.extra_of(extra, Rule::all(u64::MISSING), out, caller),
            Dtype::F16 => self.extra_of(extra, Rule::<f16>::keep(), out, caller),
            Dtype::F32 => self.extra_of(extra, Rule::<f32>::keep(), out, caller),
            Dtype::F64 => self.extra_of(extra, Rule::<f64>::keep(), out, caller),
        }
    }

    fn extra_of<T: Element>(
        &mut self,
        extra: &Extra,
        rule: Rule<T>,
        out: &mut Mapping,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let (plan, began) = (self.plan, Instant::now());
        let columns = extra.names.len();
        let returns = out.returns();
        let view = out.view::<T>((plan.rows, columns), Order::C);
        let workers = Workers::new(Stage::Extras, plan.rows, columns, self.elapsed());
        let pour = Pour {
            files: &plan.files,
            selection: &extra.selection,
            names: &extra.names,
            rules: &vec![rule; columns],
            order: Order::C,
            budget: plan.budget,
            account: &self.account,
            returns,
            fresh: None,
            observer: None,
        };
        let tallies = pour_and_turn(&pour, view.ok_or_else(misfit)?, &workers, caller)?;
        self.report.bytes_read += workers.bytes_read();
        self.report
            .seconds
            .push((Stage::Extras, began.elapsed().as_secs_f64()));
        report::refuse_missing(extra, &tallies, &plan.options)
    }
}

/// Pours all of `out`, and turns it unless it stays in sheets.
fn poured<T: Element>(
    pour: &Pour<'_, T>,
    out: ArrayViewMut2<'_, T>,
    in_sheets: bool,
    (workers, caller): (&Workers, &mut dyn Caller),
) -> Result<Vec<Tally>> {
    match (pour.order, pour.returns.is_some()) {
        (Order::C, true) if in_sheets => pour_in_stripes(pour, out, workers, caller),
        (Order::C, true) => pour_and_turn(pour, out, workers, caller),
        _ => {
            let sheet_rows = pour.budget.sheet_rows(out.ncols(), size_of::<T>());
            let sheets = Sheets::new(out, sheet_rows)?;
            let poured = pour.run(sheets, (Scan::new(pour), ALL), workers, caller)?;
            Ok(poured.tallies)
        }
    }
}

fn misfit() -> Error {
    Error::Internal("an output does not fit its memory".to_owned())
}
