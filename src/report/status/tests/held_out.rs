//! What runs of this machine hold out.

use super::*;

#[test]
fn what_a_run_under_way_holds_out_is_no_reason_to_put_it_back_by_hand() {
    let mut scene = Scene::of([group("web")]).seeing("web", &[("i-0a", Health::healthy())]);
    scene.held_out = vec![held("web", "i-0b", true)];
    assert!(!scene.table().contains("put back"), "{}", scene.table());
    assert!(scene.table().contains("held out by the run under way, 019aa4f1-"));
    scene.held_out = vec![held("web", "i-0b", false)];
    assert!(scene.table().contains("put back    elb-deploy restore i-0b\n"));
}

#[test]
fn an_old_hold_is_told_with_its_date() {
    let mut scene = Scene::of([group("web")]).seeing("web", &[]);
    scene.held_out = vec![held("web", "i-0b", false)];
    assert!(table(&scene.status_at(60.0), PIPE).contains("since 12:03:04Z, `roll web`"));
    let next_day = table(&scene.status_at(86_400.0), PIPE);
    assert!(next_day.contains("since 2026-11-21T12:03:04Z, `roll web`"), "{next_day}");
}
