//! What counts as gone: what a list does not name is asked for by name.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::*;
use crate::rollout::{Front, Group, Hold};

#[tokio::test(start_paused = true)]
async fn what_the_list_does_not_name_is_confirmed_by_name_before_it_counts_as_drained() {
    let lists = AtomicUsize::new(0);
    let balancer = Scripted::new(&[], move |now, _| {
        lists.fetch_add(1, Ordering::SeqCst);
        Ok((now < Duration::from_secs(20)).then(draining))
    });
    watch(&balancer).until(&drained(10), |_| {}).await.unwrap();
    assert!(balancer.began.elapsed() >= Duration::from_secs(20), "the stale list was believed");
}

#[tokio::test(start_paused = true)]
async fn what_is_confirmed_gone_is_not_asked_for_by_name_again() {
    let places: Vec<_> = (0..3).map(place).collect();
    let balancer = Scripted::new(&places, |now, place| {
        let leaves = match place.id.as_str() {
            "i-0" => 10,
            "i-1" => 50,
            _ => 90,
        };
        Ok((now < Duration::from_secs(leaves)).then(draining))
    });
    let wait = Wait { registrations: places, ..wait(drained(10).goal, 10, 300) };
    watch(&balancer).until(&wait, |_| {}).await.unwrap();
    assert_eq!(balancer.named.load(Ordering::SeqCst), 3, "each once");
}

/// Names a target that does not exist only when it is asked for by name, as the API does.
struct Unlisted(Arc<Scripted>);

#[async_trait]
impl Balancer for Unlisted {
    async fn groups(&self, asked: &[String]) -> Result<Vec<Group>, BalancerError> {
        self.0.groups(asked).await
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        self.0.all_groups().await
    }

    async fn fronts(&self, arns: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.0.fronts(arns).await
    }

    async fn holds(&self, groups: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        self.0.holds(groups).await
    }

    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        match self.0.look(group, named).await {
            Err(error) if named.is_empty() && error.kind == ErrorKind::InvalidTarget => {
                Ok(Vec::new())
            }
            said => said,
        }
    }

    async fn register(
        &self,
        group: &GroupArn,
        places: &[Registration],
    ) -> Result<(), BalancerError> {
        self.0.register(group, places).await
    }

    async fn deregister(
        &self,
        group: &GroupArn,
        places: &[Registration],
    ) -> Result<(), BalancerError> {
        self.0.deregister(group, places).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_exist_any_more_is_gone() {
    let balancer = Scripted::new(&[place(1), place(2)], |now, place| {
        let gone = now >= Duration::from_secs(37);
        match place.id.as_str() {
            "i-1" if gone => Err(ErrorKind::InvalidTarget),
            _ => Ok((!gone).then(draining)),
        }
    });
    let listed = Arc::new(Unlisted(Arc::clone(&balancer)));
    let clock = Clock::starting_at(Moment::from_millis(0));
    let watch = Watch::new(listed, clock, Arc::new(Pace::of_looks()), Spread::none());
    let both = Wait { registrations: vec![place(1), place(2)], ..drained(37) };
    watch.until(&both, |_| {}).await.unwrap();
    assert!(balancer.began.elapsed() >= Duration::from_secs(37));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_meant_with_every_port_is_waited_for_with_those_that_it_gets_later() {
    let other = Registration { port: 8081, ..place(1) };
    let later = other.clone();
    let balancer = Scripted::new(&[place(1), other], move |now, place| match now.as_secs() {
        0..10 if place.same_place(&later) => Ok(None),
        _ if place.same_place(&later) => Ok(Some(Health::healthy())),
        0..20 => Ok(Some(draining())),
        _ => Ok(None),
    });
    let began = Began::Unknown(Moment::from_millis(0));
    let everywhere = vec![TargetId::new("i-1")];
    let all = Wait { everywhere, began, ..drained(20) };
    let error = watch(&balancer).until(&all, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("i-1:8081"), "{error}");
    let alone = drained(20);
    watch(&balancer).until(&alone, |_| {}).await.unwrap();
}
