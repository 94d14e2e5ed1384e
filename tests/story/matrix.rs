//! The crash matrix: a bot that is killed at any point, or at any two, ends as one that never was.
