//! Finds the folder that outlasts runs, and makes sure of it before anything is changed.

use std::env;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::journal::{RunFolder, RunId, private_folder, room};

/// Where services of the machine keep what they must not forget (Filesystem Hierarchy Standard).
const FOR_ROOT: &str = "/var/lib/elb-deploy";
const NAME: &str = "elb-deploy";

const PERMISSIONS: u32 = 0o7777;
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// No folder to keep journals in.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    /// Neither a home folder nor a flag says where.
    #[error("find a folder for the state: no home folder is known")]
    Unknown,
    /// Others could write journals there, by which this user would register targets.
    #[error("use {} for the state: others can write to it (mode {mode:04o})", path.display())]
    Shared {
        /// Which folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file stands there, or where a folder above it should be.
    #[error("use {} for the state: {} is no folder", path.display(), file.display())]
    NoFolder {
        /// Which folder.
        path: PathBuf,
        /// What stands in its way.
        file: PathBuf,
    },
    /// The folder cannot be made or written to.
    #[error("use {} for the state: {source}", path.display())]
    Unusable {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StateDirError {
    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown => "name one with --state-dir".to_owned(),
            Self::Unusable { source, .. } => {
                room(source).unwrap_or("name another folder with --state-dir").to_owned()
            }
            Self::NoFolder { .. } => "name another folder with --state-dir".to_owned(),
            Self::Shared { path, .. } => {
                format!("chmod go-w {}, or name another folder with --state-dir", path.display())
            }
        }
    }
}

/// The state folder, made if it does not exist, for its owner only, and writable.
///
/// It is the flag's if given; `/var/lib/elb-deploy` for root; otherwise
/// `$XDG_STATE_HOME/elb-deploy`, or `~/.local/state/elb-deploy`.
///
/// # Errors
/// None is known, it cannot be made or written to, or others can write to it.
pub fn state_dir(flag: Option<PathBuf>) -> Result<PathBuf, StateDirError> {
    let path = known_state_dir(flag).ok_or(StateDirError::Unknown)?;
    not_below_a_file(&path)?;
    match make_writable(&path).and_then(|()| fs::metadata(&path)) {
        Ok(meta) if meta.mode() & WRITABLE_BY_OTHERS != 0 => {
            Err(StateDirError::Shared { mode: meta.mode() & PERMISSIONS, path })
        }
        Ok(_) => Ok(path),
        Err(source) => Err(StateDirError::Unusable { path, source }),
    }
}

/// The same folder for those who only read there: it may not exist, and is left as it is.
pub fn known_state_dir(flag: Option<PathBuf>) -> Option<PathBuf> {
    let surroundings = Surroundings {
        root: rustix::process::geteuid().is_root(),
        xdg_state_home: env::var_os("XDG_STATE_HOME").map(PathBuf::from),
        home: env::home_dir(),
    };
    // A relative one would be another folder after a change of the working folder.
    choose(flag, surroundings).map(|path| std::path::absolute(&path).unwrap_or(path))
}

/// Nothing but a folder stands at this path and above it, as far as this user can see.
///
/// # Errors
/// Something else does.
pub fn not_below_a_file(path: &Path) -> Result<(), StateDirError> {
    let seen = path.ancestors().find_map(|above| Some((above, fs::metadata(above).ok()?)));
    match seen.filter(|(_, meta)| !meta.is_dir()) {
        None => Ok(()),
        Some((file, _)) => {
            Err(StateDirError::NoFolder { path: path.to_owned(), file: file.to_owned() })
        }
    }
}

/// Whether a state folder that exists could be used as it is; nothing is made or changed.
///
/// # Errors
/// It cannot be written to, or others can write to it.
pub fn fits(path: &Path) -> Result<(), StateDirError> {
    let path = path.to_owned();
    match fs::metadata(&path) {
        Ok(meta) if meta.mode() & WRITABLE_BY_OTHERS != 0 => {
            Err(StateDirError::Shared { mode: meta.mode() & PERMISSIONS, path })
        }
        Ok(_) => access(&path, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|source| StateDirError::Unusable { path, source: source.into() }),
        Err(_) => Ok(()),
    }
}

/// Where root's journals are, if they are elsewhere than where this user keeps them and nobody
/// said where to look. Whether there are any is not known if this user must not look into it.
pub fn journals_of_root(flag: Option<PathBuf>) -> Option<PathBuf> {
    let is_named = flag.is_some_and(|path| !path.as_os_str().is_empty());
    let looked_in = known_state_dir(None).filter(|_| !is_named)?;
    may_hold_journals(Path::new(FOR_ROOT), &looked_in)
}

fn may_hold_journals(folder: &Path, looked_in: &Path) -> Option<PathBuf> {
    let may = match fs::read_dir(RunFolder::home(folder)) {
        Ok(mut runs) => runs.next().is_some(),
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    };
    (may && folder != looked_in).then(|| folder.to_owned())
}

struct Surroundings {
    root: bool,
    xdg_state_home: Option<PathBuf>,
    home: Option<PathBuf>,
}

fn choose(flag: Option<PathBuf>, surroundings: Surroundings) -> Option<PathBuf> {
    let Surroundings { root, xdg_state_home, home } = surroundings;
    let given = flag.filter(|path| !path.as_os_str().is_empty());
    let system = || root.then(|| PathBuf::from(FOR_ROOT));
    // The XDG base directory specification has relative paths ignored.
    let xdg = || xdg_state_home.filter(|path| path.is_absolute()).map(|path| path.join(NAME));
    let local =
        || home.filter(|path| path.is_absolute()).map(|path| path.join(".local/state").join(NAME));
    given.or_else(system).or_else(xdg).or_else(local)
}

/// Permission bits do not tell (root, read-only mounts, quotas): a file that was made does.
fn make_writable(path: &Path) -> io::Result<()> {
    private_folder(path)?;
    let probe = path.join(format!(".probe-{}", RunId::unique()));
    OpenOptions::new().write(true).create_new(true).open(&probe)?;
    fs::remove_file(&probe)
}

#[cfg(test)]
mod tests;
