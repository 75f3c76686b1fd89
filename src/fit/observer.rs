//! An observer of columns while they are poured.

/// Is shown each part of a column while it is still in the cache.
pub trait Observer<T>: Sync {
    /// Shows a part of a column, which begins with the row `first` where that is known. The observer may
    /// fill gaps only if the part is the whole column.
    fn show(&self, column: usize, first: Option<usize>, values: &mut [T]);
    /// Withdraws a column, because rows that were shown will be shown once more.
    fn abandon(&self, column: usize);
}
