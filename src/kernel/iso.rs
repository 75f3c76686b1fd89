//! Dates and times as ISO 8601 writes them: `2024-01-31`, `2024-01-31T12:00:00.5Z`, `12:00:01.25`.
//!
//! A date and a time are parted by a `T` or a space. Seconds and their digits may be left out. A time
//! without an offset is one of UTC. Anything else is refused.

/// Most digits of a second that are read.
const MOST_DIGITS: usize = 18;
const DAY_SECONDS: i64 = 86_400;

/// Seconds since 1970, or since midnight, and what is left of them: `value / 10^digits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds {
    /// How many units.
    pub value: i128,
    /// A unit has so many digits of a second.
    pub digits: u32,
}

/// A date, or a date and a time.
pub fn timestamp(text: &[u8]) -> Option<Seconds> {
    let mut text = Text(text.trim_ascii());
    let day = text.date()?;
    let midnight = i128::from(day) * i128::from(DAY_SECONDS);
    if text.is_done() {
        return Some(Seconds {
            value: midnight,
            digits: 0,
        });
    }
    if !(text.take(b'T') || text.take(b't') || text.take(b' ')) {
        return None;
    }
    let clock = text.clock()?;
    let offset = text.offset()?;
    let second = 10_i128.pow(clock.digits);
    text.is_done().then_some(Seconds {
        value: (midnight - i128::from(offset)) * second + clock.value,
        digits: clock.digits,
    })
}

/// A time of day.
pub fn time(text: &[u8]) -> Option<Seconds> {
    let mut text = Text(text.trim_ascii());
    let clock = text.clock()?;
    text.is_done().then_some(clock)
}

/// What is left to be read.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    const fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.0.first() == Some(&byte);
        if is_next {
            self.0 = &self.0[1..];
        }
        is_next
    }

    /// A number of exactly so many digits, at most `most`.
    fn number(&mut self, digits: usize, most: i64) -> Option<i64> {
        let (front, rest) = self.0.split_at_checked(digits)?;
        let value = front.iter().try_fold(0, |value, byte| {
            let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
            Some(10 * value + digit)
        });
        self.0 = rest;
        value.filter(|value| *value <= most)
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.number(4, 9999)?;
        let month = self.take(b'-').then(|| self.number(2, 12))??;
        let day = self.take(b'-').then(|| self.number(2, 31))??;
        let known = month >= 1 && day >= 1 && day <= days_of_month(year, month);
        known.then(|| days_since_1970(year, month, day))
    }

    fn clock(&mut self) -> Option<Seconds> {
        let hours = self.number(2, 23)?;
        let minutes = self.take(b':').then(|| self.number(2, 59))??;
        let mut seconds = 3600 * hours + 60 * minutes;
        let (mut part, mut digits) = (0, 0);
        if self.take(b':') {
            seconds += self.number(2, 59)?;
            if self.take(b'.') || self.take(b',') {
                let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
                if count == 0 || count > MOST_DIGITS {
                    return None;
                }
                part = self.number(count, i64::MAX)?;
                digits = u32::try_from(count).ok()?;
            }
        }
        Some(Seconds {
            value: i128::from(seconds) * 10_i128.pow(digits) + i128::from(part),
            digits,
        })
    }

    /// Seconds by which a time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.take(b'Z') || self.take(b'z') {
            return Some(0);
        }
        let sign = if self.take(b'+') {
            1
        } else if self.take(b'-') {
            -1
        } else {
            return Some(0);
        };
        let hours = self.number(2, 23)?;
        let has_minutes = self.take(b':') || !self.is_done();
        let minutes = if has_minutes { self.number(2, 59)? } else { 0 };
        Some(sign * (3600 * hours + 60 * minutes))
    }
}

const fn days_of_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Years begin in March here, so that a leap day is the last of its year.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + day_of_year - 719_468
}
