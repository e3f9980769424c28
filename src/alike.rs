//! Which name may be a slip of another: for whoever names something that does not exist. What is
//! suggested then, and in which words, is up to the caller.

/// From this similarity (Jaro-Winkler, 1 is equal) a name may be a slip of the other.
const SIMILAR: f64 = 0.85;
/// Jaro-Winkler misses two letters swapped in a short name, `wbe` for `web`. In a name shorter
/// than this, one other letter makes another name.
const SHORTEST_WITH_A_SLIP: usize = 3;

/// How similar two names are, if one may be a slip of the other.
fn similarity(missing: &str, existing: &str) -> Option<f64> {
    let similarity = strsim::jaro_winkler(missing, existing);
    let one_slip = strsim::damerau_levenshtein(missing, existing) == 1;
    let is_short_slip = one_slip && missing.chars().count() >= SHORTEST_WITH_A_SLIP;
    (similarity >= SIMILAR || is_short_slip).then_some(similarity)
}

/// The one of these names that is most likely meant.
pub fn meant<'a>(missing: &str, existing: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let similar = existing.into_iter().filter_map(|name| Some((similarity(missing, name)?, name)));
    similar.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_meant_and_none_where_all_are_others() {
        let names = ["web", "min-healthy", "min-health"];
        let meant = |missing| meant(missing, names);
        assert_eq!(meant("wbe"), Some("web"));
        assert_eq!(meant("min_healthy"), Some("min-healthy"));
        assert_eq!(meant("region"), None);
    }
}
