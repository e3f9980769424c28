//! Facts survive the journal: as JSON and back.

use std::time::Duration;

use super::super::{Dated, Fact, Failure, Moment, Process, Waited};
use super::{
    AWAIT_DRAINED, DEPLOY, IN_PLACE, at, dated, failed, finished, id, interrupted, started,
};

fn assert_survives(dated: &Dated) {
    let text = serde_json::to_string(dated).expect("a fact as JSON");
    assert_eq!(serde_json::from_str::<Dated>(&text).expect(&text), *dated, "{text}");
}

#[test]
fn every_fact_survives_the_journal() {
    for step in IN_PLACE {
        assert_survives(&dated(1, started("i-1", step)));
        assert_survives(&dated(2, finished("i-1", step)));
        assert_survives(&dated(3, failed("i-1", step, true)));
    }
    assert_survives(&dated(4, interrupted()));
    assert_survives(&dated(5, Fact::Resumed { by: None }));
    let by = Process { user: "bob".to_owned(), host: "build-2".to_owned(), pid: 4822 };
    assert_survives(&dated(6, Fact::Resumed { by: Some(by) }));
}

#[test]
fn who_took_a_run_up_stands_in_its_line_and_need_not() {
    let told = r#"{"at":1,"fact":"resumed","user":"bob","host":"build-2","pid":4822}"#;
    let by = Process { user: "bob".to_owned(), host: "build-2".to_owned(), pid: 4822 };
    let lines = [(told, Some(by)), (r#"{"at":1,"fact":"resumed"}"#, None)];
    for (line, by) in lines {
        let read: Dated = serde_json::from_str(line).expect(line);
        assert_eq!(read.fact, Fact::Resumed { by });
        assert_eq!(serde_json::to_string(&read).expect("JSON"), line);
    }
}

#[test]
fn what_a_wait_and_a_failure_tell_survives_with_them() {
    let waited = Some(Waited { looks: 12, late_at_most: Duration::from_millis(1_500) });
    let fact = Fact::Finished { target: id("i-1"), step: AWAIT_DRAINED, waited };
    assert_survives(&Dated { at: at(1), fact });
    let failure = Failure {
        what: "run deploy.sh: exit status 7".to_owned(),
        hint: Some("read its output".to_owned()),
        may_have_acted: true,
        left_service: true,
        last_lines: vec!["no space left".to_owned()],
    };
    let fact = Fact::Failed { target: id("i-1"), step: DEPLOY, failure };
    assert_survives(&Dated { at: at(1), fact });
}

#[test]
fn a_fact_names_its_kind_its_target_and_its_step_in_the_journal() {
    let line = serde_json::to_value(dated(0, started("i-1", AWAIT_DRAINED))).expect("JSON");
    assert_eq!(line["at"], 1_750_000_000_000_u64);
    assert_eq!(line["fact"], "started");
    assert_eq!(line["target"], "i-1");
    assert_eq!(line["step"], serde_json::json!({"act": "await-drained", "side": "old"}));
}

#[test]
fn no_time_beyond_the_calendar_is_read() {
    let read = |text: &str| serde_json::from_str::<Moment>(text);
    for good in ["0", "1795262584000", "253402300799999"] {
        let moment = read(good).expect(good);
        assert_eq!(serde_json::to_string(&moment).expect("JSON"), good);
    }
    for bad in ["253402300800000", "18446744073709551615", "-1", "1.5"] {
        assert!(read(bad).is_err(), "{bad}");
    }
}
