//! Texts in memory: their bytes one behind the other, as they were read, and where each row's are. What
//! a program makes of them, such as an object for each row, is leased as well.

use std::sync::Arc;

use crate::account::{Account, Lease, Scratch};
use crate::error::{Error, Fault, Result};
use crate::parquet::TextType;
use crate::plan::TextColumn;
use crate::run::text::read::TextSink;

/// Bytes of an object that holds a text, apart from those of the text, and of a pointer to it.
const OBJECT: usize = 72;
/// Texts by whose bytes the lease for objects grows.
const STEP: usize = 1 << 16;

/// Where the bytes of a row are.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: usize,
    /// One more than its length; 0 for a null.
    length: usize,
}

/// The texts of all rows.
#[derive(Debug)]
pub struct TextArray {
    name: String,
    text: TextType,
    bytes: Scratch<u8>,
    used: usize,
    spans: Scratch<Span>,
    objects: Lease,
    leased: usize,
}

impl TextArray {
    /// Room for so many rows, all of them null. Memory is leased from `account`.
    pub fn new(column: &TextColumn, rows: usize, account: &Arc<Account>) -> Result<Self> {
        let mut spans = Scratch::new(account);
        let mut objects = account.open();
        spans
            .fit(rows)
            .map(|_| ())
            .and_then(|()| objects.resize(rows.saturating_mul(OBJECT)))
            .map_err(|fault| scarce(fault, &column.name))?;
        Ok(Self {
            name: column.name.clone(),
            text: column.text,
            bytes: Scratch::new(account),
            used: 0,
            spans,
            objects,
            leased: 0,
        })
    }

    /// Makes room for so many rows in all; new ones are null.
    pub fn extend(&mut self, rows: usize) -> Result<()> {
        let before = self.rows();
        // More than are needed, or each batch would move all.
        let room = rows.max(before + before / 4);
        let spans = match self.spans.extend(room, before) {
            Ok(_) => Ok(()),
            Err(_) => self.spans.extend(rows, before).map(|_| ()),
        };
        let objects = self.rows().saturating_mul(OBJECT);
        spans
            .and_then(|()| self.objects.resize(objects.saturating_add(self.leased)))
            .map_err(|fault| scarce(fault, &self.name))
    }

    /// Ends with so many rows.
    pub fn shorten(&mut self, rows: usize) {
        self.spans.shorten(rows);
    }

    /// Puts the texts in order: for each row its place.
    pub fn reorder(&mut self, mut place: impl FnMut() -> Option<usize>) -> Result<()> {
        let before = self.spans.all().to_vec();
        let spans = self.spans.all_mut();
        for span in before {
            let gone = || Error::Internal("texts have more rows than places".to_owned());
            spans[place().ok_or_else(gone)?] = span;
        }
        Ok(())
    }

    /// The name of the column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether values are text, and not bytes.
    pub const fn is_text(&self) -> bool {
        self.text.is_text()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.spans.all().len()
    }

    /// The text of a row; none for a null.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        let Span { start, length } = self.spans.all()[row];
        Some(&self.bytes.all()[start..start + length.checked_sub(1)?])
    }
}

impl TextSink for TextArray {
    fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault> {
        let Some(text) = text else {
            return Ok(());
        };
        let start = self.used;
        let end = start + text.len();
        if end > self.bytes.all().len() {
            self.bytes.extend(end + end / 2, start)?;
        }
        if end > self.leased {
            self.leased = end + STEP;
            let objects = self.rows().saturating_mul(OBJECT);
            self.objects.resize(objects.saturating_add(self.leased))?;
        }
        self.bytes.all_mut()[start..end].copy_from_slice(text);
        self.used = end;
        self.spans.all_mut()[row] = Span {
            start,
            length: text.len() + 1,
        };
        Ok(())
    }
}

fn scarce(fault: Fault, name: &str) -> Error {
    fault.short(|needed| {
        format!(
            "passthrough: the texts of `{name}` take at least {needed} bytes, and less is free; \
             raise memory_limit by {needed} bytes, write to a file with out=\"X.npy\", or take \
             fewer rows"
        )
    })
}
