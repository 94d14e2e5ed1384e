//! What a person does on the command line to set Discord up.

use serde_json::json;

use crate::bed::{Bed, ENDPOINT, PUBLIC_KEY};
use crate::fake::{APPLICATION, GUILD};

#[tokio::test]
async fn commands_are_shown_before_they_are_registered() {
    let bed = Bed::closed(ENDPOINT).await;
    let scope = format!("guilds/{GUILD}");
    let shown = bed.shop.prints(&["discord", "register"]).await;
    assert!(
        shown.contains("+ /deploy: ") && shown.ends_with("nothing was changed: say it again with --yes\n"),
        "{shown}"
    );
    assert!(bed.fake.commands(&scope).is_empty());
    let done = bed.shop.prints(&["discord", "register", "--yes"]).await;
    assert!(done.ends_with("registered in the server\n"), "{done}");
    assert!(bed.fake.commands(&scope).iter().any(|it| it["name"] == "rollback"));
    assert_eq!(bed.shop.prints(&["discord", "register", "--guild"]).await, "Discord offers these commands already\n");
    assert!(bed.fake.commands("").is_empty());
    bed.shop.prints(&["discord", "register", "--global", "--yes"]).await;
    assert!(!bed.fake.commands("").is_empty());
}

#[tokio::test]
async fn what_is_missing_is_told_by_a_check() {
    let bed = Bed::closed(ENDPOINT).await;
    let looked = async || {
        let output = bed.shop.command(&["check", "changeover.toml", "--live"]).await;
        let said = String::from_utf8(output.stdout).unwrap();
        said.lines().filter_map(|it| it.strip_prefix("discord: ").map(str::to_owned)).collect::<Vec<_>>()
    };
    bed.fake.change(|_, _, application| {
        application["verify_key"] = json!(PUBLIC_KEY);
        application["interactions_endpoint_url"] = json!("https://bot.shop.example/discord");
    });
    bed.shop.prints(&["discord", "register", "--yes"]).await;
    let good = [
        "the token is changeover's",
        "the application sends interactions to https://bot.shop.example/discord",
        "the bot is in the server Shop",
        "the bot may show cards in #releases",
        "the commands are registered",
    ];
    assert_eq!(looked().await, good);
    // A channel that was renamed is the same channel.
    bed.fake.change(|_, channel, _| channel["name"] = json!("shipping"));
    assert_eq!(looked().await[3], "the bot may show cards in #shipping");
    bed.fake.change(|_, channel, _| {
        channel["permission_overwrites"] = json!([{ "id": APPLICATION, "allow": "0", "deny": "18432" }]);
    });
    assert_eq!(looked().await[3], "in #shipping the bot is not permitted to: Send Messages, Embed Links");
    bed.fake.change(|_, channel, application| {
        channel["guild_id"] = json!("5");
        application["verify_key"] = json!("00");
    });
    let said = looked().await;
    assert_eq!(said[1], "`public_key` is not the application's");
    assert_eq!(said[3], "the channel is in another server than `guild` names");
    bed.fake.revoke(true);
    let said = looked().await;
    assert!(said.len() == 1 && said[0].contains("Discord does not know the bot's token"), "{said:?}");
}
