//! One form for the values of a key in all files, so that equal values have equal bytes, and bytes
//! are ordered as values are: whatever the width, the unit of time or the scale in each file.

use crate::dataset::Layout;
use crate::dataset::names::absent;
use crate::error::{ColumnType, Difference, Error, Place, Result};
use crate::parquet::{Key, KeyFamily, Nesting};

/// Most digits of a decimal that are compared.
const MOST_DIGITS: i64 = 38;
/// Bytes of an instant that may have to be brought to a finer unit.
const FINER: usize = 11;

/// Where a key is in the files of one layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySlot {
    /// Its leaf.
    pub leaf: usize,
    /// What it is there.
    pub key: Key,
    /// How it is nested.
    pub nesting: Nesting,
}

/// The common form of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyForm {
    /// Which values can be equal at all.
    pub family: KeyFamily,
    /// Bytes of each value; `None`: as many as it has.
    pub width: Option<usize>,
    /// Whether values can be negative.
    pub signed: bool,
    /// Digits after the point, or of a second.
    pub digits: u32,
}

impl KeyForm {
    /// The form that the keys of all files fit.
    pub fn new(name: &str, slots: &[(&Layout, KeySlot)]) -> Result<Self> {
        let known = slots.iter().filter(|(_, slot)| slot.key != Key::Null);
        let keys: Vec<Key> = known.clone().map(|(_, slot)| slot.key).collect();
        let Some((first, first_slot)) = known.clone().next() else {
            return Ok(Self::fixed(KeyFamily::Null, 1, false, 0));
        };
        let family = first_slot.key.family();
        if let Some((layout, slot)) = known.clone().find(|(_, s)| s.key.family() != family) {
            return Err(Error::Mismatch {
                place: Place::column(&layout.path, name),
                what: format!(
                    "the key is {} here and {} in {}, and values of different kinds are never \
                     equal; write it in one type",
                    slot.key.family().name(),
                    family.name(),
                    first.path.display()
                ),
                difference: Some(Box::new(Difference {
                    other: first.path.clone(),
                    expected: vec![family.name().to_owned()],
                    found: vec![slot.key.family().name().to_owned()],
                })),
            });
        }
        match first_slot.key {
            Key::Text(_) => Ok(Self {
                width: None,
                ..Self::fixed(family, 0, false, 0)
            }),
            Key::Bool | Key::Null => Ok(Self::fixed(family, 1, false, 0)),
            Key::Float(_) => Ok(Self::fixed(family, 8, false, 0)),
            Key::Date => Ok(Self::fixed(family, 4, true, 0)),
            Key::Time { .. } => Ok(Self::time(&keys)),
            Key::Integer(_) => Ok(Self::integer(&keys)),
            Key::Timestamp(_) | Key::Timestamp96 => Ok(Self::timestamp(&keys)),
            Key::Decimal { .. } => Self::decimal(&keys).ok_or_else(|| Error::Mismatch {
                place: Place::column(&first.path, name),
                what: format!(
                    "the decimals of this key need more than {MOST_DIGITS} digits at the scale of \
                     all files; write them with one smaller scale"
                ),
                difference: None,
            }),
        }
    }

    /// Bytes of one key, as it is held; `None` where each has its own length.
    pub fn key_bytes(forms: &[Self]) -> Option<usize> {
        let widths = forms.iter().map(|form| form.width);
        let bytes: usize = widths.sum::<Option<usize>>()?;
        match bytes {
            0..=8 => Some(8),
            9..=16 => Some(16),
            _ => None,
        }
    }

    const fn fixed(family: KeyFamily, width: usize, signed: bool, digits: u32) -> Self {
        Self {
            family,
            width: Some(width),
            signed,
            digits,
        }
    }

    fn integer(keys: &[Key]) -> Self {
        let bits = |key: &Key| match key {
            Key::Integer(kind) => (kind.bits(), kind.is_signed()),
            _ => (64, true),
        };
        let signed = keys.iter().any(|key| bits(key).1);
        // An unsigned number beside signed ones needs one bit more.
        let most = keys.iter().map(bits);
        let most = most.map(|(bits, own)| bits + usize::from(signed && !own));
        let most = most.max().unwrap_or(64);
        Self::fixed(KeyFamily::Integer, most.next_power_of_two() / 8, signed, 0)
    }

