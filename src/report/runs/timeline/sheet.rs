//! The picture itself: where rows, bars, axis, counts and legend stand. What they tell is made
//! elsewhere.

use super::Span;
use super::bars::{Bar, Kind, Row};
use super::scale::{LEFT, RIGHT, Scale};
use super::serving::Serving;
use super::svg::{Attribute, Svg, px};
use crate::rollout::{Dated, Fact};

const WIDTH: f64 = 1000.0;
const MARGIN: f64 = 16.0;
/// The titles and the axis.
const HEAD: f64 = 92.0;
const ROW: f64 = 26.0;
const BAR: f64 = 18.0;
/// The counts of one group.
const COUNTS: f64 = 40.0;
const BETWEEN: f64 = 26.0;
const LEGEND: f64 = 40.0;
/// Narrower bars are not seen.
const NARROWEST: f64 = 2.0;
/// Of a letter on a bar, and of one of a label; the font is the reader's, so there is some room.
const LETTER: f64 = 6.4;
/// Longer labels would reach into the bars.
const LABEL: usize = 23;

const STYLE: &str = include_str!("style.css");

/// A picture that grows downwards.
pub(super) struct Sheet {
    svg: Svg,
    titles: Vec<String>,
    scale: Scale,
    /// Down to where it is drawn.
    y: f64,
}

impl Sheet {
    pub(super) fn new(titles: &[String], scale: Scale) -> Self {
        Self { svg: Svg::default(), titles: titles.to_vec(), scale, y: HEAD }
    }

    pub(super) fn rows(&mut self, rows: &[Row]) {
        let height = ROW * rows.len() as f64;
        self.axis(height);
        for row in rows {
            self.row(row);
        }
        self.y += BETWEEN;
    }

    /// What happened to all of the run: signals, and who took it up.
    pub(super) fn marks(&mut self, at: &Span<'_>) {
        let bottom = self.y - BETWEEN;
        for Dated { at, fact } in at.facts {
            let (class, title) = match fact {
                Fact::Interrupted { signal } => ("interrupted", format!("interrupted by {signal}")),
                Fact::Resumed { .. } => ("resumed", "taken up again".to_owned()),
                _ => continue,
            };
            let x = self.scale.x(*at);
            self.svg.open("g", &[class_of(&format!("mark {class}"))]);
            self.svg.text("title", &[], &title);
            self.line((x, HEAD - 4.0), (x, bottom), "");
            self.svg.close("g");
        }
    }

    pub(super) fn serving(&mut self, serving: &Serving) {
        let (most, floor) = (serving.most(), serving.floor);
        let (top, bottom) = (self.y, self.y + COUNTS);
        let height = |count: usize| bottom - COUNTS * count as f64 / most.max(1) as f64;
        let title = format!(
            "how many of this run's registrations in {} are in service; the group keeps {floor}, \
             counting those that are not of this run",
            serving.group
        );
        self.svg.open("g", &[class_of("serving")]);
        self.svg.text("title", &[], &title);
        let label = short(&format!("{} in service", serving.group));
        self.text((MARGIN, bottom - COUNTS / 2.0 + 4.0), "label", &label);
        for count in if most == 0 { vec![0] } else { vec![0, most] } {
            let y = height(count);
            self.line((LEFT, y), (RIGHT, y), "grid");
            self.text((LEFT - 8.0, y + 4.0), "count", &count.to_string());
        }
        let mut path = String::new();
        for (at, count) in &serving.counts {
            let (x, y) = (px(self.scale.x(*at)), px(height(*count)));
            path += &if path.is_empty() { format!("M{x} {y}") } else { format!("H{x}V{y}") };
        }
        path += &format!("H{}", px(RIGHT));
        self.svg.empty("path", &[class_of("counts"), ("d", path)]);
        self.svg.close("g");
        self.y = top + COUNTS + BETWEEN;
    }

    pub(super) fn finish(mut self) -> String {
        self.legend();
        let (width, height) = (px(WIDTH), px(self.y + LEGEND));
        let mut whole = Svg::default();
        let size = [
            ("xmlns", "http://www.w3.org/2000/svg".to_owned()),
            ("viewBox", format!("0 0 {width} {height}")),
            ("width", width.clone()),
            ("height", height.clone()),
            ("role", "img".to_owned()),
        ];
        whole.open("svg", &size);
        whole.text("title", &[], &self.titles.join("; "));
        whole.raw(&format!("<style>\n{STYLE}</style>\n"));
        whole.raw(
            "<defs><pattern id=\"shade\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect class=\"stripe\" width=\"2\" height=\"6\"/>\
             </pattern></defs>\n",
        );
        let paper = [class_of("paper"), ("width", width), ("height", height)];
        whole.empty("rect", &paper);
        for (y, (class, title)) in [28.0, 48.0, 64.0]
            .into_iter()
            .zip(["what", "note", "note"].into_iter().zip(&self.titles))
        {
            whole.text("text", &[class_of(class), ("x", px(MARGIN)), ("y", px(y))], title);
        }
        whole.raw(&self.svg.into_text());
        whole.close("svg");
        whole.into_text()
    }

