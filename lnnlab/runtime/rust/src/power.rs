//! Mean power, from frames counted and from what a file says that each takes on a board.
use crate::{ffi, Error};
use core::fmt;

/// Frames of a stretch of time; the difference of two [`Net::usage`](crate::Net::usage).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// That ended.
    pub heard: u32,
    /// That went through the layers.
    pub computed: u32,
    /// Of these, that stood for several hops.
    pub long: u32,
}

impl Usage {
    /// What came after an earlier count.
    pub fn since(&self, before: &Usage) -> Usage {
        Usage {
            heard: self.heard.wrapping_sub(before.heard),
            computed: self.computed.wrapping_sub(before.computed),
            long: self.long.wrapping_sub(before.long),
        }
    }
}

/// What a network takes on a board, as `liquid-profile --write-costs` modelled it.
#[derive(Clone, Copy)]
pub struct Costs<'m> {
    costs: &'m ffi::Costs,
}

impl<'m> Costs<'m> {
    pub(crate) fn new(costs: &'m ffi::Costs) -> Self {
        Costs { costs }
    }

    /// The board's name.
    pub fn board(&self) -> &'m str {
        let name = &self.costs.board;
        let end = name
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(name.len());
        core::str::from_utf8(&name[..end]).unwrap_or("?")
    }

    /// Power asleep, mW.
    pub fn idle_mw(&self) -> f32 {
        self.costs.idle_nw as f32 * 1e-6
    }

    /// Mean power, mW, or nothing where frames under this kind of policy were not counted.
    fn mean_mw(&self, kind: usize, hop_s: f32, usage: &Usage) -> Option<f32> {
        let each = self
            .costs
            .by_policy
            .get(kind)
            .filter(|each| each.frame != 0)?;
        if usage.heard == 0 {
            return Some(self.idle_mw());
        }
        let times = |cost: u32, count: u32| cost as f32 / 256.0 * count as f32; // nJ
        let energy_nj = times(each.hop, usage.heard)
            + times(each.frame, usage.computed.saturating_sub(usage.long))
            + times(each.long_frame, usage.long.min(usage.computed));
        Some(self.idle_mw() + energy_nj * 1e-6 / (usage.heard as f32 * hop_s))
    }
}

impl fmt::Debug for Costs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Costs of {} ({} mW asleep)",
            self.board(),
            self.idle_mw()
        )
    }
}

/// A power in mW that is written as a number is; where it is not known, as what to do about it.
///
/// Where the file has no costs for the policy at work it is no number: [`Power::mw`] gives an error
/// then. Before the first frame has ended it is the power asleep, [`Costs::idle_mw`]: nothing was
/// computed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Power {
    mw: Result<f32, Error>,
}

impl Power {
    pub(crate) fn of(costs: Option<Costs<'_>>, kind: usize, hop_s: f32, usage: &Usage) -> Power {
        let mw = match costs {
            None => Err(Error::NoCosts),
            Some(_) if hop_s <= 0.0 => Err(Error::NoRate),
            Some(costs) => costs.mean_mw(kind, hop_s, usage).ok_or(Error::NoCosts),
        };
        Power { mw }
    }

    /// The number, mW; the power asleep where no frame was heard.
    ///
    /// # Errors
    /// [`Error::NoCosts`]: it names the command that writes them. [`Error::NoRate`].
    pub fn mw(&self) -> Result<f32, Error> {
        self.mw.clone()
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mw {
            Ok(mw) => fmt::Display::fmt(mw, f),
            Err(error) => write!(f, "unknown ({})", error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: ffi::Cost = ffi::Cost {
        hop: 0,
        frame: 0,
        long_frame: 0,
    };

    fn costs() -> ffi::Costs {
        let mut board = [0; 24];
        board[..5].copy_from_slice(b"board");
        let energy = ffi::Cost {
            hop: 256,
            frame: 2560,
            long_frame: 5120,
        }; // 1, 10, 20 nJ
        ffi::Costs {
            board,
            idle_nw: 80_000,
            by_policy: [ZERO, energy, ZERO, ZERO, ZERO],
        }
    }

    #[test]
    fn power_is_idle_and_energy_over_time() {
        let (raw, used) = (
            costs(),
            Usage {
                heard: 100,
                computed: 10,
                long: 3,
            },
        );
        let found = Power::of(Some(Costs::new(&raw)), 1, 0.02, &used);
        let wanted = 0.08 + (100.0 + 70.0 + 60.0) * 1e-6 / 2.0;
        assert!((found.mw().unwrap() - wanted).abs() < 1e-6);
        assert_eq!(format!("{:.3}", found), "0.080");
        assert_eq!(Costs::new(&raw).board(), "board");
    }

    #[test]
    fn what_was_not_counted_is_no_number() {
        let (raw, used) = (
            costs(),
            Usage {
                heard: 100,
                computed: 10,
                long: 3,
            },
        );
        let other_policy = Power::of(Some(Costs::new(&raw)), 2, 0.02, &used);
        assert_eq!(other_policy.mw(), Err(Error::NoCosts));
        assert_eq!(Power::of(None, 0, 0.02, &used).mw(), Err(Error::NoCosts));
        assert_eq!(
            Power::of(Some(Costs::new(&raw)), 1, 0.0, &used).mw(),
            Err(Error::NoRate)
        );
        let silent = Usage::default();
        let asleep = Power::of(Some(Costs::new(&raw)), 1, 0.02, &silent);
        assert_eq!(asleep.mw(), Ok(Costs::new(&raw).idle_mw()));
        let uncounted = Power::of(Some(Costs::new(&raw)), 2, 0.02, &silent);
        assert_eq!(uncounted.mw(), Err(Error::NoCosts));
        assert!(format!("{:.2}", other_policy).contains("--write-costs"));
    }
}
