//! What can be said, told from the table.

use super::flags::{Flag, Value};
use super::table::{Group, Slot, Verb, verb, verbs};

/// How one verb is said; without one (or with a word that is none), all of them.
#[must_use]
pub fn help(topic: Option<&str>) -> String {
    topic.and_then(verb).map_or_else(overview, Verb::explained)
}

fn overview() -> String {
    let group = |group: Group| {
        let rows = verbs().iter().filter(|verb| verb.group == group);
        let rows = together(rows.map(|verb| format!("  {:<14}{}\n", verb.name, verb.summary)));
        format!("{}\n{rows}\n", group.title())
    };
    let groups = together(Group::ALL.into_iter().map(group));
    format!("{groups}Say `help VERB` to see how one is said, such as `help deploy`.\n")
}

impl Verb {
    /// The usage line: what must be said, and in brackets what may be.
    #[must_use]
    pub fn usage(&self) -> String {
        let takes_release = self.takes(Slot::Release);
        let slots = self.slots.iter().filter_map(|slot| match slot {
            Slot::Release => Some("SERVICE@RELEASE to STAGE"),
            // Said together with the release.
            Slot::Site if takes_release => None,
            Slot::Site => Some("SERVICE/STAGE"),
            Slot::AnySite => Some("[SERVICE/STAGE]"),
            Slot::Run => Some("[#RUN]"),
            Slot::Code => Some("CODE"),
            Slot::Ticket => Some("[NUMBER]"),
            Slot::Plan => Some("[PLAN]"),
            Slot::Length => Some("[LENGTH]"),
            Slot::Topic => Some("[VERB]"),
        });
        let flags = self.flags.iter().map(|flag| {
            let usage = flag.usage();
            if flag.is_required { usage } else { format!("[{usage}]") }
        });
        let words = std::iter::once(self.name).chain(slots).map(str::to_owned).chain(flags);
        words.collect::<Vec<_>>().join(" ")
    }

    fn explained(&self) -> String {
        let flags = together(self.flags.iter().map(|flag| format!("  {:<20}{}\n", flag.usage(), flag.summary)));
        let flags = if flags.is_empty() { flags } else { format!("\n{flags}") };
        let examples = together(self.examples.iter().map(|example| format!("  {example}\n")));
        format!("{}\n\n{}\n{flags}\nFor example:\n{examples}", self.usage(), self.summary)
    }
}

impl Flag {
    /// The flag with what it takes: `--at TIME`.
    #[must_use]
    pub fn usage(&self) -> String {
        match self.value {
            Value::Nothing => format!("--{}", self.name),
            Value::Word(_) | Value::Text => format!("--{} {}", self.name, self.value.placeholder()),
        }
    }
}

fn together(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_overview_names_every_verb_once() {
        expect![[r#"
            Releases
              deploy        Bring a release to the idle environment and check it there.
              cutover       Bring users to the environment that is ready.
              rollback      Bring users back to the way back.
              decommission  Empty the way back now, without waiting for its time.
              confirm       Mean what you just said, where it cannot be taken back.
              keep          Keep the way back: for so much longer, or until somebody says otherwise.

            While a run is open
              abort         Turn the open run back.
              unqueue       Take an order out of the queue: your newest, or the one with that number.
              retry         Let a stuck run, or one that waits to ask again, try now.
              skip          Go on without the step that is underway; a guard cannot be skipped.

            Approvals
              approve       Be for the run that waits for approval.
              reject        Be against the run that waits for approval: it turns back.
              withdraw      Take back that you are for a run that still waits.

            Sites
              lock          Close a site to new runs, for so long or until somebody says otherwise.
              unlock        Open a site to new runs again.
              adopt         Take a site over as the world shows it now, without changing anything.

            Questions
              status        Say where a site stands, or all of them.
              history       List the runs of a site, or of all of them, newest first.
              why           Say what led to where a run stands; the newest, if none is named.
              replay        Go through the events of a run, or of the whole site, with the state after each.
              plan          Show the plan of the open or newest run, or of another one.
              preflight     Ask the databases everything that must be so before users may cross; nothing is changed.
              standing      Say how the databases stand: which takes writes, and how the other one follows.
              help          Say what can be said, or how one verb is said.
              whoami        Say who you are to this bot, and what you may do.

            Say `help VERB` to see how one is said, such as `help deploy`.
        "#]]
        .assert_eq(&help(None));
        assert_eq!(help(Some("nothing")), help(None));
    }

    #[test]
    fn a_verb_is_explained_by_usage_flags_and_examples() {
        expect![[r#"
            deploy SERVICE@RELEASE to STAGE [--reason "TEXT"] [--plan] [--at TIME] [--queue] [--onto COLOR] [--give-up-way-back]

            Bring a release to the idle environment and check it there.

              --reason "TEXT"     why, for the log and the channel; also `: TEXT` at the end
              --plan              say what would be done, and do nothing
              --at TIME           begin then: 18:00 by the site's clock, or 2026-08-10T18:00:00Z
              --queue             wait for a turn while the site is busy
              --onto COLOR        blue or green, to be sure: only the idle one is accepted
              --give-up-way-back  deploy onto the way back although its window is open

            For example:
              deploy shop@1.42.0 to production --reason "faster basket"
              deploy shop@main to staging --plan
        "#]]
        .assert_eq(&help(Some("deploy")));
        expect![[r"
            keep SERVICE/STAGE [LENGTH]

            Keep the way back: for so much longer, or until somebody says otherwise.

            For example:
              keep shop/production 24h
              keep shop/production
        "]]
        .assert_eq(&help(Some("Keep")));
    }

    #[test]
    fn every_usage_line_shows_what_may_be_left_out() {
        let lines = together(verbs().iter().map(|verb| verb.usage() + "\n"));
        expect![[r#"
            deploy SERVICE@RELEASE to STAGE [--reason "TEXT"] [--plan] [--at TIME] [--queue] [--onto COLOR] [--give-up-way-back]
            cutover SERVICE/STAGE [--canary SHARES] [--reason "TEXT"] [--plan] [--at TIME] [--queue]
            rollback SERVICE/STAGE [--reason "TEXT"] [--accept-loss]
            decommission SERVICE/STAGE [--reason "TEXT"]
            confirm SERVICE/STAGE CODE
            keep SERVICE/STAGE [LENGTH]
            abort SERVICE/STAGE [--reason "TEXT"]
            unqueue SERVICE/STAGE [NUMBER]
            retry SERVICE/STAGE
            skip SERVICE/STAGE --reason "TEXT"
            approve SERVICE/STAGE [#RUN] [PLAN] [--break-glass] [--reason "TEXT"]
            reject SERVICE/STAGE --reason "TEXT"
            withdraw SERVICE/STAGE
            lock SERVICE/STAGE [LENGTH] --reason "TEXT" [--steal]
            unlock SERVICE/STAGE
            adopt SERVICE/STAGE
            status [SERVICE/STAGE]
            history [SERVICE/STAGE] [--limit COUNT]
            why SERVICE/STAGE [#RUN]
            replay SERVICE/STAGE [#RUN] [--at TIME] [--position NUMBER]
            plan SERVICE/STAGE [#RUN]
            preflight SERVICE/STAGE
            standing SERVICE/STAGE
            help [VERB]
            whoami
        "#]]
        .assert_eq(&lines);
    }
}
