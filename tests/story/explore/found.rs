//! Bugs that the explorer found, each as the shortest history that showed it.
