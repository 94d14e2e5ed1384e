//! A shop goes from procedure to procedure, wherever something is left to be killed.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Command;

use crate::database::Engine;
use crate::kit::{Terms, WORKERS};
use crate::matrix::Matrix;
use crate::patient::Patient;
use crate::procedure::{Procedure, Stand};
use crate::till::{NOBODY_WAITS, Till};

/// How many procedures a shop goes through before the next one is opened: a bot that is started reads its whole log.
const ROUND: usize = 30;

/// What kind of shop it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Shares do not bake.
    Quick,
    /// Shares bake for long.
    Slow,
    /// Each color has a database server of its own, and shares do not bake.
    Crossing(Engine),
    /// The same where both use the one that takes writes, and nobody can wait.
    Pointed(Engine),
    /// Something works behind the requests, and shares do not bake.
    Working,
}

impl Kind {
    fn can(self, procedure: Procedure) -> bool {
        match self {
            Self::Quick => procedure.bakes().is_none_or(|it| !it),
            Self::Slow => procedure.bakes().is_none_or(|it| it),
            // There is no canary where a database crosses, and to let the way back go ends the ring.
            Self::Crossing(_) | Self::Pointed(_) => procedure.bakes().is_none() && procedure != Procedure::Decommission,
            Self::Working => procedure.bakes().is_none(),
        }
    }

    async fn patient(self) -> Patient {
        match self {
            Self::Quick => Patient::new(&terms(false)),
            Self::Slow => Patient::new(&terms(true)),
            Self::Crossing(engine) => {
                let till = Till::open(engine).await;
                let terms = Terms { database: till.configuration(&till.ports(), 5, ""), ..terms(false) };
                Patient::with_till(&terms, till)
            }
            Self::Pointed(engine) => {
                let till = Till::open_pointed(engine).await;
                let database = till.configuration(&till.ports(), 5, "");
                Patient::with_till(&Terms { database, traffic: NOBODY_WAITS, ..terms(false) }, till)
            }
            Self::Working => Patient::with_workers(&Terms { database: WORKERS.to_owned(), ..terms(false) }),
        }
    }
}

/// Goes on until nothing is left that such a shop can go through.
pub(crate) async fn go(matrix: &Matrix, kind: Kind) {
    let can = |procedure: Procedure| kind.can(procedure);
    while let Some(first) = next(matrix, Stand::Nothing, can) {
        let mut patient = kind.patient().await;
        let mut procedure = first;
        for number in 0..ROUND {
            // What ended otherwise is not where the next one begins.
            if !play(matrix, &mut patient, procedure, number).await {
                break;
            }
            let Some(then) = next(matrix, procedure.way().1, can) else { break };
            procedure = then;
        }
        matrix.took(patient.taken());
        patient.end().await;
    }
}

/// Goes through these, and is never killed.
pub(crate) async fn go_untouched(matrix: &Matrix, kind: Kind, procedures: &[Procedure]) {
    let mut patient = kind.patient().await;
    for (number, procedure) in procedures.iter().enumerate() {
        let played = patient.play(*procedure, &release(number), &[]).await;
        if !matrix.tell(*procedure, None, &played) {
            break;
        }
    }
    patient.end().await;
}

/// Whether it ended as it must.
async fn play(matrix: &Matrix, patient: &mut Patient, procedure: Procedure, number: usize) -> bool {
    let target = matrix.take(procedure);
    let places = target.as_ref().map_or(&[][..], |it| &it.places);
    let context = Context(format!("{procedure:?}, to be killed at {places:?}"), patient.folder());
    let played = patient.play(procedure, &release(number), places).await;
    drop(context);
    matrix.tell(procedure, target, &played)
}

/// The first step of the shortest way to something that is left; the most of it, if there are several.
fn next(matrix: &Matrix, stand: Stand, can: impl Fn(Procedure) -> bool + Copy) -> Option<Procedure> {
    let from = |stand: Stand| Procedure::ALL.into_iter().filter(move |it| can(*it) && it.way().0 == stand);
    let mut ways: VecDeque<(Stand, Option<Procedure>)> = [(stand, None)].into();
    let mut seen = vec![stand];
    while let Some((stand, first)) = ways.pop_front() {
        if let Some(left) = matrix.left(|it| can(it) && it.way().0 == stand).first() {
            return Some(first.unwrap_or(*left));
        }
        for procedure in from(stand) {
            let after = procedure.way().1;
            if !seen.contains(&after) {
                seen.push(after);
                ways.push_back((after, first.or(Some(procedure))));
            }
        }
    }
    None
}

fn release(number: usize) -> String {
    format!("r{number:04}")
}

/// Says what was underway when something fails.
struct Context(String, PathBuf);

impl Drop for Context {
    #[expect(clippy::print_stdout, reason = "what was killed is not seen from the failure alone")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("while: {}", self.0);
            let status = Command::new(env!("CARGO_BIN_EXE_changeover")).arg("status").current_dir(&self.1).output();
            println!(
                "stood: {}",
                status.map(|it| String::from_utf8_lossy(&it.stdout).into_owned()).unwrap_or_default()
            );
        }
    }
}

/// Everything is short, so that much fits into little time. The hook says for which delivery it runs; it may not be
/// repeated, and does not end as long as it is told to hold.
fn terms(bakes: bool) -> Terms {
    Terms {
        window: "lasts = \"1h\"\ndecommission = \"0 0 1 1 *\"\nquiet_for = \"1ms\"\nprove_every = \"1h\"\n",
        patience: "settle = \"1s\"",
        rounds: (1, "20ms"),
        gates: if bakes { "bake = \"10m\"" } else { "bake = \"0s\"" },
        count: 1,
        health: "100ms",
        hooks: r#"
[[site.delivery.command.hooks]]
name = "migrate"
run = ["sh", "-c", "echo $CHANGEOVER_KEY >> ../../hooks.txt; if [ -e ../../../../../hold ]; then exec sleep 600; fi"]
repeatable = false
"#,
        further: ROUND,
        ..Terms::default()
    }
}
