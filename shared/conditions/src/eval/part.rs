//! The parts of timestamps and durations.

use super::doubt::Fail;
use super::value::Value;
use crate::function::Part;
use jiff::{SignedDuration, Timestamp, Zoned, tz::TimeZone};

/// A part of a timestamp in a zone.
pub(crate) fn of_time(part: Part, time: Timestamp, zone: TimeZone) -> Value<'static> {
    Value::Int(local(part, &time.to_zoned(zone)))
}

fn local(part: Part, at: &Zoned) -> i64 {
    match part {
        Part::FullYear => at.year().into(),
        Part::Month => i64::from(at.month()) - 1,
        Part::DayOfYear => i64::from(at.day_of_year()) - 1,
        Part::DayOfMonth => i64::from(at.day()) - 1,
        Part::Date => at.day().into(),
        Part::DayOfWeek => at.weekday().to_sunday_zero_offset().into(),
        Part::Hours => at.hour().into(),
        Part::Minutes => at.minute().into(),
        Part::Seconds => at.second().into(),
        Part::Milliseconds => at.millisecond().into(),
    }
}

/// A duration in a unit; of its milliseconds only those past the last second.
pub(crate) fn of_span(part: Part, span: SignedDuration) -> Result<Value<'static>, Fail> {
    Ok(Value::Int(match part {
        Part::Hours => span.as_secs() / 3600,
        Part::Minutes => span.as_secs() / 60,
        Part::Seconds => span.as_secs(),
        Part::Milliseconds => span.subsec_millis().into(),
        _ => return Err(Fail::doubt("{} is asked of a duration, which has no date")),
    }))
}
