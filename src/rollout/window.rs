//! A maintenance window: from when to when, each day, in which time zone. Whether it is open is decided
//! on the moment that is passed in; what is done about that is not known here.

use std::fmt::{self, Display};
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::moment::Moment;

/// A window that is open can have opened on the day before, and on the one before that where a country has left
/// out the date between.
const DAYS_BEFORE: i32 = 2;
/// In so many days each window opens: it is missed for a day or two where a change of the clocks leaves
/// nothing of it, or where a country leaves out a date.
const DAYS_AHEAD: i32 = 7;

/// A daily window, as `02:00-05:00@Asia/Seoul`. One that ends earlier than it begins goes over midnight.
///
/// A time that the clocks leave out counts as if they had not been changed yet, so that an opening at
/// 02:30 is at 03:30 that day; one that they show twice counts the first time. This is what RFC 5545 says
/// of recurring times (section 3.3.5). Of a window of which that leaves nothing the day is missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window {
    from: Time,
    until: Time,
    zone: String,
    rules: TimeZone,
}

impl Window {
    /// Whether it is open.
    pub fn is_open(&self, now: Moment) -> bool {
        self.closes(now).is_some()
    }

    /// When it closes, if it is open.
    pub fn closes(&self, now: Moment) -> Option<Moment> {
        let mut days = self.days(now);
        days.find(|(opens, closes)| (*opens..*closes).contains(&now)).map(|(_, closes)| closes)
    }

    /// When it opens next; none after the last year that has a number.
    pub fn opens(&self, now: Moment) -> Option<Moment> {
        let mut days = self.days(now);
        days.find(|(opens, closes)| *opens > now && opens < closes).map(|(opens, _)| opens)
    }

    /// A moment as the clocks show it there, like `2026-11-29 02:00`.
    pub fn clock(&self, moment: Moment) -> String {
        let there = timestamp(moment).map(|it| self.rules.to_datetime(it));
        there.map_or_else(String::new, |it| it.strftime("%Y-%m-%d %H:%M").to_string())
    }

    /// From when to when it is open on the days around this moment.
    fn days(&self, now: Moment) -> impl Iterator<Item = (Moment, Moment)> {
        let today = timestamp(now).map(|now| self.rules.to_datetime(now).date());
        let days = today.into_iter().flat_map(|today| {
            (-DAYS_BEFORE..=DAYS_AHEAD)
                .filter_map(move |ahead| today.checked_add(ahead.days()).ok())
        });
        days.filter_map(|day| self.on(day))
    }

    fn on(&self, day: Date) -> Option<(Moment, Moment)> {
        let is_over_midnight = self.until <= self.from;
        let end = if is_over_midnight { day.tomorrow().ok()? } else { day };
        let moment = |at: DateTime| {
            let there = self.rules.to_ambiguous_timestamp(at).compatible().ok()?;
            Some(Moment::from_millis(there.as_millisecond().try_into().ok()?))
        };
        Some((moment(day.to_datetime(self.from))?, moment(end.to_datetime(self.until))?))
    }
}

fn timestamp(moment: Moment) -> Option<Timestamp> {
    Timestamp::from_millisecond(moment.min(Moment::LAST).as_millis().try_into().ok()?).ok()
}

impl Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until, zone, .. } = self;
        let [from, until] = [from, until].map(|at| at.strftime("%H:%M"));
        write!(f, "{from}-{until}@{zone}")
    }
}

impl FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (times, zone) = text.split_once('@').ok_or("it names no time zone")?;
        let (from, until) = times.split_once('-').ok_or("it is not from one time to another")?;
        let (from, until) = (time(from)?, time(until)?);
        if from == until {
            return Err("it begins when it ends".to_owned());
        }
        let unknown = |_| format!("no time zone is called {zone:?}");
        let rules = TimeZone::get(zone.trim()).map_err(unknown)?;
        let zone = rules.iana_name().unwrap_or(zone.trim()).to_owned();
        Ok(Self { from, until, zone, rules })
    }
}

/// Hours and minutes; nobody plans a window to the second.
fn time(text: &str) -> Result<Time, String> {
    let number = |text: &str| {
        let is_number = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse().ok().filter(|_| is_number)
    };
    let parts = text.trim().split_once(':');
    let parts = parts.and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)));
    let time = parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
    time.ok_or_else(|| format!("{:?} is no time from 00:00 to 23:59", text.trim()))
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}
