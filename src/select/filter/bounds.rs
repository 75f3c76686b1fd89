//! Bounds of a footer as values of a column. Whatever could be wrong with a bound makes it no bound:
//! another number of bytes than the type has, NaN, a least value above the greatest. Bounds of instants
//! in 12 bytes have no order that all writers agree on, and are never used.

use crate::key::column::{float_key, wide};
use crate::key::{KeyForm, KeySlot};
use crate::parquet::{Bound, Hints, Key, KeyStorage, Kind};
use crate::select::filter::constant::text_after;

/// Where all values are that are not null: from `low` to before `after`, which is `None` if nothing is
/// known to be above them. NaN may be there as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span<T> {
    pub(super) low: T,
    pub(super) after: Option<T>,
}

/// Where the numbers of a chunk are.
pub(super) fn numbers(slot: &KeySlot, form: &KeyForm, hints: &Hints) -> Span<u128> {
    let known = |bound: Option<Bound>| {
        let bound = bound.filter(|bound| bound.is_whole() && bound.exact != Some(false));
        number(slot.key, form, bound?.bytes())
    };
    span(known(hints.least), known(hints.greatest), |greatest| {
        greatest.checked_add(1)
    })
}

/// Where the byte strings of a chunk are. The greatest one may have been cut, and be cut here once more.
pub(super) fn texts(hints: &Hints) -> Span<Vec<u8>> {
    let bytes = |bound: Option<Bound>| bound.map(|bound| bound.bytes().to_vec());
    let is_whole = hints.greatest.is_some_and(|bound| bound.is_whole());
    span(bytes(hints.least), bytes(hints.greatest), |greatest| {
        if is_whole {
            Some(text_after(greatest))
        } else {
            after_all_that_begin_with(greatest)
        }
    })
}

fn span<T: Ord + Default>(
    least: Option<T>,
    greatest: Option<T>,
    next: impl Fn(&T) -> Option<T>,
) -> Span<T> {
    let is_wrong = matches!((&least, &greatest), (Some(least), Some(greatest)) if least > greatest);
    let (least, greatest) = if is_wrong {
        (None, None)
    } else {
        (least, greatest)
    };
    Span {
        low: least.unwrap_or_default(),
        after: greatest.as_ref().and_then(next),
    }
}

/// The first text behind all that begin like this; `None` where there is no such text.
fn after_all_that_begin_with(front: &[u8]) -> Option<Vec<u8>> {
    let last = front.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut after = front[..=last].to_vec();
    after[last] += 1;
    Some(after)
}

/// A bound in the form of its column.
fn number(key: Key, form: &KeyForm, bytes: &[u8]) -> Option<u128> {
    let value = match key.storage() {
        KeyStorage::Float(kind) => return float(kind, bytes).map(u128::from),
        KeyStorage::Signed(kind) => integer(kind, bytes)?,
        KeyStorage::Unsigned(_) => u64::from_le_bytes(bytes.try_into().ok()?).into(),
        KeyStorage::Bytes(_) if matches!(key, Key::Decimal { .. }) && !bytes.is_empty() => {
            wide(key, bytes).ok()?
        }
        KeyStorage::Bytes(_) | KeyStorage::Nothing => return None,
    };
    form.encode(value, form.factor(key)?)
}

/// A stored integer, which must be one that its type has.
fn integer(kind: Kind, bytes: &[u8]) -> Option<i128> {
    if kind == Kind::Bool {
        return match bytes {
            [bit @ (0 | 1)] => Some(i128::from(*bit)),
            _ => None,
        };
    }
    let value: i128 = match bytes.len() {
        4 if kind.physical() == Kind::I32.physical() => {
            let value = i32::from_le_bytes(bytes.try_into().ok()?);
            let is_unsigned = matches!(kind, Kind::U8 | Kind::U16 | Kind::U32);
            if is_unsigned {
                value.cast_unsigned().into()
            } else {
                value.into()
            }
        }
        8 if kind.physical() == Kind::I64.physical() => {
            i64::from_le_bytes(bytes.try_into().ok()?).into()
        }
        _ => return None,
    };
    let fits = match kind {
        Kind::I8 => i8::try_from(value).is_ok(),
        Kind::I16 => i16::try_from(value).is_ok(),
        Kind::U8 => u8::try_from(value).is_ok(),
        Kind::U16 => u16::try_from(value).is_ok(),
        _ => true,
    };
    fits.then_some(value)
}

fn float(kind: Kind, bytes: &[u8]) -> Option<u64> {
    let value = match kind {
        Kind::F16 => f64::from(half::f16::from_le_bytes(bytes.try_into().ok()?)),
        Kind::F32 => f64::from(f32::from_le_bytes(bytes.try_into().ok()?)),
        _ => f64::from_le_bytes(bytes.try_into().ok()?),
    };
    (!value.is_nan()).then(|| float_key(value))
}
