//! The arrays of a load: poured in one pass over the files, joined, and their gaps filled.

use std::ops::Range;
use std::slice::from_ref;

use half::f16;
use ndarray::ArrayViewMut2;

use crate::dataset::{Fields, Selection};
use crate::error::{Result, poison};
use crate::fit::fill::Poured;
use crate::fit::gaps::{FillKind, GapColumn};
use crate::fit::observer::Observer;
use crate::fit::streaming::StreamingMedians;
use crate::kernel::{Element, Real, Rule, Tally};
use crate::key::Matcher;
use crate::plan::rules::rule;
use crate::plan::{BlockOrigin, Extra, Fill, JoinPlan, Plan};
use crate::run::join::{ColumnState, JoinPour, pour as join};
use crate::run::load::{Load, Pages, misfit};
use crate::run::pour::target::TargetProgress;
use crate::run::pour::{Array, Pour, SheetsAre, Target};
use crate::run::report::{self, ColumnReport};
use crate::sys::Mapping;
use crate::sys::free::fits_well;
use crate::sys::pages::PageRelease;
use crate::types::{Dtype, Order};
use crate::workers::{Caller, Stage};

/// The columns of a matrix.
struct Features<T> {
    names: Vec<String>,
    rules: Vec<Rule<T>>,
}

/// Features that come from the source, and where they are in it.
struct SourceColumns<'a> {
    columns: Vec<Range<usize>>,
    selections: Vec<&'a Selection>,
}

impl<'a> SourceColumns<'a> {
    fn new(plan: &'a Plan) -> Self {
        let Some(join) = &plan.join else {
            return Self {
                columns: vec![0..plan.features.len()],
                selections: vec![&plan.selection],
            };
        };
        let blocks = join.parts.iter().filter_map(|block| match &block.origin {
            BlockOrigin::Source(selection) => Some((block.columns.clone(), selection)),
            BlockOrigin::Table(..) => None,
        });
        let (columns, selections) = blocks.unzip();
        Self {
            columns,
            selections,
        }
    }

    /// The fields of these columns, and behind them those of the arrays beside the matrix.
    fn fields<'f>(&self, names: &'f [String], extras: &'f [Extra]) -> Vec<Fields<'f>>
    where
        'a: 'f,
    {
        let own = self.columns.iter().zip(&self.selections);
        let own = own.map(|(columns, selection)| Fields {
            selection,
            names: &names[columns.clone()],
        });
        let extras = extras.iter().map(|extra| Fields {
            selection: &extra.selection,
            names: &extra.names,
        });
        own.chain(extras).collect()
    }
}

