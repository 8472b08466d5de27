//! The calendars: hours of the week, in a time zone, that conditions can ask for.

use crate::fault::{Faults, Object};
use crate::params::path::item;
use crate::policy::shape::DAY;
use conditions::{Calendar, CalendarFault, Calendars};

pub(super) fn calendars(faults: &Faults, mut o: Object<'_>) -> Calendars {
    let mut all = Calendars::new();
    for name in o.keys() {
        if let Some(calendar) = o.need_object(name).and_then(|c| calendar(faults, c)) {
            all.insert(name.clone(), calendar);
        }
    }
    all
}

fn calendar(faults: &Faults, mut o: Object<'_>) -> Option<Calendar> {
    let timezone = o.need_text("timezone", 1);
    let empty_list = o.need("days").is_some_and(|days| days.as_array().is_some_and(Vec::is_empty));
    let days = days(faults, &mut o);
    let (from, to) = (o.need_text("from", 1), o.need_text("to", 1));
    let except = o.texts("except").unwrap_or_default();
    o.nothing_else();
    let read = Calendar::new(&timezone, &days, &from, &to, &except);
    read.map_err(|all| all.iter().for_each(|fault| note(faults, &o, fault, empty_list))).ok()
}

fn days(faults: &Faults, o: &mut Object<'_>) -> Vec<&'static str> {
    let mut all = Vec::new();
    for (i, text) in o.numbered_texts("days").unwrap_or_default() {
        match DAY.words().iter().find(|day| **day == text) {
            Some(day) => all.push(*day),
            None => faults.add(item(&o.at("days"), i), format!("must be one of {}", DAY.words().join(", "))),
        }
    }
    all
}

fn note(faults: &Faults, o: &Object<'_>, fault: &CalendarFault, empty_list: bool) {
    // What is missing, or no text, is a fault already.
    let field = match fault {
        CalendarFault::Timezone(text) | CalendarFault::From(text) | CalendarFault::To(text) if text.is_empty() => {
            return;
        }
        CalendarFault::NoDays if !empty_list => return,
        CalendarFault::Timezone(_) => o.at("timezone"),
        CalendarFault::From(_) => o.at("from"),
        CalendarFault::To(_) | CalendarFault::Same(_) => o.at("to"),
        CalendarFault::NoDays => o.at("days"),
        CalendarFault::Day(i, _) => item(&o.at("days"), *i),
        CalendarFault::Except(i, _) => item(&o.at("except"), *i),
    };
    faults.add(field, fault.to_string());
}
