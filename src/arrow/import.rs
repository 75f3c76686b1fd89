//! From what a producer claims to an array that was checked: lengths and offsets against each other,
//! numbers of buffers and children against the type, nulls against their bits, ends of runs and of bytes
//! against what they are in.

use std::ops::Range;
use std::sync::Arc;

use crate::arrow::array::{Array, ArrayData, ListEnds, Values};
use crate::arrow::bits::Bitmap;
use crate::arrow::c_data::{ArrayNode, Buffer};
use crate::arrow::storage::{ListShape, Scalar, Storage, Unit};
use crate::error::Fault;
use crate::error::fault::ensure;

/// Bytes of a view.
pub const VIEW: usize = 16;

/// Rows of a node that are asked for.
#[derive(Clone, Copy)]
struct Span {
    /// Values before the first one, in the buffers of the node.
    first: usize,
    rows: usize,
}

impl Span {
    /// Behind the last row.
    const fn end(self) -> usize {
        self.first + self.rows
    }

    /// Bytes of its buffers, where each row has so many.
    fn bytes(self, width: usize) -> Result<usize, Fault> {
        let bytes = self.end().checked_mul(width);
        bytes.ok_or_else(|| Fault::corrupt(format!("an array of {} rows cannot be", self.end())))
    }
}

/// The rows of a batch of so many columns.
pub fn batch_rows(node: ArrayNode<'_>, columns: usize) -> Result<usize, Fault> {
    let span = whole(node)?;
    let nulls = nulls_of(node, span)?;
    ensure!(nulls.is_none(), "rows of a batch are null themselves");
    node.check_children(columns)?;
    let buffers = node.buffers();
    ensure!(buffers == 1, "a batch has {buffers} buffers where it has 1");
    Ok(span.rows)
}

/// One of the children of a node, by its number and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The number.
    pub at: usize,
    /// How many there are.
    pub of: usize,
}

/// Some rows of a column of a batch, which is at the end of a path: behind the structs that it is in.
pub fn column(
    batch: ArrayNode<'_>,
    path: &[Step],
    storage: &Storage,
    rows: Range<usize>,
) -> Result<Array, Fault> {
    let mut node = batch;
    let mut parent = whole(batch)?;
    let mut span = Span {
        first: parent.first + rows.start,
        rows: rows.len(),
    };
    let mut valid = None;
    for (depth, step) in path.iter().enumerate() {
        if depth > 0 {
            let buffers = node.buffers();
            ensure!(
                buffers == 1,
                "a struct has {buffers} buffers where it has 1"
            );
            valid = within(valid, nulls_of(node, span)?);
        }
        node = node.child(step.at, step.of)?;
        let own = whole(node)?;
        let end = parent.end();
        ensure!(
            end <= own.rows,
            "a column has {} rows where its batch has {end}",
            own.rows
        );
        span.first += own.first;
        parent = Span {
            first: own.first + parent.first,
            ..parent
        };
    }
    let mut data = data(node, storage, span)?;
    data.valid = within(valid, data.valid);
    if let Some(valid) = &data.valid
        && !matches!(data.values, Values::Null)
    {
        let nulls = span.rows - valid.count(span.rows);
        data.nulls = data.nulls.map(|_| nulls as u64);
    }
    Ok(Array::new(data))
}

/// The bits of rows that are in structs with others.
fn within(outer: Option<Bitmap>, inner: Option<Bitmap>) -> Option<Bitmap> {
    match (outer, inner) {
        (outer, None) => outer,
        (outer, Some(inner)) => Some(Bitmap {
            outer: outer.map(Box::new),
            ..inner
        }),
    }
}

/// All rows of a node.
fn whole(node: ArrayNode<'_>) -> Result<Span, Fault> {
    let (length, offset) = (node.length(), node.offset());
    let first = usize::try_from(offset).ok();
    let rows = usize::try_from(length).ok();
    let is_sane = length.checked_add(offset).is_some_and(|end| end < 1 << 48);
    match (first, rows) {
        (Some(first), Some(rows)) if is_sane => Ok(Span { first, rows }),
        _ => Err(Fault::corrupt(format!(
            "an array claims {length} rows from {offset} on"
        ))),
    }
}

