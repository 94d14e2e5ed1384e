// A small bot on discord.js: tells what it hears, and does what it is told, line by line.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.PEERS}/node/package.json`);
const { Client, Events, ActionRowBuilder, ModalBuilder, TextInputBuilder, Routes } = require("discord.js");

const client = new Client({ intents: [], rest: { api: process.env.API, version: "10", retries: 0 } });
const tell = (text) => console.log(text);

client.once(Events.ClientReady, () => tell("ready"));
client.on(Events.ShardResume, () => tell("resumed"));
client.on(Events.Error, (error) => tell(`error ${error.message}`));

client.on(Events.InteractionCreate, async (interaction) => {
  try {
    if (interaction.isChatInputCommand()) {
      await interaction.deferReply({ flags: 64 });
      await interaction.editReply(`heard ${interaction.commandName} ${interaction.options.getString("site")}`);
      await interaction.followUp({ content: "and more", flags: 64 });
      tell(`command ${interaction.commandName} by ${interaction.user.id}`);
    } else if (interaction.isAutocomplete()) {
      await interaction.respond([{ name: "shop/demo", value: "shop/demo" }]);
      tell(`completed ${interaction.options.getFocused()}`);
    } else if (interaction.isButton()) {
      const field = new TextInputBuilder().setCustomId("reason").setLabel("Why?").setStyle(2);
      const row = new ActionRowBuilder().addComponents(field);
      await interaction.showModal(new ModalBuilder().setCustomId("m").setTitle("Why?").addComponents(row));
      tell(`button ${interaction.customId}`);
    } else if (interaction.isModalSubmit()) {
      await interaction.reply({ content: "thank you", flags: 64 });
      tell(`modal ${interaction.fields.getTextInputValue("reason")}`);
    }
  } catch (error) {
    tell(`failed ${error.code ?? error.message}`);
  }
});

await client.login(process.env.TOKEN);

for await (const line of createInterface({ input: process.stdin })) {
  const { post, patch, read, body } = JSON.parse(line);
  try {
    if (post) {
      tell((await client.rest.post(post, { body })).id);
    } else if (patch) {
      tell((await client.rest.patch(patch, { body })).content);
    } else if (read) {
      tell(JSON.stringify(await client.rest.get(read)));
    }
  } catch (error) {
    tell(`failed ${error.status} ${error.code ?? ""}`.trim());
  }
}
