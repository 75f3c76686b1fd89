//! The arrays of a load: poured in one pass over the files, joined to tables, and their gaps filled.

use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::dataset::WantedGroups;
use crate::error::{Result, poison};
use crate::fit::fill::Poured;
use crate::fit::observer::Observer;
use crate::kernel::Real;
use crate::key::Matcher;
use crate::output::arrange::{PartOrder, arrange};
use crate::plan::{Extra, Role};
use crate::run::counted::Counted;
use crate::run::extras::extra_arrays;
use crate::run::join::{ColumnState, pour as join};
use crate::run::load::{Beside, Load, Pages, misfit};
use crate::run::matrix::MatrixPour;
use crate::run::order::orders;
use crate::run::pour::{Array, Pour};
use crate::run::report::{CodesReport, step};
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
        let keys = self.keys(caller)?;
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
        let of_extras = &tallies[tallies.len() - fields_beside * pour.parts..];
        let poured = Poured {
            out: out.view_mut(),
            fitted: plan.parts()[0],
            sheet_rows: matrix.in_sheets.then(|| matrix.sheet_rows()),
            medians,
            codes: of_numbers,
            release: &matrix.release,
        };
        let counted = Counted {
            columns: &outcome.columns,
            of_extras,
        };
        self.clean(poured, counted, caller)?;
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
            let known = match extra.role {
                Role::Target => plan.options.known_classes.as_ref(),
                Role::Group => plan.options.known_groups.as_ref(),
                Role::Weight | Role::Passthrough | Role::Mask => None,
            };
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

    /// The keys that tables are joined to, if any are.
    fn keys(&mut self, caller: &mut dyn Caller) -> Result<Option<Box<dyn Matcher>>> {
        let plan = self.plan;
        let Some(join) = &plan.join else {
            return Ok(None);
        };
        let keys = self.stage(Stage::Keys, 1, caller, |team| join::keys(plan, join, team));
        keys.map(Some)
    }

    /// Reports what was counted, refuses what does not fit, and fills; a share does so with all others.
    fn clean<T: Real>(
        &mut self,
        poured: Poured<'_, T>,
        counted: Counted<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let Some(share) = &plan.share else {
            self.report.columns_are(plan, counted.columns, step::<T>)?;
            self.report.extras_are(plan, counted.of_extras)?;
            return self.fill(poured, counted.columns, caller);
        };
        self.fit_with_others(poured, share, counted, caller)
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
        let gaps = self.report.gaps(plan, |column| states[column].finished);
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
