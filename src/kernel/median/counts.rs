//! How many values are where, compared with a bracket. Counts are only ever added, so those of
//! parts of a column may come in any order.

/// How many values are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not missing.
    pub present: u64,
    /// Below the bracket.
    pub below: u64,
    /// Equal to its lower end.
    pub at_low: u64,
    /// Equal to its upper end.
    pub at_high: u64,
}

impl Counts {
    /// Adds the counts of other values.
    pub const fn add(&mut self, other: Self) {
        self.present += other.present;
        self.below += other.below;
        self.at_low += other.at_low;
        self.at_high += other.at_high;
    }
}

/// How far a kernel for one machine came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Values that it compared.
    pub seen: usize,
    /// Of those, the ones inside the bracket, which it kept.
    pub kept: usize,
    /// Where they were.
    pub counts: Counts,
}
