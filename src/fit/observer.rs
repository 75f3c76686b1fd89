//! What looks at columns while they are poured.

/// Looks at finished pieces of columns while they are still in the cache.
pub trait Observer<T>: Sync {
    /// Shows a piece of a column. Gaps of a column that is whole in one piece may be filled.
    fn show(&self, column: usize, values: &mut [T]);
    /// Gives a column up: pieces of it were shown that will be shown once more.
    fn abandon(&self, column: usize);
}
