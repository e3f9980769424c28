//! Reads Rust source as far as the rules need it: the paths and macros that it names.
//!
//! Comments and texts are left out, and `use` trees are spread out; types are not resolved.

use std::path::Path;

pub struct File {
    /// From the crate's root, with slashes.
    pub path: String,
    pub text: String,
}

/// All of `src`; tests run in the crate's root.
pub fn every_file() -> Vec<File> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    files
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry of the folder").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            files.push(File { path: path.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// The crates that this one depends on, as they are named in code.
pub fn dependencies() -> Vec<String> {
    let text = std::fs::read_to_string("Cargo.toml").expect("the manifest");
    let manifest: toml::Table = text.parse().expect("a manifest");
    ["dependencies", "dev-dependencies"]
        .iter()
        .filter_map(|section| manifest[*section].as_table())
        .flat_map(|table| table.keys().map(|name| name.replace('-', "_")))
        .collect()
}

impl File {
    pub fn is_in(&self, place: &str) -> bool {
        self.path == place || self.path.starts_with(&format!("{place}/"))
    }

    pub fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// How many modules lie between this one and the folder's own.
    pub fn depth_below(&self, folder: &str) -> usize {
        let inside = self.path.strip_prefix(folder).unwrap_or(&self.path);
        inside.split('/').filter(|part| !part.is_empty() && *part != "mod.rs").count()
    }

    /// One line for each path that breaks a rule.
    pub fn faults(&self, rule: &str, breaks: impl Fn(&Vec<String>) -> bool) -> Vec<String> {
        self.told(rule, paths(&tokens(&self.text)), breaks)
    }

    /// The same for what `use` names alone.
    pub fn imports_faults(&self, rule: &str, breaks: impl Fn(&Vec<String>) -> bool) -> Vec<String> {
        let tokens = tokens(&self.text);
        let uses = tokens.iter().enumerate().filter(|(_, token)| *token == "use");
        let named = uses.flat_map(|(at, _)| {
            let mut found = Vec::new();
            tree(&tokens, at + 1, &[], &mut found);
            found
        });
        self.told(rule, named.collect(), breaks)
    }

    fn told(
        &self,
        rule: &str,
        paths: Vec<Vec<String>>,
        breaks: impl Fn(&Vec<String>) -> bool,
    ) -> Vec<String> {
        let broken = paths.into_iter().filter(breaks);
        broken.map(|path| format!("{}: {} ({rule})", self.path, path.join("::"))).collect()
    }

    /// The names of the macros that are called.
    pub fn macros(&self) -> Vec<String> {
        let tokens = tokens(&self.text);
        let calls = tokens.windows(2).filter(|pair| is_name(&pair[0]) && pair[1] == "!");
        calls.map(|pair| pair[0].clone()).collect()
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Names, `::`, and single signs.
fn tokens(text: &str) -> Vec<String> {
    let code: Vec<char> = code_only(text).chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = code.get(at) {
        let rest = &code[at..];
        let name = rest.iter().take_while(|sign| sign.is_alphanumeric() || **sign == '_').count();
        let length = if rest.starts_with(&[':', ':']) { 2 } else { name.max(1) };
        if !first.is_whitespace() {
            tokens.push(rest[..length].iter().collect());
        }
        at += length;
    }
    tokens
}

/// The text without comments and without what stands in quotes.
fn code_only(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = comment(rest).or_else(|| quoted(rest)).or_else(|| raw(&code, rest));
        match skipped {
            Some(_) => code.push(' '),
            None => code.push(first),
        }
        rest = &rest[skipped.unwrap_or(first.len_utf8())..];
    }
    code
}

fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while text.starts_with("/*") && at < text.len() {
        let here = &text.as_bytes()[at..];
        let step = match here {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth = depth.saturating_add_signed(step.0);
        at += step.1;
        if depth == 0 {
            break;
        }
    }
    (at > 0).then_some(at)
}

/// A text or a sign in quotes; a lifetime is none.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first))?;
    let mut signs = text.char_indices().skip(1);
    let mut length = 0;
    while let Some((at, sign)) = signs.next() {
        if sign == quote {
            return Some(at + 1);
        }
        if sign == '\\' {
            signs.next();
        }
        length += 1;
        if quote == '\'' && length > 1 && !text.starts_with("'\\") {
            return None;
        }
    }
    None
}

/// A raw text: `r"…"`, `r#"…"#` and so on.
fn raw(before: &str, text: &str) -> Option<usize> {
    let inside_a_name = before.ends_with(|last: char| last.is_alphanumeric() && last != 'b');
    let after = text.strip_prefix('r').filter(|_| !inside_a_name)?;
    let fences = after.chars().take_while(|sign| *sign == '#').count();
    let body = after[fences..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(fences));
    Some(1 + fences + 1 + body.find(&end)? + end.len())
}

/// Every path that is named, with the branches of `{…}` spread out.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = if is_name(&tokens[at]) { tree(tokens, at, &[], &mut found) } else { at + 1 };
    }
    found
}

/// Reads one path with its branches; tells where it ends.
fn tree(tokens: &[String], from: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let sign = |at: usize| tokens.get(at).map_or("", String::as_str);
    let (mut at, mut path) = (from, before.to_vec());
    if sign(at) == "::" {
        at += 1;
    }
    loop {
        match sign(at) {
            "{" => {
                at += 1;
                while !["}", ""].contains(&sign(at)) {
                    at = tree(tokens, at, &path, found).max(at + 1);
                    while ![",", "}", ""].contains(&sign(at)) {
                        at += 1;
                    }
                    at += usize::from(sign(at) == ",");
                }
                return at + 1;
            }
            name if is_name(name) => path.push(name.to_owned()),
            _ => break,
        }
        at += 1;
        if sign(at) != "::" {
            break;
        }
        at += 1;
    }
    found.push(path);
    at
}
