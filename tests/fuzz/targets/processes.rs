//! What the kernel says of processes, whose names others choose.

use changeover::process::Stat;

use super::bytes;
use crate::target::Target;

pub(crate) const STAT: Target = Target {
    name: "processes",
    rule: "a process is seen whatever it calls itself",
    seeds,
    read,
    inputs: 10_000,
    longest: 1_000,
};

fn seeds() -> Vec<Vec<u8>> {
    bytes([
        &b"42 (shop) S 7 40 40 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 9001 5 6"[..],
        b"1 (a) S 7 (b)) Z 7 40 40 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 18446744073709551615",
        b"anwendungsgr\xc3\xb6\xc3",
    ])
}

fn read(input: &[u8]) -> String {
    let name = &input[..input.len().min(15)];
    let line = [b"42 (", name, b") S 7 40 40 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 9001 5 6\n"].concat();
    assert_eq!(Stat::read(&line), Some(Stat { parent: 7, group: 40, started_ticks: 9001 }));
    Stat::read(input).map_or("none", |_| "seen").to_owned()
}
