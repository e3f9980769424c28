//! Commands and URLs that are given and empty: each is told by its flag. What is in one that is not
//! empty is not looked at here.

use super::gates::alone;
use crate::cli::typed::Mistakes;
use crate::executor::{Ask, Gate, Jobs};

/// What was asked for without what is empty, which is noted.
pub(in crate::cli) fn without_empty(mut jobs: Jobs, mistakes: &mut Mistakes) -> Jobs {
    let scripts = [
        ("--start", &mut jobs.start),
        ("--stop", &mut jobs.stop),
        ("--rollback", &mut jobs.rollback),
        ("--before-batch", &mut jobs.before_batch),
        ("--after-batch", &mut jobs.after_batch),
        ("--on-finish", &mut jobs.on_finish),
    ];
    for (flag, said) in scripts {
        *said = said.take().filter(|said| !is_noted(flag, said, mistakes));
    }
    let gates = [
        (["--ready", "--ready-command"], &mut jobs.ready),
        (["--verify-url", "--verify"], &mut jobs.verify),
    ];
    for (flags, gate) in gates {
        *gate = gate.take().filter(|gate| !is_empty(gate, flags, mistakes));
    }
    jobs
}

fn is_empty(gate: &Gate, [url_flag, command_flag]: [&str; 2], mistakes: &mut Mistakes) -> bool {
    match &gate.ask {
        Ask::Url { url, body, .. } => {
            let body = body.as_ref().is_some_and(|text| is_noted("--ready-body", text, mistakes));
            is_noted(url_flag, url, mistakes) || body
        }
        Ask::Command(command) => is_noted(command_flag, command, mistakes),
        Ask::Listens => false,
    }
}

fn is_noted(flag: &str, said: &str, mistakes: &mut Mistakes) -> bool {
    let is_empty = said.trim().is_empty();
    if is_empty {
        mistakes.note(alone(&format!("{flag} is empty"), "say what is meant, or leave it out"));
    }
    is_empty
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(jobs: Jobs) -> (Vec<String>, Jobs) {
        let mut mistakes = Mistakes::default();
        let jobs = without_empty(jobs, &mut mistakes);
        (mistakes.none().map_or_else(|error| error.what, |()| Vec::new()), jobs)
    }

    fn url(url: &str, body: Option<&str>) -> Ask {
        let body = body.map(str::to_owned);
        Ask::Url { url: url.to_owned(), status: "200".parse().unwrap(), body }
    }

    #[test]
    fn each_empty_one_is_told_by_its_flag_and_once() {
        let empty = || Some(" ".to_owned());
        let jobs = Jobs {
            deploy: vec!["./deploy.sh".to_owned()],
            rollback: empty(),
            ready: Some(Gate::ready(Ask::Command(String::new()))),
            verify: Some(Gate::verify(url("", None))),
            before_batch: empty(),
            after_batch: empty(),
            on_finish: empty(),
            start: empty(),
            stop: empty(),
            ..Jobs::default()
        };
        let (told_of, kept) = told(jobs);
        let flags = [
            "--start",
            "--stop",
            "--rollback",
            "--before-batch",
            "--after-batch",
            "--on-finish",
            "--ready-command",
            "--verify-url",
        ];
        assert_eq!(told_of, flags.map(|flag| format!("{flag} is empty")));
        let left = Jobs { deploy: kept.deploy.clone(), ..Jobs::default() };
        assert_eq!(kept, left, "what is told is not looked at once more");
        let jobs = Jobs {
            ready: Some(Gate::ready(url("http://h/", Some("")))),
            verify: Some(Gate::verify(Ask::Command(String::new()))),
            ..Jobs::default()
        };
        assert_eq!(told(jobs).0, ["--ready-body is empty", "--verify is empty"]);
    }

    #[test]
    fn what_is_not_empty_is_kept_as_it_is() {
        let jobs = Jobs {
            rollback: Some("./rollback.sh".to_owned()),
            ready: Some(Gate::ready(url("http://h/", Some("ok")))),
            ..Jobs::default()
        };
        assert_eq!(told(jobs.clone()), (Vec::new(), jobs));
    }
}