impl Load<'_> {
    /// Pours the matrix and the arrays beside it, refuses what does not fit, and fills.
    pub(super) fn arrays<T: Real>(
        &mut self,
        mut out: ArrayViewMut2<'_, T>,
        pages: Pages,
        extras: Vec<&mut Mapping>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let features = Features {
            names: plan.features.iter().map(|f| f.name.clone()).collect(),
            rules: plan.features.iter().map(|f| rule(plan, f.fill)).collect(),
        };
        let release = pages.release.clone();
        let in_sheets = self.stays_in_sheets(&out, &release);
        let medians = self.streaming_medians::<T>();
        let observer = medians.as_ref().map(|medians| medians as &dyn Observer<T>);
        let keys = match &plan.join {
            Some(join) => Some(self.keys(join, caller)?),
            None => None,
        };
        let source = SourceColumns::new(plan);
        let fields = source.fields(&features.names, &plan.extras);
        let pour = Pour {
            tables: &plan.files,
            fields: &fields,
            budget: plan.budget,
            output_bytes: plan.output_bytes,
            prefault: pages.prefault,
        };
        let columns = features.names.len();
        let beside: usize = plan.extras.iter().map(|extra| extra.names.len()).sum();
        let mut states = vec![ColumnState::default(); columns];
        let mut tables = Vec::new();
        let tallies = self.stage(Stage::Pour, columns + beside, caller, |team| {
            let is_joined = plan.join.is_some();
            let target = Target {
                out: out.view_mut(),
                order: plan.options.order,
                columns: source.columns.clone(),
                rules: features.rules.clone(),
                sheet_rows: plan.budget.sheet_rows(features.names.len(), size_of::<T>()),
                sheets: if in_sheets {
                    SheetsAre::Kept
                } else {
                    SheetsAre::Turned
                },
                // A page of the output holds columns of tables, too, which are still to come.
                release: if is_joined {
                    PageRelease::default()
                } else {
                    release.clone()
                },
                observer,
                progress: TargetProgress::default(),
            };
            let mut arrays: Vec<Box<dyn Array + '_>> = vec![Box::new(target)];
            for (extra, mapping) in plan.extras.iter().zip(extras) {
                arrays.push(extra_array(plan, extra, mapping)?);
            }
            let tallies = pour.run(&mut arrays, team)?;
            drop(arrays);
            let poured = source.columns.iter().cloned().flatten();
            for (column, tally) in poured.zip(&tallies) {
                states[column] = ColumnState::poured(*tally);
            }
            if let (Some(join), Some(keys)) = (&plan.join, keys) {
                let pour = JoinPour {
                    plan,
                    join,
                    names: &features.names,
                    rules: &features.rules,
                    keys: &*keys,
                    account: team.account,
                    returns: release.clone(),
                };
                let outcome = pour.run(out.view_mut(), std::mem::take(&mut states), team)?;
                states = outcome.columns;
                tables.extend(outcome.tables.into_iter().flatten());
            }
            Ok(tallies)
        })?;
        self.report.tables = tables;
        self.report_columns(&states)?;
        let own: usize = source.columns.iter().map(ExactSizeIterator::len).sum();
        self.refuse_missing(&tallies[own..])?;
        let sheet_rows = plan.budget.sheet_rows(columns, size_of::<T>());
        let poured = Poured {
            out,
            sheet_rows: in_sheets.then_some(sheet_rows),
            medians,
            release: &release,
        };
        self.fill(poured, &states, caller)
    }

    /// Whether the sheets of `out` are turned with the fills: unless their pages would have to come
    /// from the disk again. Joined columns stand where they belong, and so does a single one.
    fn stays_in_sheets<T>(&self, out: &ArrayViewMut2<'_, T>, release: &PageRelease) -> bool {
        let in_rows = self.plan.options.order == Order::C && out.ncols() > 1;
        let fits = || fits_well(out.len() * size_of::<T>());
        in_rows && self.plan.join.is_none() && (!release.is_some() || fits())
    }

    /// Brackets for the medians of all columns, where there is room for them.
    fn streaming_medians<T: Real>(&self) -> Option<StreamingMedians<T>> {
        let wanted = self.plan.features.iter().map(|f| f.fill == Fill::Median);
        let wanted: Vec<bool> = wanted.collect();
        let bytes = self.plan.budget.sieve_bytes;
        (bytes > 0 && self.plan.join.is_none())
            .then(|| StreamingMedians::new(&wanted, self.plan.rows, bytes))
    }

    fn keys(&mut self, join: &JoinPlan, caller: &mut dyn Caller) -> Result<Box<dyn Matcher>> {
        let plan = self.plan;
        self.stage(Stage::Keys, 1, caller, |team| join::keys(plan, join, team))
    }

    /// Reports what was met in each feature; refuses values that do not fit.
    fn report_columns(&mut self, states: &[ColumnState]) -> Result<()> {
        let plan = self.plan;
        let rows = plan.rows as u64;
        let columns = plan.features.iter().zip(states).map(|(feature, state)| {
            let column = report::column(feature, state.tally, rows, &plan.options);
            ColumnReport {
                fill: state.fill.or(column.fill),
                ..column
            }
        });
        self.report.columns = columns.collect();
        report::refuse_overflow(&self.report.columns, &plan.options)
    }

    /// Refuses targets, weights and groups that lack a value.
    fn refuse_missing(&self, mut tallies: &[Tally]) -> Result<()> {
        for extra in &self.plan.extras {
            let (own, others) = tallies.split_at(extra.names.len());
            report::refuse_missing(extra, own, &self.plan.options)?;
            tallies = others;
        }
        Ok(())
    }

    fn fill<T: Real>(
        &mut self,
        poured: Poured<'_, T>,
        states: &[ColumnState],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        poison("load");
        let plan = self.plan;
        let mut gaps = Vec::new();
        for (column, report) in self.report.columns.iter().enumerate() {
            if states[column].finished {
                continue;
            }
            let fill = match plan.features[column].fill {
                Fill::Median => FillKind::Median,
                Fill::Mean => FillKind::Mean,
                Fill::Value(_) | Fill::Nothing => continue,
            };
            gaps.push(GapColumn {
                column,
                count: report.count(plan.rows as u64),
                missing: report.filled > 0,
                fill: if report.empty { FillKind::Zero } else { fill },
            });
        }
        if gaps.is_empty() && poured.sheet_rows.is_none() {
            return Ok(());
        }
        let fills = self.stage(Stage::Fill, gaps.len(), caller, |team| {
            poured.fit_and_fill(&gaps, team)
        })?;
        for fill in fills {
            self.report.columns[fill.column].fill = Some(fill.value.to_f64());
        }
        Ok(())
    }
}

/// Where an array beside the matrix goes.
fn extra_array<'a>(
    plan: &Plan,
    extra: &Extra,
    mapping: &'a mut Mapping,
) -> Result<Box<dyn Array + 'a>> {
    match extra.dtype {
        Dtype::Bool => extra_target(plan, extra, Rule::all(bool::MISSING), mapping),
        Dtype::I8 => extra_target(plan, extra, Rule::all(i8::MISSING), mapping),
        Dtype::I16 => extra_target(plan, extra, Rule::all(i16::MISSING), mapping),
        Dtype::I32 => extra_target(plan, extra, Rule::all(i32::MISSING), mapping),
        Dtype::I64 => extra_target(plan, extra, Rule::all(i64::MISSING), mapping),
        Dtype::U8 => extra_target(plan, extra, Rule::all(u8::MISSING), mapping),
        Dtype::U16 => extra_target(plan, extra, Rule::all(u16::MISSING), mapping),
        Dtype::U32 => extra_target(plan, extra, Rule::all(u32::MISSING), mapping),
        Dtype::U64 => extra_target(plan, extra, Rule::all(u64::MISSING), mapping),
        Dtype::F16 => extra_target(plan, extra, Rule::<f16>::keep(), mapping),
        Dtype::F32 => extra_target(plan, extra, Rule::<f32>::keep(), mapping),
        Dtype::F64 => extra_target(plan, extra, Rule::<f64>::keep(), mapping),
    }
}

fn extra_target<'a, T: Element>(
    plan: &Plan,
    extra: &Extra,
    rule: Rule<T>,
    mapping: &'a mut Mapping,
) -> Result<Box<dyn Array + 'a>> {
    let columns = extra.names.len();
    let release = mapping.returns();
    let out = mapping.view::<T>((plan.rows, columns), Order::C);
    Ok(Box::new(Target {
        out: out.ok_or_else(misfit)?,
        order: Order::C,
        columns: from_ref(&(0..columns)).to_vec(),
        rules: vec![rule; columns],
        sheet_rows: plan.budget.sheet_rows(columns, size_of::<T>()),
        sheets: SheetsAre::Turned,
        release,
        observer: None,
        progress: TargetProgress::default(),
    }))
}
