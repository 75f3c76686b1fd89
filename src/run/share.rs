//! What the processes of a divided load tell each other: what each has counted of its rows, and then
//! what every look for a fill finds. All hear the same and decide the same, so the fills, the refusals
//! and the report of each share are those of one load of all rows.

use std::sync::Arc;

use ndarray::{ArrayView2, ArrayViewMut2, s};

use crate::error::Result;
use crate::fit::fill::Poured;
use crate::fit::gaps::{ColumnFill, FillKind};
use crate::fit::shared::message::{Reader, Writer};
use crate::fit::shared::{Glimpse, SharedFit, SharedRows, look};
use crate::kernel::{Real, Tally};
use crate::key::matches::MatchKind;
use crate::plan::{Extra, Plan, Share};
use crate::run::counted::{Counted, fitted};
use crate::run::join::ColumnState;
use crate::run::load::Load;
use crate::run::report::{Report, TableReport};
use crate::run::text::limits::scarce;
use crate::run::vocabularies::sorted;
use crate::sys::pages::PageRelease;
use crate::texts::Texts;
use crate::workers::{Caller, Stage, Team};

/// How keys may match, from the cheapest to the dearest: all shares together have the dearest of theirs.
const KINDS: [MatchKind; 3] = [MatchKind::Equal, MatchKind::Sorted, MatchKind::Unsorted];

/// The matrix of a share, in which all that is missing and not to be filled by a number is NaN.
pub(super) struct SharedMatrix<'a, T> {
    pub(super) out: ArrayViewMut2<'a, T>,
    pub(super) release: &'a PageRelease,
}

/// What all shares have told, and the fills that are found from it.
#[derive(Debug)]
pub struct Shares<T> {
    /// The report of all rows.
    pub report: Report,
    /// The fills.
    pub fit: SharedFit<T>,
}

impl Load<'_> {
    /// Tells the others what was counted, and fills as all have found.
    pub(super) fn fit_with_others<T: Real>(
        &mut self,
        matrix: SharedMatrix<'_, T>,
        share: &Share,
        counted: Counted<'_>,
        caller: &mut dyn Caller,
    ) -> Result<()> {
        let plan = self.plan;
        let tables = self.report.tables.clone();
        let SharedMatrix { mut out, release } = matrix;
        let fitted = plan.parts()[0];
        let columns = plan.features.len();
        let heard = self.stage(Stage::Fill, columns, caller, |team| {
            let rows = out.slice(s![..fitted, ..]);
            let told = told(plan, share, &tables, counted, &rows, team)?;
            Ok((team.caller.gather(&told)?, told))
        })?;
        let (Some(heard), _) = heard else {
            self.report.told = heard.1;
            return Ok(());
        };
        let texts = counted.columns.iter().map(|state| state.texts.clone());
        let Shares { report, mut fit } = Shares::<T>::new(plan, texts.collect(), &heard)?;
        self.report.columns = report.columns;
        self.report.tables = report.tables;
        self.report.masked = report.masked;
        self.report.steps = report.steps;
        self.report.vocabularies = report.vocabularies;
        let filled = self.report.columns.iter().enumerate();
        let filled = filled.filter(|(_, column)| column.filled > 0);
        let filled: Vec<usize> = filled.map(|(at, _)| at).collect();
        let fills = self.stage(Stage::Fill, columns, caller, |team| {
            // As many looks as the values need: all shares end them together.
            while let Some(asked) = fit.look() {
                let rows = out.slice(s![..fitted, ..]);
                let answers = look(&rows, &asked, team)?;
                let told = asked.write(&answers, size_of::<T>());
                match team.caller.gather(&told)? {
                    Some(heard) => fit.hear(&heard)?,
                    None => return Ok(Vec::new()),
                }
            }
            let fills = fit.fills();
            write_fills(out.view_mut(), &fills, &filled, release, team)?;
            Ok(fills)
        })?;
        self.report.fills_are(&fills);
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
    let mut poured = Poured {
        fitted: out.nrows(),
        out,
        sheet_rows: None,
        medians: None,
        codes: Vec::new(),
        release,
    };
    poured.write(fills, columns, team)
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
    rows: &ArrayView2<'_, T>,
    team: &mut Team<'_>,
) -> Result<Vec<u8>> {
    let mut to = Writer::default();
    let of_columns = counted.columns.iter().flat_map(|state| &state.tallies);
    let tallies: Vec<&Tally> = of_columns.chain(counted.of_extras).collect();
    to.count(tallies.len());
    for tally in tallies {
        to.number(tally.nulls);
        to.number(tally.nans);
        to.number(tally.pos_infs);
        to.number(tally.neg_infs);
        to.number(tally.overflowed);
        to.float(tally.largest);
        to.float(tally.farthest);
    }
    to.count(tables.len());
    for table in tables {
        let kind = KINDS.iter().position(|kind| kind.name() == table.keys);
        to.count(kind.unwrap_or_default());
        to.number(table.matched);
        to.number(table.unmatched);
        to.number(table.unused);
    }
    let at = SharedRows {
        first: share.first,
        most: share.most,
    };
    let glimpse = Glimpse::of(rows, at, &kinds(plan), team)?;
    glimpse.write(size_of::<T>(), &mut to);
    Ok(to.finish())
}

