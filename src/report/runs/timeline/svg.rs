//! SVG as text: elements and attributes, escaped. What they mean is not known here.

use quick_xml::escape::escape;

/// A document that grows.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

/// A name and its value.
pub(super) type Attribute<'a> = (&'a str, String);

impl Svg {
    pub(super) fn open(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.begin(name, attributes);
        self.0.push_str(">\n");
    }

    pub(super) fn close(&mut self, name: &str) {
        self.0.push_str(&format!("</{name}>\n"));
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.begin(name, attributes);
        self.0.push_str("/>\n");
    }

    /// An element that has nothing but text.
    pub(super) fn text(&mut self, name: &str, attributes: &[Attribute<'_>], text: &str) {
        self.begin(name, attributes);
        let text = possible(text);
        self.0.push_str(&format!(">{}</{name}>\n", escape(&text)));
    }

    /// What has no user's text in it, as it stands.
    pub(super) fn raw(&mut self, text: &str) {
        self.0.push_str(text);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn begin(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        self.0.push_str(&format!("<{name}"));
        for (key, value) in attributes {
            let value = possible(value);
            self.0.push_str(&format!(" {key}=\"{}\"", escape(&value)));
        }
    }
}

/// XML 1.0 has no way to write other control characters, not even escaped.
fn possible(text: &str) -> String {
    let is_possible = |sign: &char| {
        matches!(sign, '\n' | '\t')
            || !(sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().filter(is_possible).collect()
}

/// A tenth of a pixel is not seen.
pub(super) fn px(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_has_in_it_stays_a_text() {
        let mut svg = Svg::default();
        svg.text("text", &[("class", "a\"b".to_owned())], "</text> & \u{1b}[31m\u{0}'red'");
        assert_eq!(
            svg.into_text(),
            "<text class=\"a&quot;b\">&lt;/text&gt; &amp; [31m&apos;red&apos;</text>\n"
        );
    }
}
