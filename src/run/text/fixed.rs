//! Texts in a file: all of one width, that of the longest, so that NumPy maps them. It drops zeros from
//! the end of such a text, so a text that ends in one is refused, unless all are of one length.

use ndarray::ArrayViewMut2;

use crate::error::Fault;
use crate::parquet::TextType;
use crate::run::text::read::TextSink;

/// Bytes of a character in NumPy.
const CHARACTER: usize = 4;

/// How long the longest text is, and whether there are nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Longest {
    /// What the texts are.
    pub text: TextType,
    /// Characters of a text, or bytes.
    pub length: usize,
    /// Whether any row has none.
    pub has_nulls: bool,
}

impl Longest {
    /// Nothing is known yet of texts.
    pub const fn new(text: TextType) -> Self {
        Self {
            text,
            // NumPy maps no texts of no width.
            length: match text {
                TextType::Fixed(bytes) => bytes,
                TextType::Text | TextType::Bytes => 1,
            },
            has_nulls: false,
        }
    }

    /// The type of the values, as NumPy writes it.
    pub fn descr(&self) -> String {
        let length = self.length;
        match self.text {
            TextType::Text => format!("<U{length}"),
            TextType::Bytes => format!("|S{length}"),
            TextType::Fixed(_) => format!("|V{length}"),
        }
    }

    /// Bytes of a value.
    pub const fn item(&self) -> usize {
        match self.text {
            TextType::Text => self.length.saturating_mul(CHARACTER),
            TextType::Bytes | TextType::Fixed(_) => self.length,
        }
    }
}

/// Measures texts.
impl TextSink for Longest {
    fn put(&mut self, _: usize, text: Option<&[u8]>) -> Result<(), Fault> {
        let Some(text) = text else {
            self.has_nulls = true;
            return Ok(());
        };
        let length = match self.text {
            TextType::Text => characters(text).count(),
            TextType::Bytes | TextType::Fixed(_) => text.len(),
        };
        if !matches!(self.text, TextType::Fixed(_)) && text.last() == Some(&0) {
            return Err(Fault::unsupported(
                "passthrough: a text ends in a zero, which NumPy drops from texts in a file; load \
                 the column into memory, or leave it out",
            ));
        }
        self.length = self.length.max(length);
        Ok(())
    }
}

/// Writes texts of one width.
#[derive(Debug)]
pub struct FixedSink<'a> {
    /// What the texts are.
    pub text: TextType,
    /// A row of bytes for each.
    pub out: ArrayViewMut2<'a, u8>,
    /// For each, whether there is none.
    pub mask: Option<ArrayViewMut2<'a, bool>>,
}

impl TextSink for FixedSink<'_> {
    fn put(&mut self, row: usize, text: Option<&[u8]>) -> Result<(), Fault> {
        let longer = || Fault::corrupt("a text is longer than before");
        let Some(text) = text else {
            let mask = self.mask.as_mut().ok_or_else(longer)?;
            mask[[row, 0]] = true;
            return Ok(());
        };
        let mut out = self.out.row_mut(row);
        let out = out.as_slice_mut().ok_or_else(longer)?;
        if self.text.is_text() {
            let mut places = out.chunks_exact_mut(CHARACTER);
            for character in characters(text) {
                let place = places.next().ok_or_else(longer)?;
                place.copy_from_slice(&u32::from(character).to_le_bytes());
            }
        } else {
            let place = out.get_mut(..text.len()).ok_or_else(longer)?;
            place.copy_from_slice(text);
        }
        Ok(())
    }
}

/// The characters of a text that is known to be UTF-8.
fn characters(text: &[u8]) -> impl Iterator<Item = char> {
    str::from_utf8(text).unwrap_or_default().chars()
}
