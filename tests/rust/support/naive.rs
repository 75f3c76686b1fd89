//! The contract as the simplest possible code: the matrix that a load must return, value by value.

use half::f16;

/// One source value: exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    Whole(i128),
    Float(f64),
}

/// An element of the matrix.
pub(crate) trait Cell: onecopy::kernel::Real + std::fmt::Debug {
    fn of(value: Value) -> Self;
    fn same(self, other: Self) -> bool;
}

impl Cell for f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "`as` rounds to nearest, ties to even"
    )]
    fn of(value: Value) -> Self {
        match value {
            Value::Whole(value) => value as Self,
            Value::Float(value) => value,
        }
    }
    fn same(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl Cell for f32 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "`as` rounds to nearest, ties to even"
    )]
    fn of(value: Value) -> Self {
        match value {
            Value::Whole(value) => value as Self,
            Value::Float(value) => value as Self,
        }
    }
    fn same(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl Cell for f16 {
    /// The nearest of all candidates, so that no rounding has to be trusted.
    fn of(value: Value) -> Self {
        let exact = f64::of(value);
        if exact.abs() >= 65_520.0 || exact.is_nan() {
            return if exact.is_nan() {
                Self::NAN
            } else {
                Self::INFINITY.copysign(Self::from_f64(exact))
            };
        }
        let guess = Self::from_f64(exact.abs()).to_bits();
        let near = [guess.saturating_sub(1), guess, guess + 1].map(Self::from_bits);
        let finite = near.into_iter().filter(|half| half.is_finite());
        let distance = |half: &Self| (half.to_f64() - exact.abs()).abs();
        // On a tie the one whose last bit is 0.
        let order = |a: &Self, b: &Self| {
            let even = (a.to_bits() & 1).cmp(&(b.to_bits() & 1));
            distance(a).total_cmp(&distance(b)).then(even)
        };
        let nearest = finite.min_by(order).unwrap();
        nearest.copysign(Self::from_f64(exact))
    }
    fn same(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

/// A column of the matrix before it is filled: NaN where it is missing.
pub(crate) fn cast<T: Cell>(values: &[Option<Value>]) -> Vec<T> {
    let cell = |value: &Option<Value>| match value {
        Some(Value::Float(value)) if !value.is_finite() => T::MISSING,
        Some(value) => T::of(*value),
        None => T::MISSING,
    };
    values.iter().map(cell).collect()
}

/// The median of what is not missing; 0 where nothing is.
pub(crate) fn median<T: Cell>(column: &[T]) -> T {
    let present = column.iter().filter(|value| !value.is_nan());
    let mut sorted: Vec<f64> = present.map(|value| value.to_f64()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return T::of(Value::Float(0.0));
    }
    let low = sorted[(sorted.len() - 1) / 2];
    let high = sorted[sorted.len() / 2];
    T::of(Value::Float(f64::midpoint(low, high)))
}

/// A finished column.
pub(crate) fn column<T: Cell>(values: &[Option<Value>]) -> Vec<T> {
    let cast: Vec<T> = cast(values);
    let fill = median(&cast);
    let filled = cast
        .iter()
        .map(|value| if value.is_nan() { fill } else { *value });
    filled.collect()
}
