//! The compact Thrift protocol, walked without building anything.
//!
//! Nothing recurses and nothing is allocated: a struct is a loop over its fields, and what is not
//! wanted is skipped with a depth that is bounded. Every element of a list takes at least one byte,
//! so no claimed count can make a loop longer than the bytes that exist.

use crate::error::Fault;
use crate::error::fault::ensure;

/// Deepest nesting that is skipped. Parquet's own structs stay below 10.
const MOST_DEPTH: usize = 64;

type Result<T> = std::result::Result<T, Fault>;

/// Where the bytes come from.
pub trait Bytes {
    /// The next byte.
    fn byte(&mut self) -> Result<u8>;
    /// Skips `count` bytes.
    fn skip(&mut self, count: u64) -> Result<()>;
    /// Bytes that are left.
    fn left(&self) -> u64;
}

/// Bytes in memory.
#[derive(Debug)]
pub struct Slice<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Slice<'a> {
    /// From the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bytes consumed so far.
    pub const fn position(&self) -> usize {
        self.position
    }
}

fn short() -> Fault {
    Fault::corrupt("the metadata ends too early")
}

impl Bytes for Slice<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.position).ok_or_else(short)?;
        self.position += 1;
        Ok(byte)
    }

    fn skip(&mut self, count: u64) -> Result<()> {
        if count > self.left() {
            return Err(short());
        }
        self.position += usize::try_from(count).map_err(|_| short())?;
        Ok(())
    }

    fn left(&self) -> u64 {
        (self.bytes.len() - self.position) as u64
    }
}

/// The wire types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// A bool whose value is in the type.
    Bool(bool),
    /// One byte.
    Byte,
    /// A zigzag varint.
    Int,
    /// Eight bytes.
    Double,
    /// A length and that many bytes.
    Binary,
    /// A list or set.
    List,
    /// A map.
    Map,
    /// A struct.
    Struct,
    /// Sixteen bytes.
    Uuid,
}

impl Wire {
    fn of(code: u8) -> Result<Self> {
        Ok(match code {
            1 => Self::Bool(true),
            2 => Self::Bool(false),
            3 => Self::Byte,
            4..=6 => Self::Int,
            7 => Self::Double,
            8 => Self::Binary,
            9 | 10 => Self::List,
            11 => Self::Map,
            12 => Self::Struct,
            13 => Self::Uuid,
            _ => return Err(Fault::corrupt("the metadata has an unknown type")),
        })
    }

    fn least_bytes(self) -> u64 {
        match self {
            Self::Double => 8,
            Self::Uuid => 16,
            _ => 1,
        }
    }
}

/// The fields of one struct, in turn.
#[derive(Debug, Default)]
pub struct Fields {
    last: i16,
}

impl Fields {
    /// The next field's id and type, or `None` at the end of the struct.
    #[inline]
    pub fn next(&mut self, bytes: &mut impl Bytes) -> Result<Option<(i16, Wire)>> {
        let head = bytes.byte()?;
        if head == 0 {
            return Ok(None);
        }
        let delta = i16::from(head >> 4);
        self.last = if delta == 0 {
            i16::try_from(int(bytes)?)
                .map_err(|_| Fault::corrupt("the metadata has a wild field id"))?
        } else {
            self.last
                .checked_add(delta)
                .ok_or_else(|| Fault::corrupt("the metadata has too many fields"))?
        };
        Ok(Some((self.last, Wire::of(head & 0x0f)?)))
    }
}

/// An unsigned varint.
#[inline]
pub fn varint(bytes: &mut impl Bytes) -> Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.byte()?;
        if shift == 63 && byte > 1 {
            break;
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Fault::corrupt("a number has more than 64 bits"))
}

/// A zigzag varint.
#[inline]
pub fn int(bytes: &mut impl Bytes) -> Result<i64> {
    let raw = varint(bytes)?;
    Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
}

/// An integer field, which must have been written as one.
pub fn int_field(bytes: &mut impl Bytes, wire: Wire) -> Result<i64> {
    match wire {
        Wire::Int => int(bytes),
        Wire::Byte => Ok(i64::from(bytes.byte()?.cast_signed())),
        _ => Err(Fault::corrupt(
            "the metadata has another type where a number belongs",
        )),
    }
}

/// An integer field that counts or measures something, so it cannot be negative.
pub fn size_field(bytes: &mut impl Bytes, wire: Wire) -> Result<u64> {
    u64::try_from(int_field(bytes, wire)?)
        .map_err(|_| Fault::corrupt("the metadata has a negative size"))
}

