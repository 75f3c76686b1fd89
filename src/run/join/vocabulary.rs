//! The texts of a column of a table, learned when its rows are matched: only rows of the table that a
//! row of the first part gets its values from count.

use std::sync::Arc;

use crate::account::{Account, Scratch};
use crate::arrow::codes::texts_of;
use crate::dataset::{Cells, RowGroup, Scan, Slot, TableFields};
use crate::error::{Checkpoint, Fault, Result};
use crate::kernel::Real;
use crate::kernel::moves::extract::bits_from;
use crate::key::matches::NONE;
use crate::parquet::lane::categories::Categories;
use crate::parquet::page::buffers::ReadBuffers;
use crate::parquet::page::levels::BLOCK;
use crate::parquet::{ColumnChunk, Kind};
use crate::plan::Encode;
use crate::run::join::JoinPour;
use crate::run::join::placer::MatchedTable;
use crate::run::join::queue::TableColumns;
use crate::run::text::limits::check_count;
use crate::texts::{TextCodes, Texts, Vocabulary};
use crate::workers::Workers;

/// Rows of a word.
const WORD: usize = 64;

/// What the texts of columns become: codes among those that are known, or else those that the table has.
pub fn table_texts<T: Real>(
    pour: &JoinPour<'_, T>,
    of: &MatchedTable<'_>,
    placed: &TableColumns<'_, T>,
    workers: &Workers,
    buffers: &mut ReadBuffers,
) -> Result<Vec<Option<TextCodes>>> {
    let features = placed.features.clone().zip(placed.slots);
    let texts = features.map(|(feature, slot)| {
        let known = &pour.texts[feature];
        if known.is_some() || pour.plan.features[feature].encode != Encode::Category {
            return Ok(known.clone());
        }
        let name = &pour.names[feature];
        let column = LearnedColumn {
            of,
            slot: slot.slot,
            name,
            fitted: pour.plan.parts()[0],
            account: pour.text_account,
            workers,
        };
        let texts = column.texts(buffers)?;
        check_count(pour.plan, name, texts.len())?;
        Ok(Some(TextCodes::Known(texts)))
    });
    texts.collect()
}

/// A column of a matched table whose texts are learned.
#[derive(Debug, Clone, Copy)]
pub struct LearnedColumn<'a> {
    /// The table.
    pub of: &'a MatchedTable<'a>,
    /// Where the column is in it.
    pub slot: Slot,
    /// Its name.
    pub name: &'a str,
    /// Rows of the first part.
    pub fitted: usize,
    /// Leases what is held.
    pub account: &'a Arc<Account>,
    /// Polled for cancellation.
    pub workers: &'a Workers,
}

impl LearnedColumn<'_> {
    /// Learns the texts.
    pub fn texts(&self, buffers: &mut ReadBuffers) -> Result<Arc<Texts>> {
        let of = self.of;
        let names = [self.name.to_owned()];
        let fields = TableFields {
            slots: &[self.slot],
            names: &names,
            texts: &[],
        };
        let mut scan = Scan::opened(&of.table.file, &of.source, fields, self.account);
        let wanted = self
            .wanted()
            .map_err(|fault| fault.at(of.place(self.name)))?;
        let mut vocabulary = Vocabulary::new(self.account);
        let mut first = 0_usize;
        while let Some(group) = scan.next()? {
            let end = first.saturating_add(group.rows);
            let learned = self.chunk(&group, first, &wanted, &mut vocabulary, buffers);
            learned.map_err(|fault| fault.at(group.place(Some(self.name))))?;
            first = end;
        }
        let poll = |bytes| self.workers.check_after(bytes);
        let sorted = vocabulary.sorted(Checkpoint::new(&poll));
        Ok(Arc::new(
            sorted.map_err(|fault| fault.at(of.place(self.name)))?,
        ))
    }

    /// Which rows of the table count: a bit for each.
    fn wanted(&self) -> Result<Scratch<u64>, Fault> {
        let rows = usize::try_from(self.of.table.file.rows).unwrap_or(usize::MAX);
        let mut wanted = Scratch::new(self.account);
        let words = wanted.fit(rows.div_ceil(WORD) + BLOCK / WORD)?;
        let mut mark = |row: usize| {
            if row < rows {
                words[row / WORD] |= 1 << (row % WORD);
            }
        };
        if self.of.matches.is_same() {
            (0..self.fitted).for_each(mark);
        } else {
            let matched = self.of.matches.rows().iter().take(self.fitted);
            let matched = matched.filter(|row| **row != NONE);
            matched.for_each(|row| mark(*row as usize));
        }
        Ok(wanted)
    }

    /// The same for an array in memory.
    fn array(
        &self,
        group: &RowGroup<Cells>,
        first: usize,
        wanted: &Scratch<u64>,
        vocabulary: &mut Vocabulary,
    ) -> Result<(), Fault> {
        let Cells::Array { array, stored, .. } = &group.cells[0] else {
            return Ok(());
        };
        let Kind::Text { is_text, .. } = stored.kind else {
            return Ok(());
        };
        let is_wanted = |row: usize| {
            let row = first + row;
            wanted.all()[row / WORD] >> (row % WORD) & 1 == 1
        };
        let poll = |bytes| self.workers.check_after(bytes);
        let checkpoint = Checkpoint::new(&poll);
        texts_of(array, is_text, &is_wanted, &mut |text| {
            vocabulary.number(text, checkpoint).map(|_| ())
        })
    }

    fn chunk(
        &self,
        group: &RowGroup<Cells>,
        first: usize,
        wanted: &Scratch<u64>,
        vocabulary: &mut Vocabulary,
        buffers: &mut ReadBuffers,
    ) -> Result<(), Fault> {
        let Cells::Chunk {
            chunk,
            stored,
            nesting,
            ..
        } = &group.cells[0]
        else {
            return self.array(group, first, wanted, vocabulary);
        };
        if stored.kind == Kind::Null {
            return Ok(());
        }
        let column = ColumnChunk {
            source: &group.source,
            chunk,
            nesting: *nesting,
        };
        let mut categories = Categories::new(&column, stored.kind, self.account)?;
        let poll = |bytes| self.workers.check_after(bytes);
        let checkpoint = Checkpoint::new(&poll);
        let mut take = |text: &[u8]| vocabulary.number(text, checkpoint).map(|_| true);
        for at in (0..group.rows).step_by(BLOCK) {
            let count = BLOCK.min(group.rows - at);
            let mut own = [0; BLOCK / WORD];
            bits_from(wanted.all(), first + at, count, &mut own);
            categories.wanted(count, &own, buffers, &mut take)?;
            self.workers.check()?;
        }
        categories.finish(buffers)
    }
}
