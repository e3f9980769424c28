//! The rows of the table: each bad release, how it is noticed, and what each policy leaves.

/// What becomes of a target that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    Hold,
    Rollback,
    Return,
}

/// Who answers at a target's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    Old,
    Bad,
    Nothing,
}

/// Where a target is at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Out,
    /// Registered, and the load balancer sends nothing there.
    NotInService,
    InService,
}

/// What is left of the target that failed; the others are never touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    pub place: Place,
    pub runs: Runs,
    pub code: i32,
}

pub struct Row {
    /// The test's name.
    pub test: &'static str,
    /// What the release does.
    pub what: &'static str,
    /// Who notices.
    pub noticed: &'static str,
    pub hold: End,
    pub rollback: End,
    pub returned: End,
}

const fn end(place: Place, runs: Runs, code: i32) -> End {
    End { place, runs, code }
}

const ROLLED_BACK: End = end(Place::InService, Runs::Old, 4);
const DEAD: End = end(Place::NotInService, Runs::Nothing, 5);

pub const NEVER_BOOTS: Row = Row {
    test: "never_boots",
    what: "never boots",
    noticed: "`--ready`, before it is registered",
    hold: end(Place::Out, Runs::Nothing, 5),
    rollback: ROLLED_BACK,
    returned: DEAD,
};

pub const DIES_WHILE_IT_BOOTS: Row =
    Row { test: "dies_while_it_boots", what: "boots and dies", ..NEVER_BOOTS };

pub const ANSWERS_500: Row = Row {
    test: "answers_500_on_its_health_path",
    what: "answers 500 on its health path",
    noticed: "the load balancer: it does not come into service within `--in-service-timeout`",
    hold: end(Place::NotInService, Runs::Bad, 5),
    rollback: ROLLED_BACK,
    returned: end(Place::NotInService, Runs::Bad, 5),
};

pub const FAILS_ITS_VERIFICATION: Row = Row {
    test: "fails_its_verification",
    what: "is healthy, and does the wrong thing",
    noticed: "`--verify`",
    hold: end(Place::Out, Runs::Bad, 5),
    rollback: ROLLED_BACK,
    returned: end(Place::InService, Runs::Bad, 4),
};

pub const GOES_BAD: Row = Row {
    test: "goes_bad_in_service",
    what: "is healthy, and goes bad a while later",
    noticed: "`--bake`",
    hold: end(Place::Out, Runs::Bad, 5),
    rollback: ROLLED_BACK,
    returned: end(Place::NotInService, Runs::Bad, 5),
};

pub const DIES_IN_SERVICE: Row = Row {
    test: "dies_in_service",
    what: "is healthy, and dies a while later",
    noticed: "`--bake`; what the load balancer sends it until it notices is lost",
    hold: end(Place::Out, Runs::Nothing, 5),
    rollback: ROLLED_BACK,
    returned: end(Place::NotInService, Runs::Nothing, 5),
};

pub const HANGS: Row = Row {
    test: "hangs_in_deploy",
    what: "its deploy stops the old version, and hangs",
    noticed: "`--deploy-timeout`, which ends the command",
    hold: end(Place::Out, Runs::Nothing, 5),
    rollback: ROLLED_BACK,
    returned: DEAD,
};

pub const FLOODS: Row = Row {
    test: "floods_its_output",
    what: "its deploy prints 1 GB, and fails before it has changed anything",
    noticed: "its exit code; the output is in the run's folder",
    hold: end(Place::Out, Runs::Old, 5),
    rollback: ROLLED_BACK,
    returned: end(Place::InService, Runs::Old, 4),
};

pub const ROWS: [&Row; 8] = [
    &NEVER_BOOTS,
    &DIES_WHILE_IT_BOOTS,
    &ANSWERS_500,
    &FAILS_ITS_VERIFICATION,
    &GOES_BAD,
    &DIES_IN_SERVICE,
    &HANGS,
    &FLOODS,
];

impl Row {
    pub fn left_by(&self, policy: OnFailure) -> End {
        match policy {
            OnFailure::Hold => self.hold,
            OnFailure::Rollback => self.rollback,
            OnFailure::Return => self.returned,
        }
    }
}

impl OnFailure {
    pub const ALL: [Self; 3] = [Self::Hold, Self::Rollback, Self::Return];

    pub fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Rollback => "rollback",
            Self::Return => "return",
        }
    }
}
