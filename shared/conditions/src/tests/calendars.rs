//! Calendars: hours, days, dates left out, and the clock set forward and back.

use crate::{Calendar, CalendarFault};
use jiff::Timestamp;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn covers(calendar: &Calendar, moments: &[(&str, bool)]) {
    for (at, covered) in moments {
        assert_eq!(calendar.covers(at.parse::<Timestamp>().unwrap()), *covered, "{at}");
    }
}

#[test]
fn a_calendar_covers_its_hours_from_the_first_to_before_the_last() {
    let office = Calendar::new("Europe/Berlin", &WEEK[..5], "09:00", "18:00", &["2026-12-25".into()]).unwrap();
    covers(
        &office,
        &[
            ("2026-11-30T07:59:59Z", false),
            ("2026-11-30T08:00:00Z", true),
            ("2026-11-30T16:59:59.999Z", true),
            ("2026-11-30T17:00:00Z", false),
            ("2026-07-01T07:00:00Z", true),
            ("2026-07-01T16:00:00Z", false),
            ("2026-11-28T10:00:00Z", false),
            ("2026-12-25T10:00:00Z", false),
            ("2026-12-24T10:00:00Z", true),
        ],
    );
}

#[test]
fn hours_past_midnight_belong_to_the_day_on_which_they_begin() {
    let nights =
        Calendar::new("Europe/Berlin", &["fri"], "22:00", "06:00", &["2026-12-25".into(), "2027-01-02".into()])
            .unwrap();
    covers(
        &nights,
        &[
            ("2026-11-27T20:59:00Z", false),
            ("2026-11-27T21:00:00Z", true),
            ("2026-11-28T04:59:00Z", true),
            ("2026-11-28T05:00:00Z", false),
            ("2026-11-28T22:00:00Z", false),
            ("2026-11-27T03:00:00Z", false),
            // Nothing begins on a date that is left out, and nothing reaches into one.
            ("2026-12-25T21:30:00Z", false),
            ("2026-12-26T03:00:00Z", false),
            ("2027-01-01T21:30:00Z", true),
            ("2027-01-01T22:59:59Z", true),
            ("2027-01-01T23:00:00Z", false),
            ("2027-01-02T03:00:00Z", false),
        ],
    );
    let evenings = Calendar::new("UTC", &["sun"], "18:00", "00:00", &[]).unwrap();
    covers(
        &evenings,
        &[("2026-11-29T18:00:00Z", true), ("2026-11-29T23:59:59Z", true), ("2026-11-30T00:00:00Z", false)],
    );
    let days = Calendar::new("UTC", &["sun"], "00:00", "24:00", &[]).unwrap();
    covers(&days, &[("2026-11-29T00:00:00Z", true), ("2026-11-29T23:59:59Z", true), ("2026-11-30T00:00:00Z", false)]);
}

/// A zone, hours there, and moments around both changes of 2026.
#[test]
fn both_changes_of_the_clock_are_right_in_three_zones() {
    let berlin = Calendar::new("Europe/Berlin", &WEEK, "02:30", "03:30", &[]).unwrap();
    covers(
        &berlin,
        &[
            // 29 March: 01:59:59 is followed by 03:00.
            ("2026-03-29T00:59:59Z", false),
            ("2026-03-29T01:00:00Z", true),
            ("2026-03-29T01:29:59Z", true),
            ("2026-03-29T01:30:00Z", false),
            // 25 October: 02:30 comes twice, and 02:00 to 02:29 is between.
            ("2026-10-25T00:29:59Z", false),
            ("2026-10-25T00:30:00Z", true),
            ("2026-10-25T00:59:59Z", true),
            ("2026-10-25T01:00:00Z", false),
            ("2026-10-25T01:30:00Z", true),
            ("2026-10-25T02:29:59Z", true),
            ("2026-10-25T02:30:00Z", false),
        ],
    );
    let new_york = Calendar::new("America/New_York", &["sun"], "01:00", "03:00", &[]).unwrap();
    covers(
        &new_york,
        &[
            // 8 March: 01:59:59 is followed by 03:00.
            ("2026-03-08T05:59:59Z", false),
            ("2026-03-08T06:00:00Z", true),
            ("2026-03-08T06:59:59Z", true),
            ("2026-03-08T07:00:00Z", false),
            // 1 November: 01:00 comes twice.
            ("2026-11-01T04:59:59Z", false),
            ("2026-11-01T05:00:00Z", true),
            ("2026-11-01T06:30:00Z", true),
            ("2026-11-01T07:59:59Z", true),
            ("2026-11-01T08:00:00Z", false),
        ],
    );
    // Half an hour, in the south.
    let lord_howe = Calendar::new("Australia/Lord_Howe", &["sun"], "01:45", "02:15", &[]).unwrap();
    covers(
        &lord_howe,
        &[
            // 5 April: 02:00 goes back to 01:30.
            ("2026-04-04T14:44:59Z", false),
            ("2026-04-04T14:45:00Z", true),
            ("2026-04-04T14:59:59Z", true),
            ("2026-04-04T15:00:00Z", false),
            ("2026-04-04T15:15:00Z", true),
            ("2026-04-04T15:44:59Z", true),
            ("2026-04-04T15:45:00Z", false),
            // 4 October: 02:00 is 02:30 at once.
            ("2026-10-03T15:14:59Z", false),
            ("2026-10-03T15:15:00Z", true),
            ("2026-10-03T15:29:59Z", true),
            ("2026-10-03T15:30:00Z", false),
        ],
    );
}

#[test]
fn all_faults_of_a_calendar_are_told_at_once() {
    let faults = Calendar::new(
        "Mars/Base",
        &["mon", "monday", "MON"],
        "9:00",
        "25:00",
        &["2026-12-25".into(), "2026-02-30".into(), "25.12.".into()],
    );
    assert_eq!(
        faults.unwrap_err(),
        [
            CalendarFault::Timezone("Mars/Base".into()),
            CalendarFault::From("9:00".into()),
            CalendarFault::To("25:00".into()),
            CalendarFault::Day(1, "monday".into()),
            CalendarFault::Day(2, "MON".into()),
            CalendarFault::Except(1, "2026-02-30".into()),
            CalendarFault::Except(2, "25.12.".into()),
        ]
    );
    let none: [&str; 0] = [];
    let faults = Calendar::new("UTC", &none, "09:00", "09:00", &[]).unwrap_err();
    assert_eq!(faults, [CalendarFault::NoDays, CalendarFault::Same("09:00".into())]);
    for time in ["24:00", "+9:00", "09:60", "09:00:00", ""] {
        assert!(Calendar::new("UTC", &["mon"], time, "12:00", &[]).is_err(), "{time}");
    }
}
