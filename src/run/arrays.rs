//! The arrays of a load: poured in one pass over the files, joined to tables, and their gaps filled.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::dataset::{Fields, Selection};
use crate::error::{Result, poison};
use crate::fit::fill::Poured;
use crate::fit::gaps::{FillKind, GapColumn};
use crate::fit::observer::Observer;
use crate::fit::streaming::{ShownRows, StreamingMedians};
use crate::kernel::scalar::sentinels::Sentinels;
use crate::kernel::{Real, Rule, Tally};
use crate::key::Matcher;
use crate::output::arrange::{PartOrder, arrange};
use crate::plan::rules::rule;
use crate::plan::{BlockOrigin, Fill, JoinPlan, Plan, Role};
use crate::run::extras::extra_arrays;
use crate::run::join::{ColumnState, JoinOutcome, JoinPour, pour as join};
use crate::run::load::{Beside, Load, Pages, misfit};
use crate::run::order::orders;
use crate::run::pour::target::TargetProgress;
use crate::run::pour::{Array, Pour, SheetPolicy, Target};
use crate::run::report::{self, CodesReport, ColumnReport};
use crate::run::text::{CodeSink, Places, TextRead, TextSink};
use crate::select::ChosenRows;
use crate::select::request::RowOrder;
use crate::sys::Mapping;
use crate::sys::free::fits_well;
use crate::sys::pages::PageRelease;
use crate::texts::Texts;
use crate::types::Order;
use crate::workers::{Caller, Stage, Team};

/// The matrix while it is poured: which of its columns come from the source, and how they are written.
struct MatrixPour<'a, T> {
    plan: &'a Plan,
    names: Vec<String>,
    rules: Vec<Rule<T>>,
    /// For each column the texts that its values are codes of.
    texts: Vec<Option<Arc<Texts>>>,
    /// Leases texts that are learned.
    text_account: Arc<Account>,
    /// Ranges of columns that come from the source.
    columns: Vec<Range<usize>>,
    /// Where the columns of each range are in the source.
    selections: Vec<&'a Selection>,
    /// Whether sheets stay, to be turned while gaps are filled.
    in_sheets: bool,
    release: PageRelease,
}

/// The texts that are known before the pour, and what others are leased from.
struct KnownColumns {
    texts: Vec<Option<Arc<Texts>>>,
    text_account: Arc<Account>,
}

impl<'a, T: Real> MatrixPour<'a, T> {
    fn new(plan: &'a Plan, known: KnownColumns, release: PageRelease) -> Self {
        let features = plan.features.iter();
        let blocks = plan.join.iter().flat_map(|join| &join.blocks);
        let blocks = blocks.filter_map(|block| match &block.origin {
            BlockOrigin::Source(selection) => Some((block.columns.clone(), selection)),
            BlockOrigin::Table(..) => None,
        });
        let all = (0..plan.features.len(), &plan.selection);
        let own = plan.join.is_none().then_some(all);
        let (columns, selections) = own.into_iter().chain(blocks).unzip();
        // Joined columns and a single column are in no sheets after the pour. Other sheets are turned
        // while gaps are filled, unless their pages would have to come from the disk again.
        let in_rows = plan.options.order == Order::C && plan.features.len() > 1;
        let bytes = plan.rows * plan.features.len() * size_of::<T>();
        let stays = !release.is_some() || fits_well(bytes);
        Self {
            plan,
            names: features.clone().map(|f| f.name.clone()).collect(),
            rules: features.map(|f| rule(plan, f.fill)).collect(),
            texts: known.texts,
            text_account: known.text_account,
            columns,
            selections,
            in_sheets: in_rows && plan.join.is_none() && stays,
            release,
        }
    }

