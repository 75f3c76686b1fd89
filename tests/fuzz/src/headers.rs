//! Page headers that the `parquet` crate does not read as they are meant: those of old Arrow, which
//! deny that a page is compressed, and those with a field of another type than the format gives it.
//! That is passed over like any field that is not known; the crate reads it as the format's type all
//! the same, and takes what lies behind it for something else.

use std::path::Path;

use onecopy::account::Account;
use onecopy::dataset::table::SURVEY_BYTES;
use onecopy::error::Fault;
use onecopy::io::Source;
use onecopy::parquet::page::header;
use onecopy::parquet::thrift;
use onecopy::parquet::thrift::{Bytes, Fields, Slice, Wire};
use onecopy::parquet::{Column, Footer};

/// What the format says that a field is.
enum Type {
    Number,
    Flag,
    Bytes,
    Struct(&'static [(i16, Self)]),
}

use Type::{Bytes as Text, Flag, Number, Struct};

const STATISTICS: &[(i16, Type)] = &[
    (1, Text),
    (2, Text),
    (3, Number),
    (4, Number),
    (5, Text),
    (6, Text),
    (7, Flag),
    (8, Flag),
];
const ONE: &[(i16, Type)] = &[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Number),
    (5, Struct(STATISTICS)),
];
const DICTIONARY: &[(i16, Type)] = &[(1, Number), (2, Number), (3, Flag)];
const TWO: &[(i16, Type)] = &[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Number),
    (5, Number),
    (6, Number),
    (7, Flag),
    (8, Struct(STATISTICS)),
];
const HEADER: &[(i16, Type)] = &[
    (1, Number),
    (2, Number),
    (3, Number),
    (4, Number),
    (5, Struct(ONE)),
    (6, Struct(&[])),
    (7, Struct(DICTIONARY)),
    (8, Struct(TWO)),
];

/// Whether a page of the column has such a header.
pub fn are_misread(path: &Path, column: &Column) -> bool {
    let bytes = std::fs::read(path).expect("a file of ours");
    let source = Source::open(path, None).expect("a file of ours");
    let account = Account::new(SURVEY_BYTES);
    let footer = Footer::walk(&source, &account, &mut |_, _| Ok(())).expect("walked");
    let mut row_groups = footer.row_groups(&source, &account);
    while let Some(row_group) = row_groups.next().expect("walked") {
        let chunk = &row_group.chunks[column.leaf];
        if chunk.writer.always_compresses() {
            return true;
        }
        let end = usize::try_from(chunk.start + chunk.bytes).expect("in memory");
        let mut at = usize::try_from(chunk.start).expect("in memory");
        while let Some(head) = bytes.get(at..end)
            && let Ok((page, length)) = header::header(head)
        {
            if matches!(is_typed(&mut Slice::new(head), HEADER), Ok(false)) {
                return true;
            }
            at += length + usize::try_from(page.bytes).expect("in memory");
        }
    }
    false
}

fn is_typed(bytes: &mut impl Bytes, about: &[(i16, Type)]) -> Result<bool, Fault> {
    let mut fields = Fields::default();
    let mut typed = true;
    while let Some((id, wire)) = fields.next(bytes)? {
        let known = about.iter().find(|(number, _)| *number == id);
        match (known.map(|(_, kind)| kind), wire) {
            (Some(Struct(about)), Wire::Struct) => typed &= is_typed(bytes, about)?,
            (Some(Number), Wire::Int)
            | (Some(Flag), Wire::Bool(_))
            | (Some(Text), Wire::Binary)
            | (None, _) => {
                thrift::skip(bytes, wire)?;
            }
            (Some(_), _) => {
                typed = false;
                thrift::skip(bytes, wire)?;
            }
        }
    }
    Ok(typed)
}