/// The length of a list and the type of its elements, held against the bytes that are left.
pub fn list(bytes: &mut impl Bytes) -> Result<(u64, Wire)> {
    let head = bytes.byte()?;
    let count = match head >> 4 {
        15 => varint(bytes)?,
        count => u64::from(count),
    };
    if count == 0 {
        // Some writers leave the type of nothing out.
        return Ok((0, Wire::Byte));
    }
    let wire = Wire::of(head & 0x0f)?;
    let fits = count.saturating_mul(wire.least_bytes()) <= bytes.left();
    ensure!(fits, "a list claims more elements than there are bytes");
    Ok((count, wire))
}

/// Twice the length of a map, and the types of its keys and values.
fn map(bytes: &mut impl Bytes) -> Result<(u64, Wire, Wire)> {
    let count = varint(bytes)?;
    if count == 0 {
        return Ok((0, Wire::Byte, Wire::Byte));
    }
    let kinds = bytes.byte()?;
    let (key, value) = (Wire::of(kinds >> 4)?, Wire::of(kinds & 0x0f)?);
    let least = key.least_bytes() + value.least_bytes();
    let fits = count.saturating_mul(least) <= bytes.left();
    ensure!(fits, "a map claims more elements than there are bytes");
    Ok((2 * count, key, value))
}

/// A bool in a list or map is a byte of its own.
fn element(wire: Wire) -> Wire {
    match wire {
        Wire::Bool(_) => Wire::Byte,
        wire => wire,
    }
}

/// The length of a binary, held against the bytes that are left.
pub fn binary(bytes: &mut impl Bytes, wire: Wire) -> Result<u64> {
    let is_binary = wire == Wire::Binary;
    ensure!(
        is_binary,
        "the metadata has another type where bytes belong"
    );
    let length = varint(bytes)?;
    let fits = length <= bytes.left();
    ensure!(fits, "a string claims more bytes than there are");
    Ok(length)
}

/// The first `N` bytes of a byte string, as far as there are so many, and how long it is.
pub fn front<const N: usize>(bytes: &mut impl Bytes, wire: Wire) -> Result<([u8; N], u64)> {
    let length = binary(bytes, wire)?;
    let mut front = [0; N];
    let kept = usize::try_from(length).map_or(N, |length| length.min(N));
    for byte in &mut front[..kept] {
        *byte = bytes.byte()?;
    }
    bytes.skip(length - kept as u64)?;
    Ok((front, length))
}

/// Skips a value of any type.
pub fn skip(bytes: &mut impl Bytes, wire: Wire) -> Result<()> {
    // A value whose end has not been reached: a struct, or a list or a map with elements to come, whose
    // types alternate: those of a map are keys and values, those of a list are the same.
    enum Nested {
        Struct,
        Elements(u64, Wire, Wire),
    }
    let mut open = Vec::new();
    let mut next = Some(wire);
    loop {
        match next.take() {
            None | Some(Wire::Bool(_)) => {}
            Some(Wire::Int) => {
                varint(bytes)?;
            }
            Some(wire @ (Wire::Byte | Wire::Double | Wire::Uuid)) => {
                bytes.skip(wire.least_bytes())?;
            }
            Some(Wire::Binary) => {
                let length = binary(bytes, Wire::Binary)?;
                bytes.skip(length)?;
            }
            Some(Wire::List) => {
                let (count, wire) = list(bytes)?;
                open.push(Nested::Elements(count, wire, wire));
            }
            Some(Wire::Map) => {
                let (count, key, value) = map(bytes)?;
                open.push(Nested::Elements(count, key, value));
            }
            Some(Wire::Struct) => open.push(Nested::Struct),
        }
        ensure!(
            open.len() <= MOST_DEPTH,
            "the metadata is nested too deeply"
        );
        next = match open.last_mut() {
            None => return Ok(()),
            // A field's id does not matter here: only whether there is one.
            Some(Nested::Struct) => Fields::default().next(bytes)?.map(|(_, wire)| wire),
            Some(Nested::Elements(0, ..)) => None,
            Some(Nested::Elements(left, wire, other)) => {
                *left -= 1;
                std::mem::swap(wire, other);
                Some(element(*other))
            }
        };
        if next.is_none() {
            open.pop();
        }
    }
}
