//! A platform that does not show what it is given: waited for, and told of once.

use std::time::Duration;

use events::chat::Channel;

use super::ChatError;

/// The pause after the first fault that may pass; doubles to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The same where a person must mend something.
const FIRST_LASTING_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_LASTING_PAUSE: Duration = Duration::from_mins(5);
/// The longest pause that a platform may ask for.
const OBEYED: Duration = Duration::from_hours(1);

/// What is wrong with a channel at the moment.
pub(super) struct Trouble {
    channel: Channel,
    pause: Option<Duration>,
    is_told: bool,
}

impl Trouble {
    pub(super) fn new(channel: &Channel) -> Self {
        Self { channel: channel.clone(), pause: None, is_told: false }
    }

    /// How long to wait after this.
    pub(super) fn met(&mut self, error: &ChatError) -> Duration {
        let channel = &self.channel;
        let (first, longest) = match error {
            ChatError::Throttled { after } => return (*after).clamp(FIRST_PAUSE, OBEYED),
            ChatError::Passing(_) | ChatError::Gone => {
                if self.pause.is_none() {
                    tracing::warn!(%channel, %error, "the channel shows nothing at the moment");
                }
                (FIRST_PAUSE, LONGEST_PAUSE)
            }
            ChatError::Lasting(_) => {
                if !self.is_told {
                    tracing::error!(%channel, %error, "the channel shows nothing until somebody mends this; runs go on");
                }
                self.is_told = true;
                (FIRST_LASTING_PAUSE, LONGEST_LASTING_PAUSE)
            }
        };
        let pause = self.pause.map_or(first, |it| (it * 2).clamp(first, longest));
        self.pause = Some(pause);
        pause
    }

    /// It shows again.
    pub(super) fn is_over(&mut self) {
        if self.pause.take().is_some() {
            tracing::info!(channel = %self.channel, "the channel shows again");
        }
        self.is_told = false;
    }
}
