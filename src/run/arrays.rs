//! The arrays of a load: poured in one pass over the files, joined to tables, and their gaps filled.

use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::dataset::WantedGroups;
use crate::error::{Result, poison};
use crate::fit::fill::Poured;
use crate::fit::gaps::{FillKind, GapColumn};
use crate::fit::observer::Observer;
use crate::kernel::{Real, Tally};
use crate::key::Matcher;
use crate::output::arrange::{PartOrder, arrange};
use crate::plan::{Extra, Fill, JoinPlan, Role};
use crate::run::extras::extra_arrays;
use crate::run::join::{ColumnState, pour as join};
use crate::run::load::{Beside, Load, Pages, misfit};
use crate::run::matrix::MatrixPour;
use crate::run::order::orders;
use crate::run::pour::{Array, Pour};
use crate::run::report::{self, CodesReport, ColumnReport, RecodedColumn};
use crate::run::text::limits::scarce;
use crate::run::text::{CodeSink, Places, TextRead, TextSink};
use crate::run::vocabularies::sorted;
use crate::select::ChosenRows;
use crate::select::request::RowOrder;
use crate::sys::pages::Piece;
use crate::types::Order;
use crate::workers::{Caller, Stage};

impl Load<'_> {
    /// Pours the matrix and the arrays beside it, refuses what does not fit, and fills.
    pub(super) fn arrays<T: Real>(
        &mut self,
        mut out: ArrayViewMut2<'_, T>,
        pages: Pages,
        beside: Beside<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let known = self.vocabularies(&pages.release, caller)?;
        let matrix: MatrixPour<'_, T> = MatrixPour::new(plan, known, pages.release);
        let medians = matrix.streaming_medians();
        let observer = medians.as_ref().map(|medians| medians as &dyn Observer<T>);
        let keys = match &plan.join {
            Some(join) => Some(self.keys(join, caller)?),
            None => None,
        };
        let orders = self.orders(caller)?;
        let fields = matrix.fields();
        let pour = Pour {
            files: &plan.files,
            fields: &fields,
            select: &|row_group| match &plan.chosen {
                None => ChosenRows::all(row_group.rows),
                Some(chosen) => chosen.selection.chosen(row_group.at),
            },
            wanted: WantedGroups(&|at| plan.wants_group(at)),
            parts: plan.parts().len(),
            budget: plan.budget,
            output_bytes: plan.output_bytes,
            prefault: pages.prefault,
        };
        let fields_beside: usize = plan.poured().map(Extra::columns).sum();
        let columns = plan.features.len() + fields_beside;
        let mut coded = Vec::new();
        let (tallies, mut outcome) = self.stage(Stage::Pour, columns, caller, |team| {
            let mut arrays: Vec<Box<dyn Array + '_>> = Vec::new();
            arrays.push(Box::new(matrix.target(out.view_mut(), observer)));
            arrays.extend(extra_arrays(plan, beside.extras, &mut coded)?);
            let tallies = pour.run(&mut arrays, team)?;
            for array in &mut arrays[1..] {
                array.arrange(&orders, team)?;
            }
            drop(arrays);
            let states = matrix.states(&tallies);
            let outcome = matrix.join(out.view_mut(), keys.as_deref(), states, team)?;
            Ok((tallies, outcome))
        })?;
        self.report.tables = outcome.tables.into_iter().flatten().collect();
        let of_numbers = self.number_codes(&matrix.texts, &mut outcome.columns, caller)?;
        self.report_columns::<T>(&outcome.columns)?;
        self.refuse_missing(&tallies[tallies.len() - fields_beside * pour.parts..])?;
        let poured = Poured {
            out: out.view_mut(),
            fitted: plan.parts()[0],
            sheet_rows: matrix.in_sheets.then(|| matrix.sheet_rows()),
            medians,
            codes: of_numbers,
            release: &matrix.release,
        };
        self.fill(poured, &outcome.columns, caller)?;
        if !orders.is_empty() {
            self.stage(Stage::Arrange, 1, caller, |team| {
                arrange(out, &orders, team)
            })?;
        }
        self.codes(coded, &orders, caller)?;
        self.texts(beside.texts, &orders, caller)
    }

    /// Reads the arrays that are codes of texts.
    fn codes(
        &mut self,
        arrays: Vec<Piece<'_>>,
        orders: &[PartOrder],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let coded = plan.extras.iter();
        let coded = coded.filter_map(|extra| Some((extra, extra.texts.as_ref()?)));
        for ((extra, column), memory) in coded.zip(arrays) {
            let account = self.text_account();
            let mut places = Places::new(plan, orders, &account)?;
            let out = memory.view::<i64>((plan.rows, 1), Order::C);
            let mut out = out.ok_or_else(misfit)?;
            let known = plan.options.known_classes.as_ref();
            let known = known.filter(|_| extra.role == Role::Target);
            let known = known.map(|texts| sorted(texts, &account));
            let known = known
                .transpose()
                .map_err(|fault| scarce(fault, extra.name_of_column()))?;
            let out = out.as_slice_mut().ok_or_else(misfit)?;
            let mut sink = CodeSink::new(out, known, &account);
            let texts = self.stage(Stage::Pour, 1, caller, |team| {
                let read = TextRead::new(plan, column, &account, team.workers);
                read.run(&mut places, &mut sink, team.caller)?;
                sink.finish(extra, team)
            })?;
            self.report.codes.push(CodesReport {
                role: extra.role,
                texts: Arc::new(texts),
            });
        }
        Ok(())
    }

    /// Reads the texts that are passed through, each into its sink.
    fn texts(
        &mut self,
        sinks: Vec<&mut dyn TextSink>,
        orders: &[PartOrder],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        for (column, sink) in plan.texts.iter().zip(sinks) {
            let account = self.text_account();
            let mut places = Places::new(plan, orders, &account)?;
            self.stage(Stage::Pour, 1, caller, |team| {
                let workers = team.workers;
                let read = TextRead::new(plan, column, &account, workers);
                read.run(&mut places, sink, team.caller)
            })?;
        }
        Ok(())
    }

    /// The order of the rows of each part, where it is another one.
    pub(super) fn orders(&mut self, caller: &mut dyn Caller) -> Result<Vec<PartOrder>> {
        let plan = self.plan;
        match plan.options.rows.order {
            RowOrder::Source => Ok(Vec::new()),
            _ => self.stage(Stage::Rows, 1, caller, |team| orders(plan, team)),
        }
    }

    fn keys(&mut self, join: &JoinPlan, caller: &mut dyn Caller) -> Result<Box<dyn Matcher>> {
        let plan = self.plan;
        self.stage(Stage::Keys, 1, caller, |team| join::keys(plan, join, team))
    }

    /// Reports the tally of each feature, and refuses values that overflow.
    pub(super) fn report_columns<T: Real>(&mut self, states: &[ColumnState]) -> Result<()> {
        let plan = self.plan;
        let recoded = states.iter().map(|state| RecodedColumn {
            texts: state.texts.clone(),
            farthest: Tally::sum(&state.tallies).farthest,
        });
        self.report.recoded(plan, recoded, report::step::<T>);
        let rows = plan.parts()[0] as u64;
        let columns = plan.features.iter().zip(states).map(|(feature, state)| {
            let column = report::column(feature, &state.tallies, rows, &plan.options);
            ColumnReport {
                fill: state.fill.or(column.fill),
                ..column
            }
        });
        self.report.columns = columns.collect();
        report::refuse_overflow(&self.report.columns, &plan.options)
    }

    /// Refuses targets, weights and groups that lack a value, and notes which others do.
    fn refuse_missing(&mut self, mut tallies: &[Tally]) -> Result<()> {
        let parts = self.plan.parts().len();
        let plan = self.plan;
        for extra in plan.poured() {
            let (own, others) = tallies.split_at(extra.columns() * parts);
            let own: Vec<Tally> = own.chunks(parts).map(Tally::sum).collect();
            match extra.role {
                Role::Target | Role::Weight | Role::Group => {
                    report::refuse_missing(extra, &own, &plan.options)?;
                }
                Role::Passthrough => report::refuse_unmasked(plan, extra, &own)?,
                Role::Mask if own.iter().any(|tally| tally.nulls > 0) => {
                    self.report.masked.push(extra.name().to_owned());
                }
                Role::Mask => {}
            }
            tallies = others;
        }
        Ok(())
    }

    /// Fits and writes the fills of columns whose gaps are still there, and turns sheets.
    pub(super) fn fill<T: Real>(
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
                count: report.count(plan.parts()[0] as u64),
                missing: report.filled > 0,
                fill: if report.empty { FillKind::Zero } else { fill },
            });
        }
        if gaps.is_empty() && poured.sheet_rows.is_none() && poured.codes.is_empty() {
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
