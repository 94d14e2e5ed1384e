//! Buttons by their id: what is pressed, and whether a form asks something before it counts.

use commands::card::Button;

/// The longest id that Discord keeps.
const ID_LIMIT: usize = 100;

/// What a button wants before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Nothing,
    /// A form that may be sent as it is.
    Confirmation,
    /// A form that asks why, and wants an answer.
    Reason,
}

impl Asks {
    const ALL: [Self; 3] = [Self::Nothing, Self::Confirmation, Self::Reason];

    fn sign(self) -> char {
        match self {
            Self::Nothing => '.',
            Self::Confirmation => '?',
            Self::Reason => '!',
        }
    }
}

/// The id of a button; Discord gives it back when it is pressed.
#[must_use]
pub(super) fn id(button: &Button) -> String {
    let asks = if button.asks_reason {
        Asks::Reason
    } else if button.confirm.is_some() {
        Asks::Confirmation
    } else {
        Asks::Nothing
    };
    id_of(asks, &button.press.to_string())
}

/// The id of a button or form that stands for this press.
#[must_use]
pub(super) fn id_of(asks: Asks, press: &str) -> String {
    format!("{}{press}", asks.sign())
}

/// Reads the id of a button or of the form that it opened; none if it is none of ours.
#[must_use]
pub(super) fn read(id: &str) -> Option<(Asks, String)> {
    let sign = id.chars().next().filter(|_| id.len() <= ID_LIMIT)?;
    let asks = Asks::ALL.into_iter().find(|it| it.sign() == sign)?;
    Some((asks, id.get(sign.len_utf8()..)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use commands::card::PRESS_LIMIT;

    use super::*;

    #[test]
    fn an_id_reads_back_and_fits() {
        for asks in Asks::ALL {
            let id = id_of(asks, &"x".repeat(PRESS_LIMIT));
            assert!(id.len() <= ID_LIMIT);
            assert_eq!(read(&id), Some((asks, "x".repeat(PRESS_LIMIT))));
        }
    }

    #[test]
    fn what_is_none_of_ours_is_not_read() {
        for id in ["", "vote_yes", &format!(".{}", "x".repeat(ID_LIMIT))] {
            assert_eq!(read(id), None, "{id}");
        }
    }
}
