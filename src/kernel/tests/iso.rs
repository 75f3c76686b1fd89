//! Dates and times in text.

use crate::kernel::iso::{time, timestamp};

const DAY: i128 = 86_400;

fn instant(text: &str) -> Option<(i128, u32)> {
    timestamp(text.as_bytes()).map(|seconds| (seconds.value, seconds.digits))
}

#[test]
fn dates_and_times_are_read() {
    for (text, value, digits) in [
        ("1970-01-01", 0, 0),
        ("1970-01-02", DAY, 0),
        ("1969-12-31", -DAY, 0),
        ("2000-03-01", 11_017 * DAY, 0),
        ("2024-02-29", 19_782 * DAY, 0),
        ("0000-01-01", -719_528 * DAY, 0),
        ("9999-12-31", 2_932_896 * DAY, 0),
        ("1970-01-01T00:00:01", 1, 0),
        ("1970-01-01 00:01", 60, 0),
        ("1970-01-01T00:00:01.5", 15, 1),
        ("1970-01-01T00:00:00.000000001", 1, 9),
        ("1970-01-01T01:00:00+01:00", 0, 0),
        ("1970-01-01T00:00:00.5-00:30", 18_005, 1),
        ("1970-01-01T00:00:00Z", 0, 0),
        ("1970-01-01T02:00+02", 0, 0),
    ] {
        assert_eq!(instant(text), Some((value, digits)), "{text}");
    }
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "1970",
        "1970-1-1",
        "1970-13-01",
        "1970-00-01",
        "1970-01-00",
        "1970-02-29",
        "1900-02-29",
        "1970-04-31",
        "1970-01-01T",
        "1970-01-01T24:00",
        "1970-01-01T00:60",
        "1970-01-01T00:00:60",
        "1970-01-01T00:00:00.",
        "1970-01-01x",
        "1970-01-01T00:00Zx",
        "1970-01-01T00:00+1",
        "19700101",
        "today",
        "1970-01-01T00:00:00.1234567890123456789",
    ] {
        assert_eq!(instant(text), None, "{text}");
    }
}

#[test]
fn times_of_day_are_read() {
    let read = |text: &str| time(text.as_bytes()).map(|time| (time.value, time.digits));
    assert_eq!(read("12:00:01.25"), Some((4_320_125, 2)));
    assert_eq!(read("00:00"), Some((0, 0)));
    for text in ["", "12", "24:00", "12:00Z", "12:00:01.25 "] {
        let expected = (text == "12:00:01.25 ").then_some((4_320_125, 2));
        assert_eq!(read(text), expected, "{text}");
    }
}
