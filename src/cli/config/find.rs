//! Where the file is. It is not opened here.

use std::env;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// What the file is called where nobody names it.
const FILE: &str = "elb-deploy.toml";
const NAME_IT: &str = "name the file with --config, or give everything on the command line";

/// The file that is named, or the nearest one from the working folder up to the root.
///
/// # Errors
/// There is none, or a folder cannot be looked into.
pub(super) fn find(named: Option<PathBuf>) -> Result<PathBuf, CliError> {
    if let Some(named) = named {
        return Ok(named);
    }
    let failed = |error: io::Error| {
        let what = format!("failed to look for {FILE}: {error}");
        CliError::new(Exit::Usage, what).hint(Some(NAME_IT))
    };
    let here = env::current_dir().map_err(failed)?;
    match nearest(&here).map_err(failed)? {
        // As a person in this folder would call it.
        Some(found) if found.parent() == Some(&here) => Ok(PathBuf::from(FILE)),
        Some(found) => Ok(found),
        None => {
            let what = format!("there is no {FILE} in {} or above it", here.display());
            Err(CliError::new(Exit::Usage, what).hint(Some(NAME_IT)))
        }
    }
}

/// One that is there and leads nowhere is found too: another one would not be meant.
fn nearest(from: &Path) -> io::Result<Option<PathBuf>> {
    for folder in from.ancestors() {
        let path = folder.join(FILE);
        match path.symlink_metadata() {
            Ok(_) => return Ok(Some(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_file_is_found_from_below() {
        let top = tempfile::tempdir().unwrap();
        let below = top.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        fs::write(top.path().join(FILE), "").unwrap();
        assert_eq!(nearest(&below).unwrap(), Some(top.path().join(FILE)));
        fs::write(top.path().join("a").join(FILE), "").unwrap();
        assert_eq!(nearest(&below).unwrap(), Some(top.path().join("a").join(FILE)));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_passed_over() {
        let top = tempfile::tempdir().unwrap();
        let below = top.path().join("a");
        fs::create_dir(&below).unwrap();
        fs::write(top.path().join(FILE), "").unwrap();
        std::os::unix::fs::symlink("nowhere", below.join(FILE)).unwrap();
        assert_eq!(nearest(&below).unwrap(), Some(below.join(FILE)));
    }
}
