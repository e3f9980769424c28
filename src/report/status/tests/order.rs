//! What comes first.

use super::*;

#[test]
fn groups_with_something_out_of_service_come_first_then_by_name() {
    let scene = Scene::of(["web", "api", "orders", "billing"].map(group))
        .seeing("web", &[("i-0a", failing())])
        .seeing("api", &[("i-0a", Health::healthy())])
        .seeing("orders", &[("i-0a", draining())])
        .seeing("billing", &[]);
    let status = scene.status();
    assert!(!status.is_in_service());
    let sorted = status.worst_first();
    let names: Vec<_> = sorted.groups.iter().map(|status| status.group.name.as_str()).collect();
    assert_eq!(names, ["billing", "orders", "web", "api"]);
}

#[test]
fn what_is_out_comes_first_then_by_id_and_port() {
    let healthy = Health::healthy;
    let seen = [("i-0d", healthy()), ("i-0b", failing()), ("i-0c", healthy()), ("i-0a", failing())];
    let mut scene = Scene::of([group("web")]).seeing("web", &seen);
    scene.held_out = vec![held("web", "i-0aa", false)];
    let status = scene.status();
    let ids: Vec<_> = status.groups[0].targets.iter().map(|it| it.place.id.as_str()).collect();
    assert_eq!(ids, ["i-0a", "i-0aa", "i-0b", "i-0c", "i-0d"]);
}