/// The rows of a node in buffers that are there.
fn data(node: ArrayNode<'_>, storage: &Storage, span: Span) -> Result<ArrayData, Fault> {
    let buffers = match storage {
        Storage::Null | Storage::Runs(..) => 0,
        Storage::Lists(ListShape::Fixed(_), _) => 1,
        Storage::Bytes { .. } => 3,
        _ => 2,
    };
    let found = node.buffers();
    let is_right = match storage {
        Storage::Views => found >= 3,
        // Older producers give the null type a buffer, which means nothing.
        Storage::Null => (0..=1).contains(&found),
        Storage::Nested => true,
        _ => found == buffers,
    };
    ensure!(
        is_right,
        "an array has {found} buffers where its type has {buffers}"
    );
    let is_flat = !matches!(
        storage,
        Storage::Runs(..) | Storage::Lists(..) | Storage::Nested
    );
    if is_flat {
        node.check_children(0)?;
    }
    let valid = match storage {
        Storage::Null | Storage::Runs(..) | Storage::Nested => None,
        _ => nulls_of(node, span)?,
    };
    let own = valid
        .as_ref()
        .map_or(0, |valid| span.rows - valid.count(span.rows));
    let mut data = ArrayData {
        rows: span.rows,
        nulls: Some(own as u64),
        values: Values::Null,
        valid,
    };
    // Where no row has a value there need be no buffer.
    let is_empty = own == span.rows && !matches!(storage, Storage::Runs(..));
    if is_empty || matches!(storage, Storage::Null | Storage::Nested) {
        data.nulls = Some(span.rows as u64);
        return Ok(data);
    }
    data.values = values(node, storage, span)?;
    let behind = match &data.values {
        Values::Dictionary { entries, .. } => entries.nulls,
        Values::Runs { values, .. } => values.nulls,
        Values::Lists { items, .. } => items.nulls(),
        _ => Some(0),
    };
    data.nulls = data.nulls.filter(|_| behind == Some(0));
    Ok(data)
}

/// Which rows have a value; none where all have. What the producer counted must be true.
fn nulls_of(node: ArrayNode<'_>, span: Span) -> Result<Option<Bitmap>, Fault> {
    let claimed = node.null_count();
    let bits = span.end().div_ceil(8);
    let valid = node.buffer(0, bits)?.map(|bytes| Bitmap {
        bytes,
        first: span.first,
        outer: None,
    });
    let Some(valid) = valid else {
        let is_none = claimed <= 0 || span.rows == 0;
        ensure!(
            is_none,
            "an array claims {claimed} nulls, and has no bits for them"
        );
        return Ok(None);
    };
    let nulls = span.rows - valid.count(span.rows);
    let is_whole = whole(node)?.rows == span.rows;
    let is_true = claimed == -1 || !is_whole || u64::try_from(claimed) == Ok(nulls as u64);
    ensure!(is_true, "an array has {nulls} nulls and claims {claimed}");
    Ok((nulls > 0).then_some(valid))
}

fn values(node: ArrayNode<'_>, storage: &Storage, span: Span) -> Result<Values, Fault> {
    let flat = |width: usize| -> Result<Buffer, Fault> {
        let bytes = required(node, 1, span.bytes(width)?)?;
        Ok(bytes.from(span.first * width))
    };
    Ok(match storage {
        Storage::Null | Storage::Nested => Values::Null,
        Storage::Bool => Values::Bool(Bitmap {
            bytes: required(node, 1, span.end().div_ceil(8))?,
            first: span.first,
            outer: None,
        }),
        Storage::Number(scalar, unit) => number(flat(scalar.bytes())?, *scalar, *unit),
        Storage::Decimal(width) => Values::Decimal {
            bytes: flat(*width)?,
            width: *width,
        },
        Storage::Fixed(width) => Values::Fixed {
            bytes: if *width == 0 {
                return Ok(Values::Null);
            } else {
                flat(*width)?
            },
            width: *width,
        },
        Storage::Bytes { wide } => bytes(node, span, *wide)?,
        Storage::Views => Values::Views {
            buffers: variadic(node)?,
            views: flat(VIEW)?,
        },
        Storage::Dictionary(scalar, of) => {
            let entries = node.dictionary()?;
            Values::Dictionary {
                indices: flat(scalar.bytes())?,
                scalar: *scalar,
                entries: Arc::new(data(entries, of, whole(entries)?)?),
            }
        }
        Storage::Runs(scalar, of) => runs(node, span, *scalar, of)?,
        Storage::Lists(shape, of) => lists(node, span, *shape, of)?,
    })
}

const fn number(bytes: Buffer, scalar: Scalar, unit: Unit) -> Values {
    Values::Number {
        bytes,
        scalar,
        unit,
    }
}

/// A buffer that must be there.
fn required(node: ArrayNode<'_>, at: usize, bytes: usize) -> Result<Buffer, Fault> {
    let buffer = node.buffer(at, bytes)?;
    buffer.ok_or_else(|| Fault::corrupt(format!("buffer {at} of an array is missing")))
}

