//! The flags: what each is called, what it takes, and where its value goes.

use super::misread::Because;
use super::said::Said;
use super::value;
use crate::order::Moment;

/// A flag of a verb.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Without its dashes.
    pub name: &'static str,
    pub value: Value,
    /// Whether the verb is nothing without it.
    pub is_required: bool,
    /// What it is for, in a few words.
    pub summary: &'static str,
    /// A value worth offering.
    pub example: Option<&'static str>,
    pub(super) put: fn(&mut Said, &str) -> Result<(), Because>,
}

/// What follows a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Nothing,
    /// One word, shown like this in usage lines.
    Word(&'static str),
    /// Text up to the next flag, or in quotes.
    Text,
}

impl Value {
    /// What stands for the value in usage lines.
    #[must_use]
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Word(placeholder) => placeholder,
            Self::Text => "\"TEXT\"",
        }
    }
}

pub(super) const REASON: Flag = Flag {
    name: "reason",
    value: Value::Text,
    is_required: false,
    summary: "why, for the log and the channel; also `: TEXT` at the end",
    example: None,
    put: |said, text| {
        said.reason = Some(value::reason(text)?);
        Ok(())
    },
};

pub(super) const NEEDED_REASON: Flag = Flag { is_required: true, ..REASON };

pub(super) const PLAN: Flag = Flag {
    name: "plan",
    value: Value::Nothing,
    is_required: false,
    summary: "say what would be done, and do nothing",
    example: None,
    put: |said, _| {
        said.is_dry = true;
        Ok(())
    },
};

pub(super) const ONTO: Flag = Flag {
    name: "onto",
    value: Value::Word("COLOR"),
    is_required: false,
    summary: "blue or green, to be sure: only the idle one is accepted",
    example: Some("green"),
    put: |said, text| {
        said.onto = Some(text.parse().map_err(|_| Because::BadValue { subject: "`--onto`", rule: "blue or green" })?);
        Ok(())
    },
};

pub(super) const AT: Flag = Flag {
    name: "at",
    value: Value::Word("TIME"),
    is_required: false,
    summary: "begin then: 18:00 by the site's clock, or 2026-08-10T18:00:00Z",
    example: Some("18:00"),
    put: |said, text| {
        said.at = Some(value::at(text)?);
        Ok(())
    },
};

pub(super) const QUEUE: Flag = Flag {
    name: "queue",
    value: Value::Nothing,
    is_required: false,
    summary: "wait for a turn while the site is busy",
    example: None,
    put: |said, _| {
        said.is_queued = true;
        Ok(())
    },
};

pub(super) const GIVE_UP_WAY_BACK: Flag = Flag {
    name: "give-up-way-back",
    value: Value::Nothing,
    is_required: false,
    summary: "deploy onto the way back although its window is open",
    example: None,
    put: |said, _| {
        said.gives_up_way_back = true;
        Ok(())
    },
};

pub(super) const BREAK_GLASS: Flag = Flag {
    name: "break-glass",
    value: Value::Nothing,
    is_required: false,
    summary: "let it go on without the others, by an emergency role and with a reason",
    example: None,
    put: |said, _| {
        said.breaks_glass = true;
        Ok(())
    },
};

pub(super) const STEAL: Flag = Flag {
    name: "steal",
    value: Value::Nothing,
    is_required: false,
    summary: "take it over from whoever holds it",
    example: None,
    put: |said, _| {
        said.steals = true;
        Ok(())
    },
};

pub(super) const ACCEPT_LOSS: Flag = Flag {
    name: "accept-loss",
    value: Value::Nothing,
    is_required: false,
    summary: "go back although writes would stay behind; they are written to a file first",
    example: None,
    put: |said, _| {
        said.accepts_loss = true;
        Ok(())
    },
};

pub(super) const CANARY: Flag = Flag {
    name: "canary",
    value: Value::Word("SHARES"),
    is_required: false,
    summary: "percent of users on the new environment before all of them, rising",
    example: Some("5,25,50"),
    put: |said, text| {
        said.canary = value::shares(text)?;
        Ok(())
    },
};

pub(super) const LIMIT: Flag = Flag {
    name: "limit",
    value: Value::Word("COUNT"),
    is_required: false,
    summary: "how many runs, newest first; 10 if left out",
    example: None,
    put: |said, text| {
        said.limit = Some(value::limit(text)?);
        Ok(())
    },
};

pub(super) const UNTIL_TIME: Flag = Flag {
    name: "at",
    value: Value::Word("TIME"),
    is_required: false,
    summary: "stop at this moment: 2026-08-10T18:00:00Z",
    example: None,
    put: |said, text| until(said, Moment::Time(value::moment(text)?)),
};

pub(super) const UNTIL_POSITION: Flag = Flag {
    name: "position",
    value: Value::Word("NUMBER"),
    is_required: false,
    summary: "stop at this position of the log",
    example: None,
    put: |said, text| until(said, Moment::Position(value::position(text)?)),
};

fn until(said: &mut Said, moment: Moment) -> Result<(), Because> {
    match said.until.replace(moment) {
        None => Ok(()),
        Some(_) => Err(Because::Both { one: "at", other: "position" }),
    }
}
