//! What looks at columns while they are poured.

/// Whoever looks at finished pieces of columns in passing, while they are still in the cache.
pub trait Observer<T>: Sync {
    /// Shows a piece of a column. Gaps of a column that is all here may be filled.
    fn show(&self, column: usize, values: &mut [T]);
    /// Says that pieces of a column were shown that will come once more.
    fn abandon(&self, column: usize);
}