impl<T: Real> Shares<T> {
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

    /// What the messages of all shares say; values that are refused are an error, as in one load.
    /// `texts` are those of each feature that is codes.
    pub fn new<M: AsRef<[u8]>>(
        plan: &Plan,
        texts: Vec<Option<Arc<Texts>>>,
        heard: &[M],
    ) -> Result<Self> {
        let parts = plan.parts().len();
        let kinds = kinds(plan);
        let columns = texts.into_iter().map(|texts| ColumnState {
            tallies: vec![Tally::default(); parts],
            texts,
            ..ColumnState::default()
        });
        let mut columns: Vec<ColumnState> = columns.collect();
        let beside: usize = plan.poured().map(Extra::columns).sum();
        let mut extras = vec![Tally::default(); beside * parts];
        let mut report = Report {
            rows: plan.rows as u64,
            tables: unmatched(plan),
            ..Report::default()
        };
        let mut glimpse = Glimpse::default();
        for (share, message) in heard.iter().enumerate() {
            let mut from = Reader::new(message.as_ref(), share);
            from.expect(columns.len() * parts + extras.len())?;
            let of_columns = columns.iter_mut().flat_map(|column| &mut column.tallies);
            for tally in of_columns.chain(&mut extras) {
                tally.add(&read_tally(&mut from)?);
            }
            from.expect(report.tables.len())?;
            for table in &mut report.tables {
                let kind = usize::try_from(from.number()?).unwrap_or(usize::MAX);
                let kind = KINDS.get(kind).ok_or_else(|| from.strange())?;
                let so_far = KINDS.iter().position(|kind| kind.name() == table.keys);
                if KINDS.iter().position(|other| other == kind) > so_far {
                    table.keys = kind.name();
                }
                table.matched = table.matched.saturating_add(from.number()?);
                table.unmatched = table.unmatched.saturating_add(from.number()?);
                table.unused = table.unused.min(from.number()?);
            }
            glimpse.merge(Glimpse::read(&kinds, size_of::<T>(), &mut from)?);
            from.end()?;
        }
        let rows = match &plan.share {
            None => plan.parts(),
            Some(share) => &share.parts,
        };
        let of_columns = columns
            .iter()
            .flat_map(|column| column.tallies.iter().zip(rows));
        if { of_columns }.any(|(tally, rows)| counted(tally) > *rows as u64) {
            return Err(Reader::new(&[], 0).strange());
        }
        report.columns_are::<T>(plan, &columns)?;
        report.extras_are(plan, &extras)?;
        let gaps = report.gaps(plan, |_| false);
        let most = plan
            .share
            .as_ref()
            .map_or(plan.window_rows, |share| share.most);
        Ok(Self {
            fit: SharedFit::new(&gaps, &kinds, glimpse, most),
            report,
        })
    }
}

impl Report {
    /// Notes what gaps are filled with.
    pub fn fills_are<T: Real>(&mut self, fills: &[ColumnFill<T>]) {
        for fill in fills {
            self.columns[fill.column].fill = Some(fill.value.to_f64());
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
        keys: MatchKind::Equal.name(),
    });
    tables.collect()
}

/// How many values a tally has counted.
const fn counted(tally: &Tally) -> u64 {
    tally.nulls + tally.nans + tally.pos_infs + tally.neg_infs + tally.overflowed
}

fn read_tally(from: &mut Reader<'_>) -> Result<Tally> {
    let mut counts = [0; 5];
    for count in &mut counts {
        *count = from.number()?;
        // So few that the counts of all shares can be added up.
        if *count > 1 << 48 {
            return Err(from.strange());
        }
    }
    let [nulls, nans, pos_infs, neg_infs, overflowed] = counts;
    Ok(Tally {
        nulls,
        nans,
        pos_infs,
        neg_infs,
        overflowed,
        largest: from.float()?,
        farthest: from.float()?,
    })
}
