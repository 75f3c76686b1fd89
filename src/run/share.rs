//! What the processes of a divided load tell each other: what each has counted of its rows, and then
//! what every look for a fill finds. All hear the same and decide the same, so the fills, the refusals
//! and the report of each share are those of one load of all rows.

use std::sync::Arc;

use half::f16;
use ndarray::ArrayViewMut2;

use crate::error::Result;
use crate::fit::fill::Poured;
use crate::fit::gaps::{ColumnFill, FillKind};
use crate::fit::shared::message::Reader;
use crate::fit::shared::{Glimpse, HeldRows, Keys, SharedFit, SharedRows, look};
use crate::kernel::{Real, Tally};
use crate::key::matches::MatchKind;
use crate::plan::{Extra, Plan, Share};
use crate::run::counted::{Counted, fitted};
use crate::run::join::ColumnState;
use crate::run::join::used::UsedRows;
use crate::run::load::Load;
use crate::run::report::{Report, TableReport, step};
use crate::run::text::limits::scarce;
use crate::run::told::{Told, ToldTable};
use crate::run::vocabularies::sorted;
use crate::sys::pages::PageRelease;
use crate::texts::Texts;
use crate::types::Dtype;
use crate::workers::{Caller, Stage, Team};

/// What all shares have told, and the fills that are found from it.
#[derive(Debug)]
pub struct Shares {
    /// The report of all rows.
    pub report: Report,
    /// The fills.
    pub fit: SharedFit,
}

impl Load<'_> {
    /// Tells the others what was counted, and fills as all have found. In the matrix all that is missing
    /// and not to be filled by a number is NaN.
    pub(super) fn fit_with_others<T: Real>(
        &mut self,
        poured: Poured<'_, T>,
        share: &Share,
        counted: Counted<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let tables = self.report.tables.clone();
        let columns = plan.features.len();
        let (heard, told) = self.stage(Stage::Fill, columns, caller, |team| {
            let out = poured.out.view();
            let rows = HeldRows::new(&out, poured.sheet_rows, poured.fitted)?;
            let told = told(plan, share, &tables, counted, &rows, team)?;
            Ok((team.caller.gather(&told)?, told))
        })?;
        let Some(heard) = heard else {
            self.report.told = told;
            return self.stage(Stage::Fill, columns, caller, |team| {
                poured.fill(&[], Vec::new(), team)
            });
        };
        let texts = counted.columns.iter().map(|state| state.texts.clone());
        let Shares { report, mut fit } = Shares::new(plan, texts.collect(), &heard)?;
        self.report.columns = report.columns;
        self.report.tables = report.tables;
        self.report.masked = report.masked;
        self.report.steps = report.steps;
        self.report.vocabularies = report.vocabularies;
        let filled = self.report.columns.iter().enumerate();
        let filled = filled.filter(|(_, column)| column.filled > 0);
        let filled: Vec<usize> = filled.map(|(at, _)| at).collect();
        let fills = self.stage(Stage::Fill, columns, caller, |team| {
            let out = poured.out.view();
            let rows = HeldRows::new(&out, poured.sheet_rows, poured.fitted)?;
            // As many looks as the values need: all shares end them together.
            while let Some(asked) = fit.look() {
                let answers = look(&rows, &asked, team)?;
                let told = asked.write(&answers, size_of::<T>());
                match team.caller.gather(&told)? {
                    Some(heard) => fit.hear(&heard)?,
                    None => return Ok(Vec::new()),
                }
            }
            let fills = fit.fills::<T>();
            poured.fill(&fills, filled, team)?;
            Ok(fills)
        })?;
        let fills = fills.iter().map(|fill| (fill.column, fill.value.to_f64()));
        self.report.fills_are(fills);
        Ok(())
    }
}

/// Writes fills into the gaps of some columns.
pub fn write_fills<T: Real>(
    out: ArrayViewMut2<'_, T>,
    fills: &[ColumnFill<T>],
    columns: &[usize],
    release: &PageRelease,
    team: &mut Team<'_>,
) -> Result<()> {
    let poured = Poured {
        fitted: out.nrows(),
        out,
        sheet_rows: None,
        medians: None,
        codes: Vec::new(),
        release,
    };
    poured.fill(fills, columns.to_vec(), team)
}

/// What is fitted of each column.
fn kinds(plan: &Plan) -> Vec<Option<FillKind>> {
    let features = plan.features.iter();
    features.map(|feature| fitted(feature.fill)).collect()
}

/// What a share tells: the tallies of its columns, the matches of its tables, and a glimpse of its rows.
fn told<T: Real>(
    plan: &Plan,
    share: &Share,
    tables: &[TableReport],
    counted: Counted<'_>,
    rows: &HeldRows<'_, T>,
    team: &mut Team<'_>,
) -> Result<Vec<u8>> {
    let of_columns = counted.columns.iter().flat_map(|state| &state.tallies);
    let at = SharedRows {
        first: share.first,
        most: share.most,
    };
    let told = Told {
        width: size_of::<T>(),
        tallies: of_columns.chain(counted.of_extras).copied().collect(),
        tables: tables.iter().map(ToldTable::of).collect(),
        glimpse: Glimpse::of(rows, at, &kinds(plan), team)?,
    };
    Ok(told.to_bytes())
}