    /// The fields that are poured: first those of the matrix, then those of the arrays beside it.
    fn fields(&self) -> Vec<Fields<'_>> {
        let own = self.columns.iter().zip(&self.selections);
        let own = own.map(|(columns, selection)| Fields {
            selection,
            names: &self.names[columns.clone()],
            texts: &self.texts[columns.clone()],
        });
        let extras = self.plan.poured().map(|extra| Fields {
            selection: &extra.selection,
            names: &extra.names,
            texts: &[],
        });
        own.chain(extras).collect()
    }

    fn sheet_rows(&self) -> usize {
        self.plan
            .budget
            .sheet_rows(self.names.len(), size_of::<T>())
    }

    fn target<'o>(
        &self,
        out: ArrayViewMut2<'o, T>,
        observer: Option<&'o dyn Observer<T>>,
    ) -> Target<'o, T> {
        Target {
            out,
            order: self.plan.options.order,
            columns: self.columns.clone(),
            rules: self.rules.clone(),
            parts: self.plan.parts().to_vec(),
            sentinels: Some(Sentinels::default()),
            sheet_rows: self.sheet_rows(),
            sheets: if self.in_sheets {
                SheetPolicy::Keep
            } else {
                SheetPolicy::Turn
            },
            release: match self.plan.join {
                None => self.release.clone(),
                // A page of the output also holds columns of tables, which are still to come.
                Some(_) => PageRelease::default(),
            },
            observer,
            progress: TargetProgress::default(),
        }
    }

    /// The state of each feature when the columns of the source are poured.
    fn states(&self, tallies: &[Tally]) -> Vec<ColumnState> {
        let mut states = vec![ColumnState::default(); self.names.len()];
        let poured = self.columns.iter().cloned().flatten();
        for (column, tallies) in poured.zip(tallies.chunks(self.plan.parts().len())) {
            states[column] = ColumnState {
                texts: self.texts[column].clone(),
                ..ColumnState::poured(tallies)
            };
        }
        states
    }

    /// Medians that are found while pouring; `None` if there is no memory for them.
    fn streaming_medians(&self) -> Option<StreamingMedians<T>> {
        let wanted = self.plan.features.iter().map(|f| f.fill == Fill::Median);
        let wanted: Vec<bool> = wanted.collect();
        let bytes = self.plan.budget.sieve_bytes;
        let shown = ShownRows {
            rows: self.plan.parts()[0],
            is_whole: self.plan.parts().len() == 1,
        };
        (bytes > 0 && self.plan.join.is_none())
            .then(|| StreamingMedians::new(&wanted, shown, bytes))
    }

    /// Fills the columns of tables, beside those of the source.
    fn join(
        &self,
        out: ArrayViewMut2<'_, T>,
        keys: Option<&dyn Matcher>,
        columns: Vec<ColumnState>,
        team: &mut Team<'_>,
    ) -> Result<JoinOutcome> {
        let (Some(join), Some(keys)) = (&self.plan.join, keys) else {
            let tables = Vec::new();
            return Ok(JoinOutcome { columns, tables });
        };
        let pour = JoinPour {
            plan: self.plan,
            join,
            names: &self.names,
            rules: &self.rules,
            texts: &self.texts,
            keys,
            account: team.account,
            text_account: &self.text_account,
            release: self.release.clone(),
        };
        pour.run(out, columns, team)
    }
}

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
        let text_account = self.text_account();
        let texts = self.vocabularies(&text_account, caller)?;
        let known = KnownColumns {
            texts,
            text_account,
        };
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
            parts: plan.parts().len(),
            budget: plan.budget,
            output_bytes: plan.output_bytes,
            prefault: pages.prefault,
        };
        let fields_beside: usize = plan.poured().map(|extra| extra.names.len()).sum();
        let columns = plan.features.len() + fields_beside;
        let mut coded = Vec::new();
        let (tallies, outcome) = self.stage(Stage::Pour, columns, caller, |team| {
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
        self.report_columns(&outcome.columns)?;
        self.report
            .recoded(plan, &outcome.columns, report::step::<T>);
        self.refuse_missing(&tallies[tallies.len() - fields_beside * pour.parts..])?;
        let poured = Poured {
            out: out.view_mut(),
            fitted: plan.parts()[0],
            sheet_rows: matrix.in_sheets.then(|| matrix.sheet_rows()),
            medians,
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
        arrays: Vec<&mut Mapping>,
        orders: &[PartOrder],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let account = self.text_account();
        let coded = plan.extras.iter();
        let coded = coded.filter_map(|extra| Some((extra, extra.texts.as_ref()?)));
        for ((extra, column), mapping) in coded.zip(arrays) {
            let mut places = Places::new(plan, orders, &account)?;
            let out = mapping.view::<i64>((plan.rows, 1), Order::C);
            let mut out = out.ok_or_else(misfit)?;
            let mut sink = CodeSink::new(out.as_slice_mut().ok_or_else(misfit)?, &account);
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
        let account = self.text_account();
        for (column, sink) in plan.texts.iter().zip(sinks) {
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
    fn orders(&mut self, caller: &mut dyn Caller) -> Result<Vec<PartOrder>> {
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
    fn report_columns(&mut self, states: &[ColumnState]) -> Result<()> {
        let plan = self.plan;
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
            let (own, others) = tallies.split_at(extra.names.len() * parts);
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
                count: report.count(plan.parts()[0] as u64),
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
