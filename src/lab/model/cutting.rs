//! Whose old connections are cut, because their draining is over.
//! Until that moment they may finish, however long the requests on them take.

use std::time::Duration;

use super::Model;
use super::group::Group;
use super::routing::Endpoint;
use super::target::Registration;

impl Model {
    /// Connections to these are to be cut now: their draining is over. Each is handed out once.
    /// Behind an application load balancer that is the rule, behind a network one it has to be asked for.
    pub fn overdue(&mut self, now: Duration) -> Vec<Endpoint> {
        let mut due = std::mem::take(&mut self.cuts);
        for group in self.groups.values() {
            let reach = self.reach(group);
            let late = group.registrations.iter().filter(|(_, each)| each.overdue(now));
            due.extend(late.filter_map(|(key, each)| group.endpoint(now, &reach, key, each)));
        }
        for group in self.groups.values_mut() {
            group.mark_cut(now);
        }
        due
    }

    /// The next moment at which [`Model::checks`] or [`Model::overdue`] has something, if nothing changes.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let all = self.groups.values().flat_map(|group| group.registrations.values());
        let moments = all.filter_map(|each| match each.stays() {
            true => Some(each.next_check),
            false => each.cut_at(),
        });
        let at_once = (!self.cuts.is_empty()).then_some(Duration::ZERO);
        moments.chain(at_once).min()
    }

    /// A registration that is about to be replaced still has its connections cut if its time is up;
    /// while it drains, registering again cancels the drain, and they live on.
    pub(super) fn cut_before_replacing(
        &mut self,
        now: Duration,
        group: &str,
        key: &super::TargetKey,
    ) {
        let Some(group) = self.groups.get(group) else {
            return;
        };
        let cut = group
            .registrations
            .get(key)
            .filter(|each| each.overdue(now))
            .and_then(|each| group.endpoint(now, &self.reach(group), key, each));
        self.cuts.extend(cut);
    }
}

impl Registration {
    fn cut_at(&self) -> Option<Duration> {
        self.leaving.filter(|leaving| leaving.cut && !leaving.done).map(|leaving| leaving.until)
    }

    fn overdue(&self, now: Duration) -> bool {
        self.cut_at().is_some_and(|at| at <= now)
    }
}

impl Group {
    fn mark_cut(&mut self, now: Duration) {
        for leaving in self.registrations.values_mut().filter_map(|each| each.leaving.as_mut()) {
            leaving.done |= now >= leaving.until;
        }
    }
}
