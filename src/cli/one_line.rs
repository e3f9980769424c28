//! Text of others as it can be shown within a line: what would move the cursor, colour the rest
//! or turn its direction is written as its escape.

use std::fmt::{self, Display, Write};

/// A text whose line breaks, control characters and bidirectional marks are shown as escapes.
pub(super) struct OneLine<'a>(pub(super) &'a str);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|sign| match is_shown(sign) {
            true => f.write_char(sign),
            false => sign.escape_default().fmt(f),
        })
    }
}

fn is_shown(sign: char) -> bool {
    let breaks_a_line = matches!(sign, '\u{2028}' | '\u{2029}');
    !sign.is_control() && !breaks_a_line && !turns_direction(sign)
}

/// Unicode's `Bidi_Control` property.
fn turns_direction(sign: char) -> bool {
    matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_visible_sign_is_escaped_and_the_rest_left_alone() {
        let shown = |text| OneLine(text).to_string();
        assert_eq!(shown("a\nb\tc\r"), r"a\nb\tc\r");
        assert_eq!(shown("\u{1b}[31m\u{9b}0m\0"), r"\u{1b}[31m\u{9b}0m\u{0}");
        assert_eq!(shown("a\u{202e}b\u{2066}c\u{2028}"), r"a\u{202e}b\u{2066}c\u{2028}");
        assert_eq!(shown("caf\u{e9} 'x' \\ \"日本\" שלום"), "caf\u{e9} 'x' \\ \"日本\" שלום");
    }
}
