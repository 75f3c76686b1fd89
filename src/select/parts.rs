//! The rows of one row group that go to several parts, or to one part in no long runs: for each row
//! the number of its part, in a few bits.
//!
//! A part's number is counted from one here; zero is a row that is left out. The bits of 64 rows stand
//! together, a word for each binary digit of the number, so that the rows of a part are found 64 at a
//! time.

/// Rows of a word.
pub const WORD: usize = 64;

/// The parts of the rows of a row group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRows {
    rows: usize,
    /// Digits of a part's number.
    digits: usize,
    words: Vec<u64>,
}

/// Binary digits of the numbers of so many parts.
const fn digits(parts: usize) -> usize {
    (usize::BITS - parts.leading_zeros()) as usize
}

impl PartRows {
    /// No row of `rows` is in any of `parts` parts.
    pub fn none(rows: usize, parts: usize) -> Self {
        let digits = digits(parts);
        Self {
            rows,
            digits,
            words: vec![0; rows.div_ceil(WORD) * digits],
        }
    }

    /// The rows whose bit is set are in the only part.
    pub const fn of_mask(rows: usize, words: Vec<u64>) -> Self {
        Self {
            rows,
            digits: 1,
            words,
        }
    }

    /// The number of rows, those that are left out included.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Words of 64 rows.
    pub fn blocks(&self) -> usize {
        self.rows.div_ceil(WORD)
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(self.words.as_slice())
    }

    /// The rows of a block that are in a part.
    #[inline]
    pub fn mask(&self, block: usize, part: usize) -> u64 {
        let number = part + 1;
        let words = &self.words[block * self.digits..][..self.digits];
        let digits = words.iter().enumerate();
        digits.fold(u64::MAX, |mask, (digit, word)| {
            let is_set = number >> digit & 1 == 1;
            mask & if is_set { *word } else { !*word }
        })
    }

    /// The rows of a block that are in any part.
    #[inline]
    pub fn kept(&self, block: usize) -> u64 {
        let words = &self.words[block * self.digits..][..self.digits];
        words.iter().fold(0, |kept, word| kept | word)
    }

    /// Puts the rows of a block that are set in `mask`, and were left out so far, into a part.
    pub fn put(&mut self, block: usize, part: usize, mask: u64) {
        let number = part + 1;
        for digit in 0..self.digits {
            if number >> digit & 1 == 1 {
                self.words[block * self.digits + digit] |= mask;
            }
        }
    }

    /// The number of rows in any part.
    pub fn kept_count(&self) -> usize {
        let blocks = 0..self.blocks();
        let ones = blocks.map(|block| self.kept(block).count_ones() as usize);
        ones.sum()
    }

    /// More parts than there are numbers for.
    pub const fn most_parts(&self) -> usize {
        (1 << self.digits) - 1
    }

    /// Whether any row is in a part.
    pub fn has(&self, part: usize) -> bool {
        (0..self.blocks()).any(|block| self.mask(block, part) > 0)
    }

    /// The number of rows in a part.
    pub fn count(&self, part: usize) -> usize {
        let blocks = 0..self.blocks();
        let ones = blocks.map(|block| self.mask(block, part).count_ones() as usize);
        ones.sum()
    }

    /// The part of a row, if it is in any.
    pub fn part(&self, row: usize) -> Option<usize> {
        let words = &self.words[row / WORD * self.digits..][..self.digits];
        let digits = words.iter().enumerate();
        let number = digits.fold(0, |number, (digit, word)| {
            number | usize::from(word >> (row % WORD) & 1 == 1) << digit
        });
        number.checked_sub(1)
    }
}