    fn timestamp(keys: &[Key]) -> Self {
        let digits = |key: &Key| match key {
            Key::Timestamp(digits) => *digits,
            _ => 9,
        };
        let finest = keys.iter().map(digits).max().unwrap_or(9);
        let same = |key: &Key| *key == Key::Timestamp(finest);
        let width = if keys.iter().all(same) { 8 } else { FINER };
        Self::fixed(KeyFamily::Timestamp, width, true, finest)
    }

    fn time(keys: &[Key]) -> Self {
        let digits = |key: &Key| match key {
            Key::Time { digits, .. } => *digits,
            _ => 9,
        };
        let finest = keys.iter().map(digits).max().unwrap_or(9);
        let same = |key: &Key| digits(key) == finest;
        let width = if keys.iter().all(same) { 8 } else { FINER };
        Self::fixed(KeyFamily::Time, width, true, finest)
    }

    fn decimal(keys: &[Key]) -> Option<Self> {
        let (mut whole, mut scale) = (0, 0);
        for key in keys {
            if let Key::Decimal {
                precision,
                scale: own,
                ..
            } = key
            {
                whole = whole.max(precision.checked_sub(i64::from(*own))?);
                scale = scale.max(*own);
            }
        }
        let digits = whole.checked_add(i64::from(scale))?;
        let width = if digits <= 18 { 8 } else { 16 };
        let scale = u32::try_from(scale).ok()?;
        (digits <= MOST_DIGITS).then(|| Self::fixed(KeyFamily::Decimal, width, true, scale))
    }

    /// The bytes of a whole number of units of `10^-digits`, as an integer; `None` where it has
    /// more digits than its type says.
    #[inline]
    pub fn encode(&self, value: i128, factor: i128) -> Option<u128> {
        let width = self.width?;
        let value = if factor == 1 {
            value
        } else {
            value.checked_mul(factor)?
        };
        let bias = if self.signed { 1 << (8 * width - 1) } else { 0 };
        let biased = value.cast_unsigned().wrapping_add(bias);
        (width == 16 || biased >> (8 * width) == 0).then_some(biased)
    }

    /// The number that `encode` was given, in units of this form.
    pub fn decode(&self, encoded: u128) -> i128 {
        let width = self.width.unwrap_or(16);
        let bias = if self.signed { 1 << (8 * width - 1) } else { 0 };
        encoded.wrapping_sub(bias).cast_signed()
    }

    /// What turns a number of a file into units of this form.
    pub fn factor(&self, key: Key) -> Option<i128> {
        let own = match key {
            Key::Timestamp(digits) | Key::Time { digits, .. } => digits,
            Key::Timestamp96 => 9,
            Key::Decimal { scale, .. } => {
                let more = i64::from(self.digits).checked_sub(i64::from(scale))?;
                return 10_i128.checked_pow(u32::try_from(more).ok()?);
            }
            _ => return Some(1),
        };
        10_i128.checked_pow(self.digits.checked_sub(own)?)
    }
}

/// The key columns of a layout, for a join.
pub fn key_slots(layout: &Layout, on: &[String]) -> Result<Vec<KeySlot>> {
    let slot = |name: &String| {
        let slot = key_slot(layout, name, Key::joins, "be a key")?;
        slot.ok_or_else(|| absent(layout, name, "every file of a join needs its key"))
    };
    on.iter().map(slot).collect()
}

/// Where a column is in the files of a layout, if they have it. It must be one that `allowed` takes;
/// `purpose` is what it cannot do otherwise.
pub fn key_slot(
    layout: &Layout,
    name: &str,
    allowed: fn(Key) -> Result<Key, &'static str>,
    purpose: &'static str,
) -> Result<Option<KeySlot>> {
    let Some(column) = layout.column(name)? else {
        return Ok(None);
    };
    let encrypted = layout.leaves[column.leaf].encrypted;
    let key = if encrypted {
        Err("it is encrypted")
    } else {
        column.key.and_then(allowed)
    };
    let key = key.map_err(|why| Error::UnsupportedKey {
        path: layout.path.clone(),
        column: ColumnType::new(name, &column.type_name),
        purpose,
        why,
    })?;
    Ok(Some(KeySlot {
        leaf: column.leaf,
        key,
        nesting: column.nesting,
    }))
}
