//! The targets of the panel: every share and change of a share whose uncertainty a report tells, by number.

/// Numbers the targets of one prediction: first the levels and changes of all alternatives in the full markets, then those of the
/// alternatives that a sweep is told of, at each of its points.
#[derive(Clone, Debug)]
pub struct Targets {
    pub(super) tariffs: usize,
    pub(super) suppliers: usize,
    /// Full markets: unchanged, hypothetical, and perhaps without the focus.
    pub(super) markets: usize,
    pub(super) points: usize,
}

/// Something that visits choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// A tariff, by position in the hypothetical market.
    Tariff(usize),
    /// Nothing.
    NoSwitch,
    /// Any tariff of a supplier, by number.
    Supplier(usize),
}

/// What is told of a point of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtPoint {
    /// The tariff that is swept.
    Swept,
    /// The tariff that the report is about.
    Focus,
    /// No switch.
    NoSwitch,
    /// A supplier, by number.
    Supplier(usize),
}

/// Two full markets whose difference is told: the second less the first.
pub type Pair = (usize, usize);

impl Targets {
    /// For so many tariffs, suppliers, full markets and points of sweeps.
    pub fn new(tariffs: usize, suppliers: usize, markets: usize, points: usize) -> Targets {
        Targets { tariffs, suppliers, markets, points }
    }

    /// Pairs of full markets, by number, whose difference is told.
    pub fn pairs(&self) -> &'static [Pair] {
        if self.markets > 2 { &[(0, 1), (2, 1), (0, 2)] } else { &[(0, 1)] }
    }

    /// How many alternatives a full market has: tariffs, no switch, suppliers.
    pub fn alternatives(&self) -> usize {
        self.tariffs + 1 + self.suppliers
    }

    fn at_point(&self) -> usize {
        3 + self.suppliers
    }

    /// The number of an alternative.
    pub fn alternative(&self, alternative: Alternative) -> usize {
        match alternative {
            Alternative::Tariff(at) => at,
            Alternative::NoSwitch => self.tariffs,
            Alternative::Supplier(at) => self.tariffs + 1 + at,
        }
    }

    /// The share of an alternative in a full market.
    pub fn level(&self, market: usize, alternative: Alternative) -> usize {
        market * self.alternatives() + self.alternative(alternative)
    }

    /// The difference of an alternative's share between two full markets.
    pub fn change(&self, pair: Pair, alternative: Alternative) -> Option<usize> {
        let pair = self.pairs().iter().position(|known| *known == pair)?;
        Some((self.markets + pair) * self.alternatives() + self.alternative(alternative))
    }

    fn first_point(&self) -> usize {
        (self.markets + self.pairs().len()) * self.alternatives()
    }

    /// The share of something at a point of a sweep, and after it that less its share in the hypothetical market.
    pub fn point(&self, point: usize, what: AtPoint) -> [usize; 2] {
        let level = self.first_point() + 2 * point * self.at_point() + self.place_at_point(what);
        [level, level + self.at_point()]
    }

    /// All that is told of a point, in the order of its places.
    pub fn told_of_point(&self) -> impl Iterator<Item = AtPoint> + use<> {
        let own = [AtPoint::Swept, AtPoint::Focus, AtPoint::NoSwitch];
        own.into_iter().chain((0..self.suppliers).map(AtPoint::Supplier))
    }

    /// Its place among what is told of a point.
    pub fn place_at_point(&self, what: AtPoint) -> usize {
        match what {
            AtPoint::Swept => 0,
            AtPoint::Focus => 1,
            AtPoint::NoSwitch => 2,
            AtPoint::Supplier(at) => 3 + at,
        }
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.first_point() + 2 * self.points * self.at_point()
    }
}