fn bytes(node: ArrayNode<'_>, span: Span, wide: bool) -> Result<Values, Fault> {
    let width = if wide { 8 } else { 4 };
    let count = span.bytes(width)? + width;
    let offsets = required(node, 1, count)?;
    let scalar = if wide { Scalar::I64 } else { Scalar::I32 };
    // Nothing says how long the bytes are but the last offset.
    let end = scalar.integer(&offsets[count - width..]);
    let end = end.and_then(|end| usize::try_from(end).ok());
    let end = end.ok_or_else(|| Fault::corrupt("an offset is negative"))?;
    let bytes = node.buffer(2, end)?;
    ensure!(
        bytes.is_some() || end == 0,
        "buffer 2 of an array is missing"
    );
    Ok(Values::Bytes {
        offsets: offsets.from(span.first * width),
        wide,
        bytes,
    })
}

/// The buffers that views point into: their lengths stand in the last one.
fn variadic(node: ArrayNode<'_>) -> Result<Vec<Option<Buffer>>, Fault> {
    let count = usize::try_from(node.buffers() - 3).unwrap_or(0);
    let is_sane = count < 1 << 31;
    ensure!(is_sane, "an array claims {count} buffers of bytes");
    let lengths = if count == 0 {
        None
    } else {
        Some(required(node, count + 2, 8 * count)?)
    };
    let lengths = lengths.iter().flat_map(|lengths| lengths.chunks_exact(8));
    let mut buffers = Vec::new();
    for (at, length) in lengths.enumerate() {
        let length = Scalar::I64.integer(length).unwrap_or(-1);
        let length = usize::try_from(length).ok();
        let length = length.ok_or_else(|| Fault::corrupt("a buffer has a negative length"))?;
        let buffer = node.buffer(at + 2, length)?;
        ensure!(
            buffer.is_some() || length == 0,
            "buffer {} of an array is missing",
            at + 2
        );
        buffers.push(buffer);
    }
    Ok(buffers)
}

fn runs(
    node: ArrayNode<'_>,
    span: Span,
    scalar: Scalar,
    storage: &Storage,
) -> Result<Values, Fault> {
    let (ends, values) = (node.child(0, 2)?, node.child(1, 2)?);
    let own = whole(ends)?;
    ensure!(nulls_of(ends, own)?.is_none(), "the end of a run is null");
    let bytes = required(ends, 1, own.bytes(scalar.bytes())?)?;
    let bytes = bytes.from(own.first * scalar.bytes());
    let (mut count, mut last) = (0, 0);
    for end in bytes.chunks_exact(scalar.bytes()) {
        let end = scalar.integer(end).and_then(|end| u64::try_from(end).ok());
        let end = end.filter(|end| *end > last);
        last = end.ok_or_else(|| Fault::corrupt("the ends of runs do not ascend"))?;
        count += 1;
    }
    let rows = whole(values)?.rows;
    ensure!(
        last >= span.end() as u64 && rows >= count,
        "{count} runs, with {rows} values, end before the array does"
    );
    Ok(Values::Runs {
        ends: bytes,
        scalar,
        first: span.first,
        values: Arc::new(data(values, storage, whole(values)?)?),
    })
}

/// Lists, and the items of all of them. Offsets between the first and the last one are checked where they
/// are read.
fn lists(
    node: ArrayNode<'_>,
    span: Span,
    shape: ListShape,
    storage: &Storage,
) -> Result<Values, Fault> {
    let child = node.child(0, 1)?;
    let own = whole(child)?;
    let (first, end, ends) = match shape {
        ListShape::Fixed(size) => {
            let end = span.bytes(size)?;
            (span.first * size, end, None)
        }
        ListShape::Ends(scalar) => {
            let width = scalar.bytes();
            let offsets = required(node, 1, span.bytes(width)? + width)?;
            let offset = |row: usize| {
                let offset = scalar.integer(&offsets[row * width..]);
                let offset = offset.and_then(|offset| usize::try_from(offset).ok());
                offset.ok_or_else(|| Fault::corrupt("an offset is negative"))
            };
            let (first, end) = (offset(span.first)?, offset(span.end())?);
            let ends = ListEnds {
                offsets: offsets.from(span.first * width),
                scalar,
                base: first,
            };
            (first, end, Some(ends))
        }
    };
    let rows = own.rows;
    ensure!(
        first <= end && end <= rows,
        "lists of the items {first} to {end} where there are {rows}"
    );
    let items = Span {
        first: own.first + first,
        rows: end - first,
    };
    Ok(Values::Lists {
        ends,
        size: match shape {
            ListShape::Fixed(size) => size,
            ListShape::Ends(_) => items.rows / span.rows.max(1),
        },
        items: Box::new(Array::new(data(child, storage, items)?)),
    })
}
