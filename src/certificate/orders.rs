//! What became of orders: each that was acknowledged must be in the databases, whoever took it.

use std::collections::BTreeSet;

use events::color::ByColor;
use serde::Serialize;

use super::Certificate;

/// Orders, as users were told of them and as the databases have them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Orders {
    /// Orders that users were told are taken.
    pub acknowledged: u64,
    /// Of these, how many a color's database does not have once both have come to rest.
    pub missing: ByColor<u64>,
    /// Orders that one database has and the other has not, acknowledged or not.
    pub differing: u64,
    /// The first of the missing, by their numbers.
    pub examples: Vec<u64>,
}

/// How many missing orders are named.
const EXAMPLES: usize = 10;

impl Orders {
    /// Whether no order got lost, and both databases have the same.
    #[must_use]
    pub fn are_whole(&self) -> bool {
        self.missing.blue == 0 && self.missing.green == 0 && self.differing == 0
    }
}

impl Certificate {
    /// Holds the orders that were acknowledged against those that are `stored`.
    pub fn count_orders(&mut self, stored: &ByColor<BTreeSet<u64>>) {
        let acknowledged = &self.acknowledged_orders;
        let missing_of = |stored: &BTreeSet<u64>| acknowledged.difference(stored).copied().collect::<Vec<_>>();
        let missing = ByColor { blue: missing_of(&stored.blue), green: missing_of(&stored.green) };
        let count = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        let mut examples: Vec<u64> = missing.blue.iter().chain(&missing.green).copied().collect();
        examples.sort_unstable();
        examples.dedup();
        examples.truncate(EXAMPLES);
        self.orders = Some(Orders {
            acknowledged: count(acknowledged.len()),
            missing: ByColor { blue: count(missing.blue.len()), green: count(missing.green.len()) },
            differing: count(stored.blue.symmetric_difference(&stored.green).count()),
            examples,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_that_one_database_lacks_is_missing_there() {
        let mut certificate = Certificate { acknowledged_orders: [1, 2, 3].into(), ..Certificate::default() };
        certificate.count_orders(&ByColor { blue: [1, 2, 3, 4].into(), green: [1, 3, 4].into() });
        let orders = certificate.orders.unwrap();
        assert_eq!((orders.acknowledged, orders.missing.blue, orders.missing.green), (3, 0, 1));
        assert_eq!((orders.differing, orders.examples.clone()), (1, vec![2]));
        assert!(!orders.are_whole());
    }

    #[test]
    fn an_order_that_nobody_was_told_of_may_be_there_or_not_but_not_on_one_side_alone() {
        let mut certificate = Certificate { acknowledged_orders: [1].into(), ..Certificate::default() };
        certificate.count_orders(&ByColor { blue: [1, 9].into(), green: [1, 9].into() });
        assert!(certificate.orders.as_ref().unwrap().are_whole());
        certificate.count_orders(&ByColor { blue: [1, 9].into(), green: [1].into() });
        assert!(!certificate.orders.unwrap().are_whole());
    }
}
