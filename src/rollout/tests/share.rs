//! Counts and percentages: which way they round, and what is refused as text.

use super::super::Share;

#[test]
fn a_batch_rounds_down_and_a_floor_rounds_up() {
    let table = [
        (Share::Count(3), 10, 3, 3),
        (Share::Count(0), 10, 0, 0),
        (Share::Count(12), 10, 12, 12),
        (Share::Percent(0), 10, 0, 0),
        (Share::Percent(1), 10, 0, 1),
        (Share::Percent(33), 3, 0, 1),
        (Share::Percent(34), 3, 1, 2),
        (Share::Percent(50), 5, 2, 3),
        (Share::Percent(50), 4, 2, 2),
        (Share::Percent(100), 7, 7, 7),
        (Share::Percent(50), 0, 0, 0),
    ];
    for (share, total, at_most, at_least) in table {
        assert_eq!(share.at_most(total), at_most, "{share} of {total}, rounded down");
        assert_eq!(share.at_least(total), at_least, "{share} of {total}, rounded up");
    }
}

#[test]
fn a_share_is_read_as_it_is_shown() {
    for text in ["0", "1", "250", "0%", "33%", "100%"] {
        let share: Share = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(share.to_string(), text);
    }
}

#[test]
fn what_is_no_share_is_refused_in_words() {
    for text in ["", "%", "101%", "-1", "-1%", "1.5", "50 %", "half", "300%"] {
        let refused = text.parse::<Share>().expect_err(text).to_string();
        assert!(refused.contains("neither a whole number nor a percentage"), "{text}: {refused}");
    }
}
