//! Traffic providers: balancers.

pub mod edge;
