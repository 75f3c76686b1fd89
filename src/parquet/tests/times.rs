//! Times as numbers of one unit.

use crate::error::Fault;
use crate::parquet::encoding::decoder::Decoder;
use crate::parquet::lane::times::{nanoseconds, read};
use crate::parquet::schema::own::{Own, TextType};
use crate::parquet::{Kind, Physical};
use crate::types::{Dtype, Unit};

fn times(kind: Kind, body: &[u8], count: usize) -> Result<Vec<i64>, Fault> {
    let mut out = vec![0; count];
    read(&mut Decoder::Plain(0), body, kind, &mut out)?;
    Ok(out)
}

/// The 12 bytes of an instant.
fn instant(day: u32, nanos: i64) -> Vec<u8> {
    [&nanos.to_le_bytes()[..], &day.to_le_bytes()].concat()
}

#[test]
fn narrow_and_wide_times_are_brought_to_the_unit() {
    let narrow: Vec<u8> = (-300..300_i32).flat_map(i32::to_le_bytes).collect();
    let expected: Vec<i64> = (-300..300).map(|day| day * 86_400_000).collect();
    let factor = Unit::Milli.in_a_day();
    let found = times(Kind::Time32 { factor }, &narrow, 600).unwrap();
    assert_eq!(found, expected);
    let wide: Vec<u8> = [7, i64::MIN, -7]
        .iter()
        .flat_map(|t| t.to_le_bytes())
        .collect();
    let found = times(Kind::Time64 { factor: 1000 }, &wide, 3).unwrap();
    // What stands for no time stays that.
    assert_eq!(found, [7000, i64::MIN, -7000]);
}

#[test]
fn a_time_beyond_the_unit_is_refused() {
    let wide = (i64::MAX / 10).to_le_bytes();
    let refused = |found| matches!(found, Err(Fault::Unsupported(_)));
    assert!(times(Kind::Time64 { factor: 10 }, &wide, 1).is_ok());
    assert!(refused(times(Kind::Time64 { factor: 100 }, &wide, 1)));
    assert!(refused(times(Kind::Time96, &instant(u32::MAX, 0), 1)));
}

#[test]
fn instants_of_12_bytes_are_nanoseconds() {
    let body = [instant(2_440_588, 5), instant(2_440_587, 0)].concat();
    let found = times(Kind::Time96, &body, 2).unwrap();
    assert_eq!(found, [5, -86_400_000_000_000]);
    assert_eq!(nanoseconds(&[]), 0);
}

#[test]
fn a_column_becomes_the_finest_unit() {
    let stored = Physical::Int64;
    let dtype = Dtype::Datetime(Unit::Milli);
    let own = Own::Time { stored, dtype };
    let finest = dtype.common(Dtype::Datetime(Unit::Nano));
    assert_eq!(finest.name(), "datetime64[ns]");
    let factor = 1_000_000;
    assert_eq!(own.kind(finest), Some(Kind::Time64 { factor }));
    assert!(!dtype.goes_with(Dtype::I64));
    assert!(!dtype.goes_with(Dtype::Timedelta(Unit::Milli)));
    assert_eq!(Dtype::Bool.common(Dtype::U8), Dtype::U8);
}

#[test]
fn texts_have_a_type_in_common_unless_one_is_no_text() {
    let fixed = TextType::Fixed(4);
    assert_eq!(fixed.common(fixed), Some(fixed));
    assert_eq!(fixed.common(TextType::Fixed(5)), Some(TextType::Bytes));
    assert_eq!(fixed.common(TextType::Text), None);
}
