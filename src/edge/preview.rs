//! Requests that choose their color by a header.

use std::path::PathBuf;

use events::color::Color;
use hyper::header::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};

use crate::edge::refused::Refused;
use crate::edge::settings;
use crate::edge::watched::Watched;

/// Who may choose, and by which header.
pub struct Preview {
    is_enabled: bool,
    header: HeaderName,
    /// The hash of the token that must follow the color; none if anybody may preview.
    token: Option<Watched<TokenHash>>,
}

type TokenHash = [u8; 32];

impl Preview {
    /// Reads the token, if one is configured; an error is a sentence.
    pub fn open(settings: &settings::Preview) -> Result<Self, String> {
        let token = settings.token_file.clone().map(|file| Watched::open(vec![file], read_token)).transpose()?;
        Ok(Self { is_enabled: settings.enabled, header: settings.header.clone(), token })
    }

    /// Reads the token again if its file has changed. Blocks.
    pub(super) fn look(&self) {
        if let Some(token) = &self.token {
            token.look();
        }
    }

    /// Takes the header out of `headers`, always; the color that it chooses, if it may.
    pub fn take(&self, headers: &mut HeaderMap) -> Result<Option<Color>, Refused> {
        let Some(value) = headers.remove(&self.header).filter(|_| self.is_enabled) else { return Ok(None) };
        let mut words = value.to_str().map_err(|_| Refused::UnknownPreview)?.split_ascii_whitespace();
        let color = words.next().and_then(|word| word.parse().ok()).ok_or(Refused::UnknownPreview)?;
        let said = words.next().unwrap_or_default();
        // Hashes are compared, so that the time it takes says nothing of the token.
        let is_token = |token: &Watched<TokenHash>| *token.current() == hash(said);
        if self.token.as_ref().is_none_or(is_token) { Ok(Some(color)) } else { Err(Refused::PreviewToken) }
    }
}

fn read_token(files: &[PathBuf]) -> Result<TokenHash, String> {
    let [file] = files else { return Err("a token is in one file".to_owned()) };
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let token = text.trim();
    if token.is_empty() || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(format!("{} must hold one word of printable characters, the token", file.display()));
    }
    Ok(hash(token))
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(preview: &Preview, value: &str) -> Result<Option<Color>, Refused> {
        let mut headers = HeaderMap::new();
        headers.append("x-changeover-preview", value.parse().unwrap());
        headers.append("x-changeover-preview", "blue".parse().unwrap());
        let color = preview.take(&mut headers);
        assert!(headers.is_empty(), "no member ever sees the header");
        color
    }

    #[test]
    fn a_header_chooses_a_color() {
        let preview = Preview::open(&settings::Preview::default()).unwrap();
        assert_eq!(take(&preview, "green"), Ok(Some(Color::Green)));
        assert_eq!(take(&preview, "blue anything"), Ok(Some(Color::Blue)));
        assert_eq!(take(&preview, "red"), Err(Refused::UnknownPreview));
        assert_eq!(take(&preview, ""), Err(Refused::UnknownPreview));
        assert_eq!(preview.take(&mut HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_preview_that_is_switched_off_is_a_users_request() {
        let off = settings::Preview { enabled: false, ..settings::Preview::default() };
        assert_eq!(take(&Preview::open(&off).unwrap(), "green"), Ok(None));
    }

    #[test]
    fn a_token_is_asked_for_if_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let settings = settings::Preview { token_file: Some(file.clone()), ..settings::Preview::default() };
        std::fs::write(&file, "\n").unwrap();
        assert!(Preview::open(&settings).is_err(), "an empty token would let anybody in");
        std::fs::write(&file, "s3cret\n").unwrap();
        let preview = Preview::open(&settings).unwrap();
        assert_eq!(take(&preview, "green s3cret"), Ok(Some(Color::Green)));
        assert_eq!(take(&preview, "green s3cre"), Err(Refused::PreviewToken));
        assert_eq!(take(&preview, "green"), Err(Refused::PreviewToken));
    }
}
