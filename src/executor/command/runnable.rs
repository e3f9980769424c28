//! Whether the system can make a process of a file, found out before anything depends on it.
//!
//! Only what surely fails is refused: a script whose interpreter is not there, and a text without
//! an interpreter line. What a binary needs is left to the system.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::find::find_program;
use crate::executor::Unrunnable;

/// The kernel reads so much of a file to see how it is executed.
const HEAD: u64 = 256;
/// An interpreter may be a script too; the kernel follows so many, then it gives up.
const MOST_INTERPRETERS: usize = 4;
const SCRIPT: &[u8] = b"#!";
/// Looks its first word up in PATH.
const ENV: &str = "env";

/// Refuses a file that cannot be started although it is there and executable.
///
/// # Errors
/// Why not: an [`Unrunnable`].
pub(super) fn check_runnable(file: &Path) -> io::Result<()> {
    check(file, MOST_INTERPRETERS)
}

fn check(file: &Path, interpreters: usize) -> io::Result<()> {
    // A program that may be executed but not read is for the system to judge.
    let Ok(head) = head(file) else { return Ok(()) };
    let Some(line) = head.strip_prefix(SCRIPT) else {
        return if is_text(&head) { Err(Unrunnable::NoInterpreterLine.into()) } else { Ok(()) };
    };
    let line = line.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let (interpreter, argument) = words(line);
    if interpreter.is_empty() {
        return Err(Unrunnable::NoInterpreterLine.into());
    }
    let missing = |name: &[u8]| Unrunnable::NoInterpreter(String::from_utf8_lossy(name).into());
    let path = Path::new(OsStr::from_bytes(interpreter));
    // Without a slash it is sought in the current folder, and not in PATH.
    find_program(&Path::new(".").join(path).to_string_lossy()).map_err(|_| missing(interpreter))?;
    if is_looked_up(path, argument) {
        find_program(&String::from_utf8_lossy(argument)).map_err(|_| missing(argument))?;
    }
    match interpreters.checked_sub(1) {
        Some(left) => check(path, left),
        None => Ok(()),
    }
}

fn head(file: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(file)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// The interpreter and all that follows it, which the kernel hands over as one word.
fn words(line: &[u8]) -> (&[u8], &[u8]) {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let trimmed = |text: &[u8]| -> (usize, usize) {
        let begin = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
        let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(begin, |last| last + 1);
        (begin, end)
    };
    let (begin, end) = trimmed(line);
    let line = &line[begin..end];
    let (interpreter, rest) = line.split_at(line.iter().position(is_blank).unwrap_or(line.len()));
    let (begin, end) = trimmed(rest);
    (interpreter, &rest[begin..end])
}

/// Whether `env` looks for this word in PATH; its options and assignments are its own affair.
fn is_looked_up(interpreter: &Path, argument: &[u8]) -> bool {
    let is_name = !argument.is_empty() && !argument.starts_with(b"-") && !argument.contains(&b'=');
    interpreter.file_name() == Some(OsStr::new(ENV)) && is_name
}

/// Nothing at all counts too: the kernel cannot execute an empty file either.
fn is_text(head: &[u8]) -> bool {
    let is_printed = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    let is_utf8 = std::str::from_utf8(head).map_or_else(|cut| cut.error_len().is_none(), |_| true);
    is_utf8 && head.iter().all(is_printed)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    struct Bench(tempfile::TempDir);

    impl Bench {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, name: &str, content: &[u8]) -> PathBuf {
            let path = self.0.path().join(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            path
        }

        /// What we say of a file, held against what the system does with it.
        fn said(&self, content: &[u8]) -> Result<(), String> {
            let path = self.file("deploy", content);
            let said = check_runnable(&path);
            let done = ran(&path);
            let fails = !matches!(done, Ok(Some(code)) if code != 127);
            assert_eq!(said.is_err(), fails, "{:?}: {said:?}, {done:?}", content.escape_ascii());
            said.map_err(|error| error.to_string())
        }
    }

    /// Another test that is just starting a process may still have the new file open.
    fn ran(path: &Path) -> io::Result<Option<i32>> {
        loop {
            match Command::new(path).output() {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {}
                done => return done.map(|output| output.status.code()),
            }
        }
    }

    #[test]
    fn a_script_whose_interpreter_is_there_passes() {
        let bench = Bench::new();
        let scripts = [
            "#!/bin/sh\n",
            "#! /bin/sh -e \necho",
            "#!/bin/sh",
            "#!/usr/bin/env sh\n",
            "#!\t/bin/sh\n",
        ];
        for script in scripts {
            assert_eq!(bench.said(script.as_bytes()), Ok(()), "{script:?}");
        }
    }

    #[test]
    fn a_script_whose_interpreter_is_missing_is_refused_and_the_interpreter_named() {
        let bench = Bench::new();
        for (script, named) in [
            ("#!/no/such/sh\n", "/no/such/sh"),
            ("#!/bin/sh\r\n", "/bin/sh\r"),
            ("#!/usr/bin/env no-such-sh\n", "no-such-sh"),
            ("#!/usr/bin/env sh -e\n", "sh -e"),
            ("#!no-such-sh\n", "no-such-sh"),
            ("#!/etc/passwd\n", "/etc/passwd"),
            ("#!/etc\n", "/etc"),
        ] {
            let said = bench.said(script.as_bytes()).unwrap_err();
            assert!(said.contains(&format!("names {named:?},")), "{script:?}: {said}");
        }
    }

    #[test]
    fn a_text_without_an_interpreter_line_is_refused() {
        let bench = Bench::new();
        let long = [b"echo ".as_slice(), "\u{e9}".repeat(200).as_bytes()].concat();
        for text in
            [b"echo deployed\n".as_slice(), b"", b"#!\n", b"#! \t\n", b" #!/bin/sh\n", &long]
        {
            assert!(bench.said(text).unwrap_err().contains("#!/bin/sh"));
        }
    }

    #[test]
    fn an_interpreter_that_is_a_script_is_looked_at_too() {
        let bench = Bench::new();
        let good = bench.file("good", b"#!/bin/sh\n");
        let bad = bench.file("bad", b"#!/no/such/sh\n");
        assert_eq!(bench.said(format!("#!{}\n", good.display()).as_bytes()), Ok(()));
        assert!(bench.said(format!("#!{}\n", bad.display()).as_bytes()).is_err());
    }

    #[test]
    fn binaries_of_every_format_pass() {
        let bench = Bench::new();
        check_runnable(&std::env::current_exe().unwrap()).unwrap();
        for head in [b"\x7fELF\x02\x01\x01".as_slice(), b"MZ\x90\0\x03", b"PK\x03\x04", b"\0asm"] {
            check_runnable(&bench.file("program", head)).unwrap();
        }
    }
}