    fn axis(&mut self, height: f64) {
        for tick in self.scale.ticks() {
            self.line((tick.x, HEAD - 4.0), (tick.x, HEAD + height), "grid");
            self.text((tick.x, HEAD - 10.0), "tick", &tick.label);
        }
        let cuts: Vec<_> = self.scale.cuts().collect();
        for (left, right, long) in cuts {
            self.svg.open("g", &[class_of("cut")]);
            self.svg.text("title", &[], &format!("{long} in which nobody was at work"));
            self.rect((left, HEAD), (right - left, height), "");
            self.text(((left + right) / 2.0, HEAD - 10.0), "tick", "…");
            self.svg.close("g");
        }
    }

    fn row(&mut self, row: &Row) {
        self.svg.open("g", &[class_of("row")]);
        self.svg.open("g", &[]);
        self.svg.text("title", &[], &row.title);
        self.text((MARGIN, self.y + ROW / 2.0 + 4.0), "label", &short(&row.label));
        self.svg.close("g");
        for (bar, (left, right)) in row.bars.iter().zip(placed(&row.bars, &self.scale)) {
            self.bar(bar, left, right);
        }
        self.svg.close("g");
        self.y += ROW;
    }

    fn bar(&mut self, bar: &Bar, left: f64, right: f64) {
        let is = |yes: bool, class: &'static str| if yes { class } else { "" };
        let step = is(bar.kind != Kind::Turn, "step");
        let classes = [
            step,
            bar.kind.name(),
            is(bar.is_wait, "wait"),
            is(bar.has_failed, "failed"),
            is(bar.undoes, "undo"),
            is(bar.is_open, "open"),
        ];
        let classes: Vec<_> = classes.into_iter().filter(|class| !class.is_empty()).collect();
        let (top, width) = (self.y + (ROW - BAR) / 2.0, right - left);
        self.svg.open("g", &[class_of(&classes.join(" "))]);
        self.svg.text("title", &[], &bar.title);
        self.rect((left, top), (width, BAR), "");
        if bar.is_wait {
            self.rect((left, top), (width, BAR), "shade");
        }
        let fits = |name: &&String| name.chars().count() as f64 * LETTER + 8.0 <= width;
        if let Some(name) = bar.names.iter().find(fits) {
            self.text((left + 4.0, top + BAR / 2.0 + 4.0), "name", name);
        }
        self.svg.close("g");
    }

    fn legend(&mut self) {
        let mut x = MARGIN;
        for kind in Kind::ALL {
            let class = if kind == Kind::Turn { "turn wait" } else { kind.name() };
            self.svg.open("g", &[class_of(class)]);
            self.rect((x, self.y), (14.0, 12.0), "");
            if kind == Kind::Turn {
                self.rect((x, self.y), (14.0, 12.0), "shade");
            }
            self.svg.close("g");
            self.text((x + 20.0, self.y + 10.0), "note", kind.meaning());
            x += 36.0 + kind.meaning().chars().count() as f64 * LETTER;
        }
        self.text((x, self.y + 10.0), "note", "striped: a wait; red edge: failed");
    }

    fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str) {
        let place = [("x", px(x)), ("y", px(y)), ("width", px(width)), ("height", px(height))];
        self.svg.empty("rect", &with_class(class, &place));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let ends = [("x1", px(x1)), ("y1", px(y1)), ("x2", px(x2)), ("y2", px(y2))];
        self.svg.empty("line", &with_class(class, &ends));
    }

    fn text(&mut self, (x, y): (f64, f64), class: &str, text: &str) {
        self.svg.text("text", &with_class(class, &[("x", px(x)), ("y", px(y))]), text);
    }
}

/// The edges of the bars of one row: wide enough to be seen, and none over another.
fn placed(bars: &[Bar], scale: &Scale) -> Vec<(f64, f64)> {
    // A row of a run that was taken up a hundred times has more bars than room.
    let narrowest = NARROWEST.min((RIGHT - LEFT) / (2.0 * bars.len().max(1) as f64));
    let mut edges: Vec<(f64, f64)> = Vec::new();
    for bar in bars {
        let left = scale.x(bar.from).max(edges.last().map_or(LEFT, |(_, right)| *right));
        edges.push((left, scale.x(bar.to).max(left + narrowest)));
    }
    let mut limit = RIGHT;
    for (left, right) in edges.iter_mut().rev() {
        *right = right.min(limit);
        *left = left.min(*right - narrowest);
        limit = *left;
    }
    edges
}

/// A label that stays clear of the bars; all of it is in its title.
fn short(label: &str) -> String {
    match label.char_indices().nth(LABEL) {
        Some(_) => label.chars().take(LABEL - 1).chain(['…']).collect(),
        None => label.to_owned(),
    }
}

fn class_of(class: &str) -> Attribute<'static> {
    ("class", class.to_owned())
}

fn with_class<'a>(class: &str, attributes: &[Attribute<'a>]) -> Vec<Attribute<'a>> {
    let class = (!class.is_empty()).then(|| class_of(class));
    class.into_iter().chain(attributes.iter().cloned()).collect()
}
