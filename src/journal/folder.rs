//! Where a run's files are, readable by their owner only. What is in them is not known here.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::run_id::RunId;

/// Plans and command output may hold what only the owner should see.
const FOLDER_MODE: u32 = 0o700;

/// The folder of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// The folder of a run below a state folder, whether it exists or not.
    pub fn of(state_dir: &Path, run: &RunId) -> Self {
        Self(Self::home(state_dir).join(run.to_string()))
    }

    /// The runs that have a folder below a state folder, oldest first; entries that name no run
    /// are passed over.
    ///
    /// # Errors
    /// The folder exists and cannot be listed.
    pub fn all(state_dir: &Path) -> Result<Vec<(RunId, Self)>, JournalError> {
        let runs = Self::home(state_dir);
        let entries = match fs::read_dir(&runs) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(JournalError::io("list", &runs))?,
        };
        let mut found: Vec<(RunId, Self)> = Vec::new();
        for entry in entries {
            let entry = entry.map_err(JournalError::io("list", &runs))?;
            if let Some(run) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
                found.push((run, Self(entry.path())));
            }
        }
        found.sort_by_key(|(run, _)| *run);
        Ok(found)
    }

    /// Where the folders of all runs below a state folder are.
    pub fn home(state_dir: &Path) -> PathBuf {
        state_dir.join("runs")
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the run's facts are.
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal.ndjson")
    }

    /// Where the output of its commands is.
    pub fn output(&self) -> PathBuf {
        self.0.join("output")
    }

    /// Makes the folder and the one for output, so that they outlast a power cut.
    pub(super) fn create(&self) -> Result<(), JournalError> {
        private_folder(&self.output()).map_err(JournalError::io("create", &self.0))?;
        self.0.ancestors().take(3).try_for_each(sync_folder)
    }
}

/// Makes a folder, and those above it, for its owner only, whatever the umask; one that exists
/// is left as it is.
///
/// # Errors
/// What the system says.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        private_folder(above)?;
    }
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE)),
        // Another run of this machine may be as quick.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        failed => failed,
    }
}

/// Opens what is a plain file, or a link to one. To open anything else may be to wait for somebody at
/// its other end, in a call that no signal breaks off.
///
/// # Errors
/// What the system says; [`io::ErrorKind::InvalidInput`] if it is something else.
pub(super) fn open_plain(options: &OpenOptions, path: &Path) -> io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        let why = "it is no file but a folder, a pipe or a device";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    options.open(path)
}

/// A new file survives a power cut only once the folder that names it is on disk too.
pub(super) fn sync_folder(path: &Path) -> Result<(), JournalError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(JournalError::io("sync", path))
}
