//! Finds a program as the system would, before anything depends on it.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::executor::ExecutorError;

/// Where to look when PATH is not set, as `execvp` does.
const DEFAULT_PATH: &str = "/bin:/usr/bin";
const ANY_MAY_EXECUTE: u32 = 0o111;

/// The file that would be executed for a program word.
///
/// # Errors
/// [`ExecutorError::NotStarted`] if there is none, or none that is executable.
pub fn find_program(program: &str) -> Result<PathBuf, ExecutorError> {
    let path = env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    find_in(program, &path).map_err(|kind| ExecutorError::NotStarted {
        program: program.to_owned(),
        source: io::Error::new(kind, why(program, kind)),
    })
}

/// The system's words are about the file that it tried; these are about what was asked for.
fn why(program: &str, kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound if program.contains('/') => "no such file",
        io::ErrorKind::NotFound => "no such program",
        io::ErrorKind::IsADirectory => "a folder",
        io::ErrorKind::PermissionDenied => "not executable",
        _ => "cannot be looked at",
    }
}

fn find_in(program: &str, path: &OsStr) -> Result<PathBuf, io::ErrorKind> {
    if program.contains('/') {
        return executable(Path::new(program));
    }
    let mut worst = io::ErrorKind::NotFound;
    for folder in env::split_paths(path) {
        match executable(&folder.join(program)) {
            Ok(found) => return Ok(found),
            Err(io::ErrorKind::PermissionDenied) => worst = io::ErrorKind::PermissionDenied,
            Err(_) => {}
        }
    }
    Err(worst)
}

fn executable(file: &Path) -> Result<PathBuf, io::ErrorKind> {
    let metadata = file.metadata().map_err(|error| error.kind())?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory);
    }
    match metadata.is_file() && metadata.permissions().mode() & ANY_MAY_EXECUTE != 0 {
        true => Ok(file.to_owned()),
        false => Err(io::ErrorKind::PermissionDenied),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn looks_through_path_and_passes_over_files_that_are_not_executable() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = env::join_paths([first.path(), second.path()]).unwrap();
        assert_eq!(find_in("deploy", &path), Err(io::ErrorKind::NotFound));
        file(first.path(), "deploy", 0o644);
        assert_eq!(find_in("deploy", &path), Err(io::ErrorKind::PermissionDenied));
        let found = file(second.path(), "deploy", 0o755);
        assert_eq!(find_in("deploy", &path), Ok(found));
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let script = file(folder.path(), "deploy", 0o755);
        assert_eq!(find_in(script.to_str().unwrap(), OsStr::new("")), Ok(script));
        let folder = folder.path().to_str().unwrap();
        assert_eq!(find_in(folder, OsStr::new("")), Err(io::ErrorKind::IsADirectory));
    }

    #[test]
    fn says_which_program_is_missing() {
        assert!(find_program("sh").is_ok());
        let error = find_program("no-such-program-as-this").unwrap_err();
        assert!(error.to_string().contains("no-such-program-as-this"), "{error}");
        assert!(error.hint().is_some());
    }

    #[test]
    fn says_what_is_wrong_with_what_was_asked_for() {
        let said = |program: &str| find_program(program).unwrap_err().to_string();
        assert_eq!(
            said("no-such-program-as-this"),
            "start no-such-program-as-this: no such program"
        );
        assert_eq!(said("/no/such/file"), "start /no/such/file: no such file");
        assert_eq!(said("/proc"), "start /proc: a folder");
        assert_eq!(said("/proc/version"), "start /proc/version: not executable");
    }
}
