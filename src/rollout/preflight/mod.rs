//! Everything that would make a deploy of groups slow, unsafe or impossible, found before
//! anything is touched. What is seen is given; nothing is asked here.

mod case;
mod delay;
mod finding;
mod health_check;
mod listener;
mod minimum;
pub mod names;
mod permission;
mod refused;
mod serving;
#[cfg(test)]
mod tests;
mod time;
mod traffic;
mod words;
mod zones;

use std::collections::BTreeSet;
use std::time::Duration;

pub use finding::{Change, Finding, Level, Setting};
pub use permission::{denied, unasked};

use self::case::Case;
use super::survey::Survey;
use super::{Front, Group, Plan, Refusal, Request, Snapshot, Target, TargetType};

/// What a run is asked to do, and all that is known before it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Whom it is about, and within which bounds.
    pub request: &'a Request,
    /// The latest look at each group; one that is missing could not be looked at.
    pub seen: &'a Snapshot,
    /// The load balancers in front of the groups; none if they could not be asked.
    pub fronts: Option<&'a [Front]>,
    /// The time limit of a hook that holds one of the two waits.
    pub within: Option<Duration>,
}

/// Every check of every group, and of the run; whatever would refuse the run is among them, in
/// the same words.
pub fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let plan = subject.plan();
    let refusals = plan.as_ref().err().map(|refusals| &refusals[..]).unwrap_or_default();
    let batches = subject.batches();
    let cases: Vec<_> = subject.groups().map(|group| subject.case(group, &batches)).collect();
    let mut findings: Vec<_> =
        refusals.iter().map(|refusal| refused::finding(refusal, &cases)).collect();
    let answered: BTreeSet<_> =
        findings.iter().map(|finding| (finding.check, finding.group.clone())).collect();
    let of_cases = cases.iter().flat_map(|case| of_case(case, refusals));
    let is_news = |finding: &Finding| {
        let told = answered.contains(&(finding.check, finding.group.clone()));
        !told || finding.level != Level::Ok && finding.check != names::FLOOR
    };
    findings.extend(of_cases.filter(is_news));
    findings.extend(plan.ok().filter(|plan| !plan.batches.is_empty()).map(|plan| time::run(&plan)));
    if subject.fronts.is_some()
        && cases.iter().all(|case| case.look.is_some() || is_unfit(case.group))
    {
        findings.push(permission::allowed());
    }
    findings
}

fn of_case(case: &Case<'_>, refusals: &[Refusal]) -> Vec<Finding> {
    if holds_no_targets(case.group) {
        return Vec::new();
    }
    let of_settings = [
        delay::delay,
        time::time,
        time::within,
        time::limit,
        health_check::health_check,
        health_check::recovery,
        health_check::detection,
        traffic::slow_start,
        traffic::stickiness,
    ];
    let of_looks = [
        serving::targets,
        serving::floor,
        minimum::fail_open,
        minimum::dns_failover,
        zones::cross_zone,
    ];
    let of_settings = of_settings.into_iter().flat_map(|check| check(case));
    if case.group.balancers.is_empty() {
        // What a look says of it says only that.
        return serving::targets(case).into_iter().chain(of_settings).collect();
    }
    let seen =
        [listener::listener(case), serving::health(case, refusals), zones::zones(case, refusals)];
    let of_looks = of_looks.into_iter().flat_map(|check| check(case));
    seen.into_iter().flatten().chain(of_looks).chain(of_settings).collect()
}

/// Functions and load balancers: nothing that could be drained.
fn holds_no_targets(group: &Group) -> bool {
    matches!(group.target_type, TargetType::Lambda | TargetType::Alb)
}

/// Whether it is refused whatever a look says.
fn is_unfit(group: &Group) -> bool {
    holds_no_targets(group) || group.balancers.is_empty()
}

impl<'a> Subject<'a> {
    fn groups(&self) -> impl Iterator<Item = &'a Group> {
        let mut known = BTreeSet::new();
        self.request.groups.iter().filter(move |group| known.insert(&group.arn))
    }

    fn can_be_planned(&self, group: &Group) -> bool {
        self.seen.contains_key(&group.arn) || is_unfit(group)
    }

    /// The plan of the groups that could be looked at: without a look, a group would be refused
    /// for being empty, and targets for not being registered.
    fn plan(&self) -> Result<Plan, Vec<Refusal>> {
        let groups: Vec<_> =
            self.groups().filter(|group| self.can_be_planned(group)).cloned().collect();
        let all = groups.len() == self.groups().count();
        let request = Request { groups, ..self.request.clone() };
        Plan::in_place(request, self.seen).map_err(|mut refusals| {
            let unsure = |refusal: &Refusal| {
                matches!(refusal, Refusal::NotRegistered { .. } | Refusal::NothingLeft)
            };
            refusals.retain(|refusal| all || !unsure(refusal));
            refusals
        })
    }

    fn survey(&self) -> Survey<'a> {
        Survey { request: self.request, seen: self.seen }
    }

    /// The batches that would be taken out, even if the run would be refused.
    fn batches(&self) -> Vec<Vec<Target>> {
        let survey = self.survey();
        survey.in_batches(survey.chosen())
    }

    fn case<'b>(&self, group: &'a Group, batches: &'b [Vec<Target>]) -> Case<'b>
    where
        'a: 'b,
    {
        let fronts = self.fronts.map(|fronts| {
            fronts.iter().filter(|front| group.balancers.contains(&front.arn)).collect()
        });
        Case {
            group,
            look: self.seen.get(&group.arn),
            fronts,
            policy: &self.request.policy,
            floor: self.survey().floor(group),
            within: self.within,
            batches,
        }
    }
}
