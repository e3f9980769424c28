//! Breaks text between words so that it fits a width.

use console::measure_text_width;

/// The lines of a text, none wider than `width` unless a single word is.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if measure_text_width(line) + 1 + measure_text_width(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The width of the widest word.
pub(super) fn widest_word(text: &str) -> usize {
    text.split(' ').map(measure_text_width).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_within_one() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one 01a1fbea-5a63 two", 7), ["one", "01a1fbea-5a63", "two"]);
        assert_eq!(wrapped("", 7), [""]);
        assert_eq!(wrapped("one two", usize::MAX), ["one two"]);
    }

    #[test]
    fn colours_take_no_room() {
        assert_eq!(wrapped("\x1b[31mone\x1b[0m two", 7).len(), 1);
    }
}
