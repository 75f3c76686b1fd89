//! What a share tells after its pour: the tallies of its columns, the matches of its tables, and a glimpse
//! of its rows. What several have told becomes one message of the same size, so that it can be passed on
//! in a tree.

use crate::error::Result;
use crate::fit::shared::Glimpse;
use crate::fit::shared::message::{Reader, Writer};
use crate::kernel::Tally;
use crate::key::matches::MatchKind;
use crate::run::join::used::UsedRows;
use crate::run::report::TableReport;

/// How keys may match, from the cheapest to the dearest: all shares together have the dearest of theirs.
const KINDS: [MatchKind; 3] = [MatchKind::Equal, MatchKind::Sorted, MatchKind::Unsorted];
/// Bytes that a tally and a table take at least.
const LEAST: (usize, usize) = (21, 4);
/// So few that the counts of all shares can be added up.
const MOST: u64 = 1 << 48;

/// What some shares have told.
#[derive(Debug)]
pub struct Told {
    /// Bytes of a key.
    pub width: usize,
    /// For each column and part, and then for the arrays beside the matrix.
    pub tallies: Vec<Tally>,
    /// For each table of a join.
    pub tables: Vec<ToldTable>,
    /// A sample of the values, and their sums.
    pub glimpse: Glimpse,
}

/// How a table has matched the rows of some shares.
#[derive(Debug, Clone)]
pub struct ToldTable {
    /// How dear that was.
    kind: usize,
    matched: u64,
    unmatched: u64,
    used: UsedRows,
}

impl ToldTable {
    /// What the report of a table says.
    pub fn of(table: &TableReport) -> Self {
        let kind = KINDS.iter().position(|kind| kind.name() == table.keys);
        Self {
            kind: kind.unwrap_or_default(),
            matched: table.matched,
            unmatched: table.unmatched,
            used: table.used.clone(),
        }
    }

    /// Makes the report of a table say so; not where another table was matched.
    pub fn report(&self, table: &mut TableReport) -> Option<()> {
        table.unused = table.rows - self.used.count(table.rows)?;
        table.keys = KINDS[self.kind].name();
        table.matched = self.matched;
        table.unmatched = self.unmatched;
        Some(())
    }
}

impl Told {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.count(self.width);
        to.count(self.tallies.len());
        for tally in &self.tallies {
            to.number(tally.nulls);
            to.number(tally.nans);
            to.number(tally.pos_infs);
            to.number(tally.neg_infs);
            to.number(tally.overflowed);
            to.float(tally.largest);
            to.float(tally.farthest);
        }
        to.count(self.tables.len());
        for table in &self.tables {
            to.count(table.kind);
            to.number(table.matched);
            to.number(table.unmatched);
            table.used.write(&mut to);
        }
        self.glimpse.write(self.width, &mut to);
        to.finish()
    }

    /// Reads the message of a share.
    pub fn from_bytes(bytes: &[u8], share: usize) -> Result<Self> {
        let mut from = Reader::new(bytes, share);
        let width = usize::try_from(from.number()?).unwrap_or(0);
        if ![2, 4, 8].contains(&width) {
            return Err(from.strange());
        }
        let tallies = from.count(LEAST.0)?;
        let tallies = (0..tallies).map(|_| read_tally(&mut from));
        let tallies = tallies.collect::<Result<_>>()?;
        let tables = from.count(LEAST.1)?;
        let tables = (0..tables).map(|_| read_table(&mut from));
        let tables = tables.collect::<Result<_>>()?;
        let glimpse = Glimpse::read(width, &mut from)?;
        from.end()?;
        Ok(Self {
            width,
            tallies,
            tables,
            glimpse,
        })
    }

    /// What all these messages say.
    pub fn all<M: AsRef<[u8]>>(messages: &[M]) -> Result<Self> {
        let strange = |share| Reader::new(&[], share).strange();
        let first = messages.first().ok_or_else(|| strange(0))?;
        let mut all = Self::from_bytes(first.as_ref(), 0)?;
        for (share, message) in messages.iter().enumerate().skip(1) {
            let other = Self::from_bytes(message.as_ref(), share)?;
            let is_alike = other.width == all.width
                && other.tallies.len() == all.tallies.len()
                && other.tables.len() == all.tables.len()
                && other.glimpse.is_like(&all.glimpse);
            if !is_alike {
                return Err(strange(share));
            }
            for (tally, more) in all.tallies.iter_mut().zip(&other.tallies) {
                tally.add(more);
            }
            for (table, more) in all.tables.iter_mut().zip(&other.tables) {
                table.kind = table.kind.max(more.kind);
                table.matched = table.matched.saturating_add(more.matched);
                table.unmatched = table.unmatched.saturating_add(more.unmatched);
                if !table.used.add(&more.used) {
                    return Err(strange(share));
                }
            }
            all.glimpse.merge(other.glimpse);
        }
        Ok(all)
    }

    /// One message that says what all these say.
    pub fn merged<M: AsRef<[u8]>>(messages: &[M]) -> Result<Vec<u8>> {
        let mut all = Self::all(messages)?;
        all.glimpse.fit(all.width);
        Ok(all.to_bytes())
    }
}

fn read_tally(from: &mut Reader<'_>) -> Result<Tally> {
    let mut counts = [0; 5];
    for count in &mut counts {
        *count = from.number()?;
        if *count > MOST {
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

fn read_table(from: &mut Reader<'_>) -> Result<ToldTable> {
    let kind = usize::try_from(from.number()?).unwrap_or(usize::MAX);
    if kind >= KINDS.len() {
        return Err(from.strange());
    }
    Ok(ToldTable {
        kind,
        matched: from.number()?,
        unmatched: from.number()?,
        used: UsedRows::read(from)?,
    })
}
