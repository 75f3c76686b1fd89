//! A key in words, for messages: the name and the value of each column.

use crate::key::KeyForm;
use crate::key::column::float_value;
use crate::key::stream::KeySpec;
use crate::parquet::KeyFamily;

/// Longest text that is shown whole.
const MOST_TEXT: usize = 80;

/// The key in words.
pub(super) fn describe(spec: &KeySpec<'_>, key: &[u8]) -> String {
    // A key that is held as a number has zeros in front.
    let zeros = spec.width().map_or(0, |w| key.len().saturating_sub(w));
    let mut key = &key[zeros..];
    let mut parts = Vec::with_capacity(spec.on.len());
    for (name, form) in spec.on.iter().zip(spec.forms) {
        let value = match form.width {
            Some(width) => {
                let (front, rest) = key.split_at(width.min(key.len()));
                key = rest;
                let encoded = front.iter().fold(0, |n: u128, b| n << 8 | u128::from(*b));
                number(form, encoded)
            }
            None if spec.on.len() == 1 => text(key),
            None => {
                let (value, rest) = until_end(key);
                key = rest;
                text(&value)
            }
        };
        parts.push(format!("`{name}` = {value}"));
    }
    parts.join(", ")
}

/// The text up to its two zeros, and what follows them.
fn until_end(key: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut at = 0;
    while at < key.len() {
        let byte = key[at];
        if byte == 0 && key.get(at + 1) != Some(&u8::MAX) {
            break;
        }
        value.push(byte);
        at += if byte == 0 { 2 } else { 1 };
    }
    (value, key.get(at + 2..).unwrap_or_default())
}

fn text(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes)
        .chars()
        .take(MOST_TEXT)
        .collect();
    format!("{text:?}")
}

fn number(form: &KeyForm, encoded: u128) -> String {
    let value = form.decode(encoded);
    match form.family {
        KeyFamily::Bool => (value != 0).to_string(),
        KeyFamily::Date => date(value),
        KeyFamily::Float => float_value(encoded).to_string(),
        KeyFamily::Time => {
            let second = 10_i128.pow(form.digits.min(9));
            clock(
                value.div_euclid(second),
                value.rem_euclid(second),
                form.digits,
            )
        }
        KeyFamily::Timestamp => {
            let second = 10_i128.pow(form.digits.min(9));
            let (seconds, part) = (value.div_euclid(second), value.rem_euclid(second));
            let (day, seconds) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
            format!("{}T{}", date(day), clock(seconds, part, form.digits))
        }
        KeyFamily::Decimal if form.digits > 0 => {
            let scale = 10_i128.pow(form.digits.min(38));
            let sign = if value < 0 { "-" } else { "" };
            let (whole, part) = ((value / scale).abs(), (value % scale).abs());
            let digits = form.digits as usize;
            format!("{sign}{whole}.{part:0digits$}")
        }
        _ => value.to_string(),
    }
}

/// A time of day.
fn clock(seconds: i128, part: i128, digits: u32) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let digits = digits as usize;
    format!(
        "{hours:02}:{minutes:02}:{:02}.{part:0digits$}",
        seconds % 60
    )
}

/// A day since 1970 in the calendar.
fn date(day: i128) -> String {
    // Years begin in March here, so a leap day is the last of its year, and eras of 400 years are
    // alike.
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leaps) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, turn) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year_of_era + turn;
    format!("{year:04}-{month:02}-{day_of_month:02}")
}