impl Shares {
    /// The texts of features that the options know.
    pub fn known_texts(plan: &Plan) -> Result<Vec<Option<Arc<Texts>>>> {
        let account = plan.order_account();
        let texts = plan.features.iter().map(|feature| {
            let mut known = plan.options.known_texts.iter();
            let known = known.find(|known| known.column == feature.name);
            let texts = known.map(|known| sorted(&known.texts, &account));
            let texts = texts.transpose();
            let texts = texts.map_err(|fault| scarce(fault, &feature.name))?;
            Ok(texts.map(Arc::new))
        });
        texts.collect()
    }

    /// The fills that are found, each with its column.
    pub fn fills(&self, dtype: Dtype) -> Vec<(usize, f64)> {
        fn wide<T: Real>(fills: Vec<ColumnFill<T>>) -> Vec<(usize, f64)> {
            let fills = fills.into_iter();
            fills
                .map(|fill| (fill.column, fill.value.to_f64()))
                .collect()
        }
        match dtype {
            Dtype::F16 => wide(self.fit.fills::<f16>()),
            Dtype::F32 => wide(self.fit.fills::<f32>()),
            _ => wide(self.fit.fills::<f64>()),
        }
    }

    /// What the messages of all shares say; values that are refused are an error, as in one load.
    /// `texts` are those of each feature that is codes.
    pub fn new<M: AsRef<[u8]>>(
        plan: &Plan,
        texts: Vec<Option<Arc<Texts>>>,
        heard: &[M],
    ) -> Result<Self> {
        let all = Told::all(heard)?;
        let (keys, step): (Keys, fn(f64) -> f64) = match plan.options.dtype {
            Dtype::F16 => (Keys::of::<f16>(), step::<f16>),
            Dtype::F32 => (Keys::of::<f32>(), step::<f32>),
            _ => (Keys::of::<f64>(), step::<f64>),
        };
        let kinds = kinds(plan);
        let rows = match &plan.share {
            None => plan.parts(),
            Some(share) => &share.parts,
        };
        let beside: usize = plan.poured().map(Extra::columns).sum();
        let mut report = Report {
            rows: plan.rows as u64,
            tables: unmatched(plan),
            ..Report::default()
        };
        let is_ours = all.width == keys.width
            && all.tallies.len() == (texts.len() + beside) * rows.len()
            && all.tables.len() == report.tables.len()
            && all.glimpse.is_of(&kinds);
        let (of_columns, extras) = all
            .tallies
            .split_at_checked(texts.len() * rows.len())
            .filter(|(columns, _)| is_ours && fit(columns, rows))
            .ok_or_else(|| Reader::new(&[], 0).strange())?;
        for (told, table) in all.tables.iter().zip(&mut report.tables) {
            told.report(table)
                .ok_or_else(|| Reader::new(&[], 0).strange())?;
        }
        let columns = texts.into_iter().zip(of_columns.chunks(rows.len()));
        let columns = columns.map(|(texts, tallies)| ColumnState {
            tallies: tallies.to_vec(),
            texts,
            ..ColumnState::default()
        });
        let columns: Vec<ColumnState> = columns.collect();
        report.columns_are(plan, &columns, step)?;
        report.extras_are(plan, extras)?;
        let gaps = report.gaps(plan, |_| false);
        let most = plan
            .share
            .as_ref()
            .map_or(plan.window_rows, |share| share.most);
        Ok(Self {
            fit: SharedFit::new(&gaps, &kinds, keys, all.glimpse, most),
            report,
        })
    }
}

impl Report {
    /// Notes what gaps are filled with.
    pub fn fills_are(&mut self, fills: impl IntoIterator<Item = (usize, f64)>) {
        for (column, value) in fills {
            self.columns[column].fill = Some(value);
        }
    }
}

/// The tables of a join, before their rows are matched.
fn unmatched(plan: &Plan) -> Vec<TableReport> {
    let tables = plan.join.iter().flat_map(|join| &join.tables);
    let tables = tables.map(|table| TableReport {
        path: table.file.path.clone(),
        rows: table.file.rows,
        matched: 0,
        unmatched: 0,
        unused: table.file.rows,
        used: UsedRows::default(),
        keys: MatchKind::Equal.name(),
    });
    tables.collect()
}

/// Whether no tally of columns counts more values than there are rows in its part.
fn fit(tallies: &[Tally], rows: &[usize]) -> bool {
    let counted = |tally: &Tally| {
        tally.nulls + tally.nans + tally.pos_infs + tally.neg_infs + tally.overflowed
    };
    let mut of_parts = tallies.iter().zip(rows.iter().cycle());
    of_parts.all(|(tally, rows)| counted(tally) <= *rows as u64)
}
