//! Chance that can be replayed: SplitMix64 over a seed.
//! Good enough to spread faults; not for secrets.

/// A stream of numbers that follows from its seed.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Whether something that happens in `percent` of all cases happens now.
    pub(super) fn hits(&mut self, percent: f64) -> bool {
        const STEPS: u32 = 1 << 20;
        let drawn = u32::try_from(self.next() >> 44).unwrap_or(STEPS);
        f64::from(drawn) < percent / 100.0 * f64::from(STEPS)
    }

    /// A number below `end`, or 0 if that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
