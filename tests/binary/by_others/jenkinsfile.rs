//! A declarative pipeline as far as its form goes: which blocks stand in which, and the shell steps in them.
//! Whether Jenkins knows its words is not known here.

/// A block, such as `stage('Plan')`, with those around it, the outermost first.
pub type Path = Vec<String>;

#[derive(Debug, Default)]
pub struct Pipeline {
    pub blocks: Vec<Path>,
    /// The scripts of `sh`, each with the blocks that it stands in.
    pub steps: Vec<(Path, String)>,
}

impl Pipeline {
    /// # Panics
    /// A string or a block is left open, or closed without having been opened.
    pub fn read(text: &str) -> Self {
        let (mut pipeline, mut around, mut words) = (Self::default(), Path::new(), String::new());
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            if let Some(comment) = rest.strip_prefix("//") {
                rest = comment.split_once('\n').unwrap_or_default().1;
                words.clear();
            } else if sign == '\'' {
                let quote = if rest.starts_with("'''") { "'''" } else { "'" };
                let (string, after) =
                    rest[quote.len()..].split_once(quote).expect("an open string");
                assert!(quote.len() == 3 || !string.contains('\n'), "an open string: {string}");
                if words.trim() == "sh" {
                    // A backslash at the end of a line joins it with the next one.
                    pipeline.steps.push((around.clone(), string.replace("\\\n", "")));
                }
                words += &format!("'{string}'");
                rest = after;
            } else {
                match sign {
                    '{' => {
                        around.push(words.trim().to_owned());
                        pipeline.blocks.push(around.clone());
                    }
                    '}' => assert!(around.pop().is_some(), "a block is closed that was not opened"),
                    _ => {}
                }
                words = if ['{', '}', '\n'].contains(&sign) {
                    String::new()
                } else {
                    words + &rest[..sign.len_utf8()]
                };
                rest = &rest[sign.len_utf8()..];
            }
        }
        assert!(around.is_empty(), "{around:?} is left open");
        pipeline
    }

    /// The scripts of a block that is called so, wherever it stands, in order.
    pub fn steps_of(&self, block: &str) -> Vec<&str> {
        let here = self.steps.iter().filter(|(around, _)| around.iter().any(|it| it == block));
        here.map(|(_, script)| script.as_str()).collect()
    }
}

#[test]
fn blocks_and_steps_are_found() {
    let text = "// a { b\npipeline {\n  stage('A') { steps { sh 'x {y}' } }\n  post { always { sh '''\n z \\\n 1\n''' } }\n}\n";
    let pipeline = Pipeline::read(text);
    assert_eq!(pipeline.steps_of("stage('A')"), ["x {y}"]);
    assert_eq!(pipeline.steps_of("post"), ["\n z  1\n"]);
    assert_eq!(pipeline.blocks.len(), 5);
}

#[test]
fn what_is_left_open_is_found() {
    for text in ["pipeline {", "a { } }", "sh 'x\n'", "sh '''x"] {
        assert!(std::panic::catch_unwind(|| Pipeline::read(text)).is_err(), "{text}");
    }
}
