//! What happened, past tense, immutable; one file per family.

mod approval;
mod bot;
mod chat;
mod confirmation;
mod inbox;
mod lock;
mod order;
mod queue;
mod run;
mod site;
mod step;
mod window;

pub use approval::ApprovalEvent;
pub use bot::BotEvent;
pub use chat::ChatEvent;
pub use confirmation::ConfirmationEvent;
pub use inbox::InboxEvent;
pub use lock::LockEvent;
pub use order::OrderEvent;
pub use queue::{LeftBecause, QueueEvent};
pub use run::{Cause, RunEvent, RunKind, RunOutcome, Trouble};
pub use site::{Found, SiteEvent};
pub use step::{Answer, Heading, Outcome, StepEvent};
pub use window::{ClosedBecause, WindowEvent};

/// One fact, by family. How it is spelled on disk is [`crate::wire`]'s business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Site(SiteEvent),
    Run(RunEvent),
    Step(StepEvent),
    Approval(ApprovalEvent),
    Confirmation(ConfirmationEvent),
    Queue(QueueEvent),
    Window(WindowEvent),
    Lock(LockEvent),
    Order(OrderEvent),
    Bot(BotEvent),
    Inbox(InboxEvent),
    Chat(ChatEvent),
}

macro_rules! family {
    ($($event:ident => $family:ident),* $(,)?) => {
        $(impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Self::$family(event)
            }
        })*
    };
}

family!(
    SiteEvent => Site,
    RunEvent => Run,
    StepEvent => Step,
    ApprovalEvent => Approval,
    ConfirmationEvent => Confirmation,
    QueueEvent => Queue,
    WindowEvent => Window,
    LockEvent => Lock,
    OrderEvent => Order,
    BotEvent => Bot,
    InboxEvent => Inbox,
    ChatEvent => Chat,
);

/// The longest reason that a person may give, in bytes.
pub const REASON_LIMIT: usize = 500;
