//! The key of a row in as few bits as its columns need: each value as its distance from the least one
//! that the column can have, and a null as one more than the largest distance. So bits are ordered as
//! keys are, nulls last.

use crate::error::Fault;
use crate::key::KeyForm;
use crate::key::column::KeyColumn;

/// Bits of the widest word.
const MOST_BITS: u32 = 128;

/// A column that rows are sorted by.
#[derive(Debug, Clone, Copy)]
pub struct SortColumn {
    form: KeyForm,
    nullable: bool,
    /// The least value and the largest one, as numbers of the form.
    least: u128,
    most: u128,
}

impl SortColumn {
    /// A column of a form, which may have nulls or not.
    pub fn new(form: KeyForm, nullable: bool) -> Self {
        let most = match form.width {
            Some(width @ 0..16) => (1 << (8 * width)) - 1,
            _ => u128::MAX,
        };
        Self {
            form,
            nullable,
            least: 0,
            most,
        }
    }

    /// The same column, whose values are known to be no less than one number of its form and no more
    /// than another. Words are narrower for it; a value that lies elsewhere is refused.
    #[must_use]
    pub fn within(self, least: u128, most: u128) -> Self {
        let least = least.max(self.least);
        Self {
            least,
            most: most.min(self.most).max(least),
            ..self
        }
    }

    /// Bits of its values; `None` where no word holds them.
    fn bits(&self) -> Option<u32> {
        self.form.width?;
        let codes = (self.most - self.least).checked_add(self.nullable.into())?;
        Some(MOST_BITS - codes.leading_zeros())
    }

    /// What stands for the value of a row.
    #[inline]
    fn code(&self, column: &KeyColumn, row: usize) -> Result<u128, Fault> {
        let span = self.most - self.least;
        if column.is_null(row) {
            return self.null().map(|()| span + 1);
        }
        let code = column.number(row).wrapping_sub(self.least);
        if code > span {
            return Err(Fault::corrupt(
                "a value lies outside the bounds that were claimed",
            ));
        }
        Ok(code)
    }

    /// Refuses a null where there should be none.
    pub(super) fn null(&self) -> Result<(), Fault> {
        let wrong = || Fault::corrupt("it has nulls, and the schema says none");
        self.nullable.then_some(()).ok_or_else(wrong)
    }
}

/// How the columns of a key are put into one number.
#[derive(Debug)]
pub(super) struct Packing {
    columns: Vec<PackedColumn>,
    bits: u32,
}

/// A column, and the bits of its values.
#[derive(Debug)]
struct PackedColumn {
    column: SortColumn,
    bits: u32,
}

impl Packing {
    /// A packing of these columns; `None` where they need more than one word.
    pub(super) fn new(columns: &[SortColumn]) -> Option<Self> {
        let pack = |column: &SortColumn| {
            let bits = column.bits()?;
            Some(PackedColumn {
                column: *column,
                bits,
            })
        };
        let columns: Vec<PackedColumn> = columns.iter().map(pack).collect::<Option<_>>()?;
        let bits = columns.iter().map(|column| column.bits).sum();
        (bits <= MOST_BITS).then_some(Self { columns, bits })
    }

    /// Bits of a key.
    pub(super) const fn bits(&self) -> u32 {
        self.bits
    }

    /// The key of a row of the block that the columns have read.
    #[inline]
    pub(super) fn pack(&self, columns: &[KeyColumn], row: usize) -> Result<u128, Fault> {
        let mut key = 0_u128;
        for (packed, column) in self.columns.iter().zip(columns) {
            let code = packed.column.code(column, row)?;
            // A single column may fill the word, and there is nothing to shift then.
            key = key.checked_shl(packed.bits).unwrap_or(0) | code;
        }
        Ok(key)
    }
}
