//! An observer of columns while they are poured.

/// Is shown each part of a column while it is still in the cache.
pub trait Observer<T>: Sync {
    /// Shows a part of a column. The observer may fill gaps only if the part is the whole column.
    fn show(&self, column: usize, values: &mut [T]);
    /// Withdraws a column, because rows that were shown will be shown once more.
    fn abandon(&self, column: usize);
}
