//! Lines and what is made of them.

mod completing;
mod property;
mod reading;
mod refusing;

use expect_test::Expect;

use super::*;

fn directory() -> Directory {
    Directory::new(["shop/production", "shop/staging", "blog/staging"].map(|site| site.parse().unwrap()))
}

/// What each line means, in its canonical spelling, or why it was not understood.
fn read(directory: &Directory, lines: &[&str]) -> String {
    let say = |line: &&str| match parse(line, directory) {
        Ok(command) => format!("{line}\n    {}\n", spell(&command)),
        Err(misread) => {
            let site = misread.site().map(|site| format!(" {site}")).unwrap_or_default();
            format!("{line}\n    {}{site}: {misread}\n", misread.code())
        }
    };
    lines.iter().map(say).collect::<Vec<_>>().concat()
}

fn check(lines: &[&str], expected: &Expect) {
    expected.assert_eq(&read(&directory(), lines));
}
