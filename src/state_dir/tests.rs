use std::os::unix::fs::PermissionsExt;

use super::*;

fn surroundings(root: bool, xdg: Option<&str>, home: Option<&str>) -> Surroundings {
    Surroundings { root, xdg_state_home: xdg.map(PathBuf::from), home: home.map(PathBuf::from) }
}

fn chosen(flag: Option<&str>, surroundings: Surroundings) -> Option<String> {
    choose(flag.map(PathBuf::from), surroundings).map(|path| path.display().to_string())
}

#[test]
fn the_flag_comes_first() {
    let all = || surroundings(true, Some("/xdg"), Some("/home/me"));
    assert_eq!(chosen(Some("here"), all()).unwrap(), "here");
    assert_eq!(chosen(Some(""), all()).unwrap(), "/var/lib/elb-deploy");
}

#[test]
fn root_keeps_state_with_the_machine_and_others_at_home() {
    let (xdg, home) = (Some("/xdg"), Some("/home/me"));
    assert_eq!(chosen(None, surroundings(true, xdg, home)).unwrap(), "/var/lib/elb-deploy");
    assert_eq!(chosen(None, surroundings(false, xdg, home)).unwrap(), "/xdg/elb-deploy");
    let at_home = "/home/me/.local/state/elb-deploy";
    assert_eq!(chosen(None, surroundings(false, None, home)).unwrap(), at_home);
    assert_eq!(chosen(None, surroundings(false, Some("relative"), home)).unwrap(), at_home);
    assert_eq!(chosen(None, surroundings(false, None, None)), None);
}

#[test]
fn the_folder_is_made_for_its_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let wanted = parent.path().join("a/b");
    assert_eq!(state_dir(Some(wanted.clone())).unwrap(), wanted);
    assert_eq!(fs::metadata(&wanted).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(&wanted).unwrap().count(), 0, "the probe was left behind");
}

#[test]
fn a_folder_that_cannot_be_used_is_said_in_one_line_with_a_way_out() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for unusable in [file.join("below"), PathBuf::from("/proc/elb-deploy"), file] {
        let error = state_dir(Some(unusable.clone())).unwrap_err();
        let said = error.to_string();
        assert!(said.contains(&unusable.display().to_string()), "{said}");
        assert!(error.hint().contains("--state-dir") && !said.contains('\n'), "{said}");
    }
}

#[test]
fn what_stands_in_the_way_of_a_folder_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below"), file.join("below/it")] {
        let error = not_below_a_file(&path).unwrap_err();
        let (path, file) = (path.display(), file.display());
        assert_eq!(error.to_string(), format!("use {path} for the state: {file} is no folder"));
    }
    for path in [parent.path().to_owned(), parent.path().join("new/one"), PathBuf::from("/")] {
        not_below_a_file(&path).unwrap();
    }
}

#[test]
fn journals_of_root_are_told_to_whoever_looks_elsewhere_if_there_may_be_any() {
    let (root, mine) = (tempfile::tempdir().unwrap(), Path::new("/home/me/elb-deploy"));
    let told = || may_hold_journals(root.path(), mine);
    assert_eq!(told(), None, "nothing was ever kept there");
    fs::create_dir(root.path().join("runs")).unwrap();
    assert_eq!(told(), None, "no run is there");
    fs::create_dir(root.path().join("runs/019aa6d0-0000-7000-8000-000000000000")).unwrap();
    assert_eq!(told().as_deref(), Some(root.path()));
    assert_eq!(may_hold_journals(root.path(), root.path()), None, "they are looked at");
    assert_eq!(journals_of_root(Some(mine.to_owned())), None, "another folder was named");
}

#[test]
fn a_folder_that_others_can_write_to_is_refused_with_the_command_that_mends_it() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state");
    fs::create_dir(&folder).unwrap();
    for (mode, refused) in [(0o777, true), (0o770, true), (0o1777, true), (0o755, false)] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        let told = state_dir(Some(folder.clone()));
        assert_eq!(told.is_err(), refused, "{mode:o}");
        let Err(error) = told else { continue };
        assert!(error.to_string().ends_with(&format!("(mode {mode:04o})")), "{error}");
        assert!(error.hint().contains(&format!("chmod go-w {}", folder.display())));
    }
}

#[test]
fn a_symlink_to_a_folder_is_as_good_as_the_folder() {
    let parent = tempfile::tempdir().unwrap();
    let link = parent.path().join("link");
    fs::create_dir(parent.path().join("real")).unwrap();
    std::os::unix::fs::symlink(parent.path().join("real"), &link).unwrap();
    assert_eq!(state_dir(Some(link.clone())).unwrap(), link);
}

#[test]
fn where_no_room_is_left_room_is_to_be_made() {
    let unusable = |kind: io::ErrorKind| {
        StateDirError::Unusable { path: "/state".into(), source: kind.into() }.hint()
    };
    for full in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
        assert!(unusable(full).starts_with("free some space there"), "{full}");
    }
    assert_eq!(unusable(io::ErrorKind::ReadOnlyFilesystem), "name another folder with --state-dir");
}
