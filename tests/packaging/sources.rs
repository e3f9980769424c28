//! Where the dependencies come from, as `deny.toml` allows it. Their licences are held by `make deny`.

use crate::{manifest, text};

#[test]
fn every_dependency_is_from_the_one_registry_that_is_allowed() {
    let deny: toml::Table = text("deny.toml").parse().unwrap();
    let allowed = deny["sources"]["allow-registry"].as_array().unwrap();
    let lock: toml::Table = text("Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    assert!(packages.len() > 100);
    let ours = &manifest()["package"]["name"];
    for package in packages.iter().filter(|package| package["name"] != *ours) {
        let source = package.get("source").and_then(toml::Value::as_str).unwrap_or("no registry");
        let known = allowed.iter().any(|it| source == format!("registry+{}", it.as_str().unwrap()));
        assert!(known, "{:?} comes from {source}", package["name"]);
    }
}
