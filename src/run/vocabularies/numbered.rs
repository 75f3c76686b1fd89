//! Texts that the pour numbers as it meets them, so that no page is decoded twice; in the finished matrix
//! codes take the place of the numbers, unless these are the codes already.
//!
//! Only where all rows are poured into a matrix that stays in memory until then, and where what is
//! missing is no number: below zero, or NaN.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::dataset::constant::value::Value;
use crate::dataset::{Cells, Fields, Scan};
use crate::error::{Checkpoint, Result};
use crate::kernel::Real;
use crate::parquet::Kind;
use crate::plan::{Fill, Plan};
use crate::run::join::ColumnState;
use crate::run::load::Load;
use crate::run::text::limits::{check_count, scarce};
use crate::run::vocabularies::foreseen::foresee;
use crate::run::vocabularies::learned::{LearnedColumns, may_leave_unused};
use crate::sys::free::fits_well;
use crate::sys::pages::PageRelease;
use crate::texts::{SharedTexts, TextCodes};
use crate::workers::{Caller, Stage};

/// For each column the codes that take the place of its numbers; empty where there are none.
pub(in crate::run) type ColumnCodes<T> = Vec<Option<Scratch<T>>>;

impl Load<'_> {
    /// Has the pour number texts of features where it can.
    pub(super) fn number(
        &mut self,
        release: &PageRelease,
        account: &Arc<Account>,
        found: &mut [Option<TextCodes>],
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let stays = !release.is_some() || fits_well(plan.matrix().bytes());
        if plan.join.is_some() || plan.chosen.is_some() || !stays {
            return Ok(());
        }
        let columns = LearnedColumns::new(plan, found);
        let may_number = may_number(plan, &columns)?;
        if !may_number.contains(&true) {
            return Ok(());
        }
        let foreseen = self.stage(Stage::Categories, columns.features.len(), caller, |team| {
            foresee(plan, &columns, &may_number, account, team)
        })?;
        for ((feature, may), foreseen) in columns.features.iter().zip(may_number).zip(foreseen) {
            if may {
                let shared = Arc::new(SharedTexts::new(foreseen, account));
                found[*feature] = Some(TextCodes::Numbered(shared));
            }
        }
        Ok(())
    }
}

/// Of which columns the pour may number the texts.
fn may_number(plan: &Plan, columns: &LearnedColumns) -> Result<Vec<bool>> {
    let mut may_number: Vec<bool> = columns
        .features
        .iter()
        .map(|feature| match plan.features[*feature].fill {
            Fill::Value(value) => value < 0.0,
            Fill::Nothing => true,
            Fill::Median | Fill::Mean => false,
        })
        .collect();
    let metadata = Account::new(plan.budget.metadata_bytes);
    let fields = Fields {
        selection: &columns.selection,
        names: &columns.names,
        texts: &[],
    };
    let mut scan = Scan::new(&plan.files, fields, &metadata);
    while may_number.contains(&true)
        && let Some(group) = scan.next()?
    {
        for (may, cells) in may_number.iter_mut().zip(&group.cells) {
            *may &= has_only_used(cells);
        }
    }
    Ok(may_number)
}

/// Whether all texts that are met when all cells are read are those of rows.
fn has_only_used(cells: &Cells) -> bool {
    match cells {
        Cells::Chunk { chunk, stored, .. } => {
            stored.kind == Kind::Null || !may_leave_unused(stored.kind, chunk)
        }
        Cells::Array { .. } => true,
        Cells::Constant(value) => matches!(value, Value::Null),
    }
}

impl Load<'_> {
    /// The codes of texts that the pour has numbered; `states` are told the texts.
    pub(in crate::run) fn number_codes<T: Real>(
        &mut self,
        numbered: &[Option<TextCodes>],
        states: &mut [ColumnState],
        caller: &mut dyn Caller,
    ) -> Result<ColumnCodes<T>> {
        let is_numbered = |texts: &Option<TextCodes>| matches!(texts, Some(TextCodes::Numbered(_)));
        if !numbered.iter().any(is_numbered) {
            return Ok(Vec::new());
        }
        let plan = self.plan;
        let account = self.text_account();
        let mut found = ColumnCodes::new();
        found.resize_with(numbered.len(), || None);
        let columns = numbered.iter().zip(states).zip(&plan.features);
        let columns = columns.zip(&mut found);
        self.stage(Stage::Categories, plan.features.len(), caller, |team| {
            let workers = team.workers;
            team.for_each(
                columns,
                || Ok(()),
                |(), (((texts, state), feature), place)| {
                    let Some(TextCodes::Numbered(shared)) = texts else {
                        return Ok(());
                    };
                    let poll = |bytes| workers.check_after(bytes);
                    let short = |fault| scarce(fault, &feature.name);
                    let found = shared.take(Checkpoint::new(&poll)).map_err(short)?;
                    let count = found.texts.len();
                    check_count(plan, &feature.name, count)?;
                    if !found.are_codes() {
                        let mut codes = Scratch::new(&account);
                        let numbers = codes.fit(count).map_err(short)?.iter_mut().zip(0..);
                        for (code, number) in numbers {
                            *code = T::nearest(f64::from(found.code(number)));
                        }
                        *place = Some(codes);
                    }
                    state.texts = Some(found.texts);
                    Ok(())
                },
            )
        })?;
        Ok(found)
    }
}
