//! The list of all pages, so that a person can read them as a book.

use std::path::{Path, PathBuf};

use expect_test::expect_file;

/// What each folder of pages is about, in the order in which they are read.
const CHAPTERS: [(&str, &str); 14] = [
    ("adopt", "Adoption"),
    ("deploy", "Deploys"),
    ("cutover", "Cutovers"),
    ("crossing", "Databases that cross"),
    ("rollback", "Rollbacks"),
    ("decommission", "Decommissions"),
    ("abort", "Aborts"),
    ("approval", "Approvals"),
    ("stuck", "Runs that need a person"),
    ("lock", "Locks and quiet hours"),
    ("refusal", "Refusals"),
    ("together", "Several people, and lines that come twice"),
    ("killed", "A bot that dies"),
    ("provider", "The manners of providers"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/story").join(name)
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}

#[test]
fn every_page_is_told_by_a_test_and_stands_in_the_list() {
    let mut list = "# How changeover behaves\n\nEach page is told by a test, word for word, against a simulated world in \
                    virtual time. What a person said is in `code`, the answer is quoted below it, lists are what the log \
                    recorded, what became of the world is in *italics*, and what others did is in **bold**.\n"
        .to_owned();
    let told = folder("told");
    for (chapter, title) in CHAPTERS {
        list.push_str(&format!("\n## {title}\n\n"));
        let tests = std::fs::read_to_string(folder("stories").join(format!("{chapter}.rs"))).unwrap();
        for name in names(&told.join(chapter)) {
            let page = std::fs::read_to_string(told.join(chapter).join(&name)).unwrap();
            let mut lines = page.lines();
            let (title, shows) = (lines.next().unwrap().trim_start_matches("# "), lines.nth(1).unwrap());
            list.push_str(&format!("- [{title}]({chapter}/{name}): {shows}\n"));
            let test = format!("fn {}()", name.trim_end_matches(".md"));
            assert!(tests.contains(&test), "nobody tells {chapter}/{name} any more");
        }
    }
    let mut chapters = CHAPTERS.map(|(name, _)| name);
    chapters.sort_unstable();
    let mut found = names(&told);
    found.retain(|it| it != "README.md");
    assert_eq!(found, chapters, "every folder of pages is a chapter");
    expect_file!["../told/README.md"].assert_eq(&list);
}
