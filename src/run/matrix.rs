//! The matrix of a load while it is poured: which of its columns come from the source, and how they are
//! written.

use std::ops::Range;
use std::sync::Arc;

use ndarray::ArrayViewMut2;

use crate::account::Account;
use crate::dataset::{Fields, Selection};
use crate::error::Result;
use crate::fit::observer::Observer;
use crate::fit::streaming::{ShownRows, StreamingMedians};
use crate::kernel::scalar::sentinels::Sentinels;
use crate::kernel::{Real, Rule, Tally};
use crate::key::Matcher;
use crate::plan::rules::rule;
use crate::plan::{BlockOrigin, Encode, Fill, Plan};
use crate::run::join::{ColumnState, JoinOutcome, JoinPour};
use crate::run::pour::target::{FieldColumns, TargetProgress};
use crate::run::pour::{SheetPolicy, Target};
use crate::run::vocabularies::{FeatureTexts, KnownTexts};
use crate::sys::free::fits_well;
use crate::sys::pages::PageRelease;
use crate::texts::TextCodes;
use crate::workers::Team;

/// The matrix while it is poured: which of its columns come from the source, and how they are written.
pub(super) struct MatrixPour<'a, T> {
    pub(super) plan: &'a Plan,
    /// The names of the columns of the matrix.
    pub(super) names: Vec<String>,
    /// The names of its fields.
    field_names: Vec<String>,
    rules: Vec<Rule<T>>,
    /// For each column of the matrix what its texts become.
    pub(super) texts: FeatureTexts,
    /// The same for each field.
    field_texts: FeatureTexts,
    /// Leases texts that are learned.
    text_account: Arc<Account>,
    /// What comes from the source.
    blocks: Vec<SourceBlock<'a>>,
    /// Whether sheets stay, to be turned while gaps are filled.
    pub(super) in_sheets: bool,
    pub(super) release: PageRelease,
}

/// Neighbouring fields that come from the source.
pub(super) struct SourceBlock<'a> {
    fields: Range<usize>,
    /// Where the fields are in the source.
    selection: &'a Selection,
    /// The columns that they become.
    columns: Range<usize>,
}

impl<'a, T: Real> MatrixPour<'a, T> {
    pub(super) fn new(plan: &'a Plan, known: KnownTexts, release: PageRelease) -> Self {
        let features = plan.features.iter();
        let fields = plan.fields.iter();
        let blocks = plan.join.iter().flat_map(|join| &join.blocks);
        let blocks = blocks.filter_map(|block| match &block.origin {
            BlockOrigin::Source(selection) => Some(SourceBlock {
                fields: block.fields.clone(),
                selection,
                columns: block.columns.clone(),
            }),
            BlockOrigin::Table(..) => None,
        });
        let all = SourceBlock {
            fields: 0..plan.fields.len(),
            selection: &plan.selection,
            columns: 0..plan.features.len(),
        };
        let own = plan.join.is_none().then_some(all);
        // Joined columns and a single column are in no sheets after the pour. Other sheets are turned
        // while gaps are filled, unless their pages would have to come from the disk again.
        let in_rows = plan.is_in_sheets();
        let bytes = plan.rows * plan.features.len() * size_of::<T>();
        let stays = !release.is_some() || fits_well(bytes);
        Self {
            plan,
            names: features.clone().map(|f| f.name.clone()).collect(),
            field_names: plan.fields.iter().map(|f| f.name.clone()).collect(),
            rules: features.map(|f| rule(&plan.options, f.fill)).collect(),
            field_texts: fields
                .map(|f| known.texts[f.columns.start].clone())
                .collect(),
            texts: known.texts,
            text_account: known.account,
            blocks: own.into_iter().chain(blocks).collect(),
            in_sheets: in_rows && plan.join.is_none() && stays,
            release,
        }
    }

    /// The fields that are poured: first those of the matrix, then those of the arrays beside it.
    pub(super) fn fields(&self) -> Vec<Fields<'_>> {
        let own = self.blocks.iter().map(|block| Fields {
            selection: block.selection,
            names: &self.field_names[block.fields.clone()],
            texts: &self.field_texts[block.fields.clone()],
        });
        let extras = self.plan.poured().map(|extra| Fields {
            selection: &extra.selection,
            names: &extra.names,
            texts: &[],
        });
        own.chain(extras).collect()
    }

    /// The columns of each field that comes from the source.
    pub(super) fn poured_fields(&self) -> impl Iterator<Item = FieldColumns> {
        let fields = self.blocks.iter().flat_map(|block| block.fields.clone());
        fields.map(|field| {
            let field = &self.plan.fields[field];
            FieldColumns {
                columns: field.columns.clone(),
                is_vector: field.encode == Encode::Vector,
            }
        })
    }

    pub(super) fn sheet_rows(&self) -> usize {
        self.plan
            .budget
            .sheet_rows(self.names.len(), size_of::<T>())
    }

    pub(super) fn target<'o>(
        &self,
        out: ArrayViewMut2<'o, T>,
        observer: Option<&'o dyn Observer<T>>,
    ) -> Target<'o, T> {
        Target {
            out,
            order: self.plan.options.order,
            columns: self.blocks.iter().map(|b| b.columns.clone()).collect(),
            fields: self.poured_fields().collect(),
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
    pub(super) fn states(&self, tallies: &[Tally]) -> Vec<ColumnState> {
        let mut states = vec![ColumnState::default(); self.names.len()];
        let poured = self.blocks.iter().flat_map(|block| block.columns.clone());
        for (column, tallies) in poured.zip(tallies.chunks(self.plan.parts().len())) {
            states[column] = ColumnState {
                texts: self.texts[column].as_ref().and_then(TextCodes::known),
                ..ColumnState::poured(tallies)
            };
        }
        states
    }

    /// Medians that are found while pouring; `None` if there is no memory for them.
    pub(super) fn streaming_medians(&self) -> Option<StreamingMedians<T>> {
        let wanted = self.plan.features.iter().map(|f| f.fill == Fill::Median);
        let wanted: Vec<bool> = wanted.collect();
        let bytes = self.plan.budget.sieve_bytes;
        let shown = ShownRows {
            rows: self.plan.parts()[0],
            is_whole: self.plan.parts().len() == 1,
        };
        // The rows of a vector are poured as they are, and the medians of its columns found afterwards.
        let is_shown = !self.plan.is_one_vector();
        let is_alone = self.plan.share.is_none();
        (bytes > 0 && self.plan.join.is_none() && is_shown && is_alone)
            .then(|| StreamingMedians::new(&wanted, shown, bytes))
    }

    /// Fills the columns of tables, beside those of the source.
    pub(super) fn join(
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
