//! URLs without the user and password that may stand in them, for whatever is shown or kept.

/// The same text, with `…` for what stands before the `@` of each URL in it.
pub fn hidden(text: &str) -> String {
    let mut pieces = text.split("://");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |shown, piece| {
        let is_end =
            |sign: char| matches!(sign, '/' | '?' | '#' | '"' | '\'') || sign.is_whitespace();
        let (authority, rest) = piece.split_at(piece.find(is_end).unwrap_or(piece.len()));
        match authority.rsplit_once('@') {
            Some((_, host)) => format!("{shown}://…@{host}{rest}"),
            None => format!("{shown}://{piece}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_logs_in_is_left_out_of_every_url_and_nothing_else_is() {
        for (text, shown) in [
            ("http://alice:secret@10.0.0.7:80/a?b@c", "http://…@10.0.0.7:80/a?b@c"),
            ("http://token@web https://a:b@c@api", "http://…@web https://…@api"),
            ("\"http://alice:secret@\"", "\"http://…@\""),
            ("http://web/a@b", "http://web/a@b"),
            ("alice@example.com", "alice@example.com"),
            ("", ""),
        ] {
            assert_eq!(hidden(text), shown);
        }
    }
}
