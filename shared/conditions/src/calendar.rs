//! Calendars: hours of the week in a time zone.

use crate::zone;
use jiff::{
    Timestamp,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// A policy's calendars by name.
pub type Calendars = BTreeMap<String, Calendar>;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Hours of the week in a time zone, by the clock on the wall there: when it is set back, an hour that comes twice counts twice, and when
/// it is set forward, an hour that is left out is never.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    days: Vec<Weekday>,
    from: Time,
    /// Where the hours end, exclusive; none is midnight at the end of the day.
    to: Option<Time>,
    except: BTreeSet<Date>,
}

/// One thing wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarFault {
    /// The time zone is not in the IANA database.
    Timezone(String),
    /// The begin is no time of the form `HH:MM`.
    From(String),
    /// The end is no time of the form `HH:MM`; `24:00` is one.
    To(String),
    /// The begin is the end, which may mean all of a day or nothing of it.
    Same(String),
    /// There are no days.
    NoDays,
    /// The day at a position, counted from 0, is not one of `mon` to `sun`.
    Day(usize, String),
    /// The date at a position, counted from 0, is not one of the form `YYYY-MM-DD`.
    Except(usize, String),
}

/// What is wrong, as the end of a sentence about the field.
impl fmt::Display for CalendarFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timezone(name) => write!(f, "{name:?} is not a time zone, such as Europe/Berlin"),
            Self::From(time) | Self::To(time) => write!(f, "{time:?} is not a time, such as 09:00"),
            Self::Same(time) => write!(f, "{time:?} is where the hours begin and end; 00:00 to 24:00 is a whole day"),
            Self::NoDays => write!(f, "must name at least one day"),
            Self::Day(_, day) => write!(f, "{day:?} is not one of mon, tue, wed, thu, fri, sat, sun"),
            Self::Except(_, date) => write!(f, "{date:?} is not a date, such as 2026-12-25"),
        }
    }
}

impl Calendar {
    /// Reads a calendar. `days` are of `mon` to `sun`; `from` and `to` are `HH:MM`, from inclusive and to exclusive. Where `to` is earlier
    /// than `from`, the hours go on past midnight and belong to the day on which they begin. Dates of `except` are wholly out: nothing of
    /// such a date is covered, and no hours begin on it.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn new(
        timezone: &str,
        days: &[impl AsRef<str>],
        from: &str,
        to: &str,
        except: &[String],
    ) -> Result<Self, Vec<CalendarFault>> {
        let mut faults = Vec::new();
        let mut noted = |fault: CalendarFault| faults.push(fault);
        let zone = zone::named(timezone).unwrap_or_else(|| {
            noted(CalendarFault::Timezone(timezone.into()));
            TimeZone::UTC
        });
        if days.is_empty() {
            noted(CalendarFault::NoDays);
        }
        let begin = time(from).unwrap_or_else(|| {
            noted(CalendarFault::From(from.into()));
            Time::midnight()
        });
        let end = if to == "24:00" { None } else { time(to) };
        if end.is_none() && to != "24:00" {
            noted(CalendarFault::To(to.into()));
        }
        if end == Some(begin) && from == to {
            noted(CalendarFault::Same(to.into()));
        }
        let days = read(days.iter().map(AsRef::as_ref), day, CalendarFault::Day, &mut noted);
        let except = read(except.iter().map(String::as_str), date, CalendarFault::Except, &mut noted);
        let except = except.into_iter().collect();
        if faults.is_empty() { Ok(Self { zone, days, from: begin, to: end, except }) } else { Err(faults) }
    }

    /// Whether the calendar covers a moment.
    pub fn covers(&self, at: Timestamp) -> bool {
        let there = at.to_zoned(self.zone.clone()).datetime();
        let (date, time) = (there.date(), there.time());
        let begun = time >= self.from;
        if self.except.contains(&date) {
            return false;
        }
        match self.to {
            Some(to) if to < self.from => {
                begun && self.has(date) || time < to && date.yesterday().is_ok_and(|day| self.has(day))
            }
            to => begun && to.is_none_or(|to| time < to) && self.has(date),
        }
    }

    /// Whether hours begin on a date.
    fn has(&self, date: Date) -> bool {
        self.days.contains(&date.weekday()) && !self.except.contains(&date)
    }
}

/// Reads each text of a list, noting those that cannot be.
fn read<'t, T>(
    texts: impl Iterator<Item = &'t str>,
    one: impl Fn(&str) -> Option<T>,
    fault: impl Fn(usize, String) -> CalendarFault,
    noted: &mut impl FnMut(CalendarFault),
) -> Vec<T> {
    let mut all = Vec::new();
    for (at, text) in texts.enumerate() {
        match one(text) {
            Some(read) => all.push(read),
            None => noted(fault(at, text.to_owned())),
        }
    }
    all
}

fn day(text: &str) -> Option<Weekday> {
    DAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day)
}

/// The numbers of a text that is written exactly so: digits where the form has a 0, and everything else as it is there.
fn like(form: &str, text: &str) -> bool {
    let fits = |(form, byte): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    form.len() == text.len() && form.bytes().zip(text.bytes()).all(fits)
}

fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':').filter(|_| like("00:00", text))?;
    Time::new(hours.parse().ok()?, minutes.parse().ok()?, 0, 0).ok()
}

fn date(text: &str) -> Option<Date> {
    if like("0000-00-00", text) { text.parse().ok() } else { None }
}
