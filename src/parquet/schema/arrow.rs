//! What Arrow notes of a schema beside that of Parquet, as far as Parquet has no word for it: durations,
//! which are stored as plain integers, and dictionaries, which may have entries that no row uses.
//!
//! The note is a flat buffer in base 64. It is read by positions that are held against its length, and
//! it only adds to what the schema says: one that is damaged, or of other columns, says nothing.

use crate::types::Unit;

/// Numbers of types of Arrow.
const STRUCT: u8 = 13;
const DURATION: u8 = 18;
/// Those of all kinds of lists.
const LISTS: [u8; 5] = [12, 16, 21, 25, 26];
/// Deepest structs that are followed.
const MOST_DEPTH: usize = 64;
/// Bytes that fields may take, for each byte of the note: names of structs are in those of their leaves.
pub const GROWTH: usize = 4;
/// Slots of the tables that are read, by their order in the format.
const MESSAGE_HEADER: usize = 2;
const SCHEMA_FIELDS: usize = 1;
const FIELD_NAME: usize = 0;
const FIELD_TYPE_NUMBER: usize = 2;
const FIELD_TYPE: usize = 3;
const FIELD_DICTIONARY: usize = 4;
const FIELD_CHILDREN: usize = 5;
const DURATION_UNIT: usize = 0;

/// What Arrow says of a column, which may be in structs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrowField {
    /// Its name, after those of its structs.
    pub name: String,
    /// The unit of a duration, or of a list of durations.
    pub duration: Option<Unit>,
    /// Whether it was a dictionary.
    pub is_dictionary: bool,
}

/// Fields of a struct, or of the schema.
#[derive(Debug)]
struct Fields<'a> {
    buffer: Buffer<'a>,
    /// Where the next one is told.
    next: usize,
    left: usize,
    /// The names of the structs that they are in.
    prefix: String,
}

/// The fields of a note; none where it is not understood.
pub fn fields(note: &[u8]) -> Option<Vec<ArrowField>> {
    let message = base64(note)?;
    // Four bytes of ones and a length precede the buffer; early files have the length alone.
    let start = if message.starts_with(&[u8::MAX; 4]) {
        8
    } else {
        4
    };
    let buffer = Buffer(message.get(start..)?);
    let schema = buffer.root()?.table(MESSAGE_HEADER)?;
    let mut open = vec![Fields::of(schema, SCHEMA_FIELDS, String::new())?];
    let mut found = Vec::new();
    let mut room = GROWTH * note.len();
    while let Some(fields) = open.last_mut() {
        if fields.left == 0 {
            open.pop();
            continue;
        }
        let field = fields.buffer.table_at(fields.next)?;
        fields.next = fields.next.checked_add(4)?;
        fields.left -= 1;
        let (name, length) = field.vector(FIELD_NAME)?;
        let bytes = fields.prefix.len() + length + 1;
        room = room.checked_sub(bytes.checked_add(size_of::<ArrowField>())?)?;
        let name = format!("{}{}", fields.prefix, buffer.text(name, length)?);
        match field.number(FIELD_TYPE_NUMBER) {
            Some([STRUCT]) => {
                let inner = Fields::of(field, FIELD_CHILDREN, name + ".")?;
                open.push(inner);
                if open.len() > MOST_DEPTH {
                    return None;
                }
            }
            number => found.push(ArrowField {
                name,
                duration: match number {
                    Some([number]) if LISTS.contains(&number) => item(field).and_then(duration),
                    _ => duration(field),
                },
                is_dictionary: field.table(FIELD_DICTIONARY).is_some(),
            }),
        }
    }
    Some(found)
}

impl<'a> Fields<'a> {
    fn of(table: Table<'a>, slot: usize, prefix: String) -> Option<Self> {
        let (next, left) = table.vector(slot)?;
        Some(Self {
            buffer: table.buffer,
            next,
            left,
            prefix,
        })
    }
}

/// The field of the items of a list.
fn item(list: Table<'_>) -> Option<Table<'_>> {
    let (first, count) = list.vector(FIELD_CHILDREN)?;
    list.buffer.table_at(first).filter(|_| count == 1)
}

fn duration(field: Table<'_>) -> Option<Unit> {
    if field.number::<1>(FIELD_TYPE_NUMBER) != Some([DURATION]) {
        return None;
    }
    // What is not written is milliseconds.
    let unit = field.table(FIELD_TYPE)?.number(DURATION_UNIT);
    match unit.map_or(1, i16::from_le_bytes) {
        0 => Some(Unit::Second),
        1 => Some(Unit::Milli),
        2 => Some(Unit::Micro),
        3 => Some(Unit::Nano),
        _ => None,
    }
}

/// A flat buffer.
#[derive(Debug, Clone, Copy)]
struct Buffer<'a>(&'a [u8]);

/// A table in it, and where its slots are told.
#[derive(Debug, Clone, Copy)]
struct Table<'a> {
    buffer: Buffer<'a>,
    at: usize,
    slots: usize,
}

impl<'a> Buffer<'a> {
    fn bytes<const N: usize>(self, at: usize) -> Option<[u8; N]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    /// The position that the four bytes at another one point forward to.
    fn forward(self, at: usize) -> Option<usize> {
        let far = u32::from_le_bytes(self.bytes(at)?);
        at.checked_add(usize::try_from(far).ok()?)
    }

    fn text(self, at: usize, length: usize) -> Option<&'a str> {
        str::from_utf8(self.0.get(at..at.checked_add(length)?)?).ok()
    }

    fn root(self) -> Option<Table<'a>> {
        self.table_at(0)
    }

    fn table_at(self, pointer: usize) -> Option<Table<'a>> {
        let at = self.forward(pointer)?;
        let back = i32::from_le_bytes(self.bytes(at)?);
        let slots = i64::try_from(at).ok()?.checked_sub(back.into())?;
        Some(Table {
            buffer: self,
            at,
            slots: usize::try_from(slots).ok()?,
        })
    }
}

impl Table<'_> {
    /// Where the value of a slot is, if it is written.
    fn place(self, slot: usize) -> Option<usize> {
        let bytes = u16::from_le_bytes(self.buffer.bytes(self.slots)?);
        let entry = 4 + 2 * slot;
        if entry + 2 > bytes.into() {
            return None;
        }
        let far = u16::from_le_bytes(self.buffer.bytes(self.slots.checked_add(entry)?)?);
        (far != 0).then(|| self.at.checked_add(far.into()))?
    }

    fn table(self, slot: usize) -> Option<Self> {
        self.buffer.table_at(self.place(slot)?)
    }

    fn number<const N: usize>(self, slot: usize) -> Option<[u8; N]> {
        self.buffer.bytes(self.place(slot)?)
    }

    /// The first item of a vector, and how many there are.
    fn vector(self, slot: usize) -> Option<(usize, usize)> {
        let at = self.buffer.forward(self.place(slot)?)?;
        let count = u32::from_le_bytes(self.buffer.bytes(at)?);
        Some((at.checked_add(4)?, usize::try_from(count).ok()?))
    }
}

/// The bytes that a text in base 64 stands for.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_end();
    let digits = text.iter().take_while(|digit| **digit != b'=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(word >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}
